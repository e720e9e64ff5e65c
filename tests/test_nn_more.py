"""Layers and helpers that few programs use, beside PyTorch's."""

import importlib
import warnings

import pytest

from tests import oracle
from tests.agreement import agree

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(oracle.torch is None, reason="PyTorch is not installed")]


def steps(torch, module, *inputs, loss=lambda output: output.square().sum()):
    """What a module gives, and its weights after three steps of training."""
    optimizer, log = torch.optim.SGD(module.parameters(), lr=0.05), [repr(module)]
    for _ in range(3):
        optimizer.zero_grad()
        output = module(*inputs)
        log.append(output)
        loss(output).backward()
        optimizer.step()
    return [*log, dict(module.state_dict())]


@pytest.mark.parametrize("options", [{}, {"div_value": 2.0, "head_bias": True}], ids=str)
def test_adaptive_softmax(options):
    def told(torch):
        torch.manual_seed(1)
        module = torch.nn.AdaptiveLogSoftmaxWithLoss(8, 12, [3, 6], **options)
        x, target = torch.randn(5, 8), torch.tensor([0, 11, 4, 2, 7])
        log = steps(torch, module, x, target, loss=lambda output: output.loss)
        log = [*log[:1], *(list(part) if isinstance(part, tuple) else part for part in log[1:])]
        log += [module.log_prob(x), module.predict(x), list(module(x[0], target[1])), list(module(x[:1], target[:1]))]
        module.reset_parameters()
        return [*log, dict(module.state_dict()), type(module(x, target)).__name__]

    agree(told)


ADAPTIVE = {
    "no cutoffs": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, []),
    "cutoffs in no order": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [5, 2]),
    "a cutoff twice": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2, 2]),
    "a cutoff too far": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [9]),
    "a target too far": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2])(
        torch.zeros(2, 4), torch.tensor([1, 9])),
    "too many targets": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2])(
        torch.zeros(2, 4), torch.tensor([1, 2, 3])),
    "a target for several": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2])(
        torch.zeros(2, 4), torch.tensor(1)),
    "targets for one": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2])(
        torch.zeros(2), torch.tensor([1, 2])),
    "targets for each": lambda nn, torch: nn.AdaptiveLogSoftmaxWithLoss(4, 9, [2])(
        torch.zeros(2, 4), torch.tensor([[1, 2]])),
}  # fmt: skip


@pytest.mark.parametrize("refused", ADAPTIVE)
def test_adaptive_softmax_refuses(refused):
    agree(lambda torch: ADAPTIVE[refused](torch.nn, torch))


def test_sync_batch_norm():
    def told(torch):
        torch.manual_seed(2)
        net = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 2), torch.nn.Sequential(torch.nn.BatchNorm2d(3, eps=0.1)))
        net = net.double()  # float32 would need wider bounds after three steps
        net(torch.randn(2, 1, 4, 4).double())
        new = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)
        log = [new is net, repr(new), steps(torch, new, torch.randn(3, 1, 4, 4).double())]
        return [*log, new.eval()(torch.ones(1, 1, 3, 3).double()), repr(torch.nn.SyncBatchNorm(2, bias=False))]

    agree(told)
    agree(lambda torch: torch.nn.SyncBatchNorm(3)(torch.zeros(3)))


def test_no_running_averages():
    def told(torch):
        net = torch.nn.Sequential(torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 2), torch.nn.LayerNorm(2))
        same = torch.func.replace_all_batch_norm_modules_(net) is net
        return [same, repr(net), net(torch.arange(6.0).reshape(2, 3)), list(net.state_dict())]

    agree(told)


def test_channel_shuffle_module():
    agree(lambda torch: [repr(torch.nn.ChannelShuffle(2)), torch.nn.ChannelShuffle(2)(torch.arange(8.0).view(1, 4, 2))])


def test_older_names():
    def told(torch):
        x, log = torch.linspace(-1, 1, 6).reshape(1, 6).requires_grad_(), []
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            log.append(torch.nn.NLLLoss2d()(x.reshape(1, 3, 2, 1), torch.tensor([[[0], [2]]])))
            (x * x).sum().backward()
            log += [torch.nn.utils.clip_grad_norm([x], 1.0), x.grad]
            log.append(torch.nn.utils.stateless.functional_call(
                torch.nn.Linear(6, 1), {"weight": torch.ones(1, 6), "bias": torch.zeros(1)}, x))  # fmt: skip
            image = torch.arange(4.0).reshape(1, 1, 2, 2)
            for name in ("upsample", "upsample_nearest", "upsample_bilinear"):
                log.append(getattr(torch.nn.functional, name)(image, scale_factor=2))
            torch.nn.functional.grid_sample(image, torch.zeros(1, 1, 1, 2))
            torch.nn.functional.affine_grid(torch.zeros(1, 2, 3), [1, 1, 2, 2])
        return [*log, [(w.category.__name__, str(w.message)) for w in caught]]

    agree(told)


def test_a_layer_that_draws_nothing():
    def told(torch):
        torch.manual_seed(3)
        layer = torch.nn.utils.skip_init(torch.nn.Linear, 3, 2, bias=False)
        return [repr(layer), layer.weight.requires_grad, torch.rand(2)]

    agree(told)
    agree(lambda torch: torch.nn.utils.skip_init(torch.nn.ReLU))
    agree(lambda torch: torch.nn.utils.skip_init(str))


def test_linear_and_batch_norm_as_one():
    def told(torch):
        args = [torch.arange(float(n)).reshape(*s) + 1 for n, s in ((6, (2, 3)), (2, (2,)), (2, (2,)), (2, (2,)))]
        return list(torch.nn.utils.fuse_linear_bn_weights(*args, 0.1, args[1] * 2, args[1] * 3))

    agree(told)


def test_which_way_attention_goes():
    def told(torch):
        attention = importlib.import_module(f"{torch.__name__}.nn.attention")
        kinds, kernel = attention.SDPBackend, attention.sdpa_kernel
        x = torch.linspace(-1, 1, 24).reshape(1, 2, 3, 4).requires_grad_()
        log = [str(kinds.MATH), repr(kinds.FLASH_ATTENTION), int(kinds.CUDNN_ATTENTION)]
        ways = (kinds.MATH, kinds.FLASH_ATTENTION, kinds.EFFICIENT_ATTENTION, [kinds.MATH, kinds.FLASH_ATTENTION],
                [kinds.MATH, kinds.EFFICIENT_ATTENTION], [], "math", 3)  # fmt: skip
        for way in ways:
            try:
                with kernel(way):
                    y = torch.nn.functional.scaled_dot_product_attention(x, x, x)
                log.append([y, y.grad_fn.name()])
            except (AssertionError, RuntimeError) as error:
                log.append(str(error))
        with kernel(kinds.FLASH_ATTENTION), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                torch.nn.functional.scaled_dot_product_attention(x[0], x[0], x[0])
            except RuntimeError as error:
                log.append(str(error))
        decorated = kernel(kinds.MATH)(lambda: torch.nn.functional.scaled_dot_product_attention(x, x, x))
        return [*log, decorated().grad_fn.name()]

    agree(told)


def test_threads_of_the_backward_pass():
    def told(torch):
        x = torch.ones(2, requires_grad=True)
        with torch.autograd.set_multithreading_enabled(False):
            (x * 3).sum().backward()
        return x.grad

    agree(told)
