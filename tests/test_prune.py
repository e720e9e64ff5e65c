"""Pruned and orthogonal weights, step by step beside PyTorch's."""

import functools
import importlib

import pytest

from tests import oracle
from tests.agreement import agree

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(oracle.torch is None, reason="PyTorch is not installed")]


def pruning(torch):
    return importlib.import_module(f"{torch.__name__}.nn.utils.prune")


def state(module):
    hooks = [type(hook).__name__ for hook in module._forward_pre_hooks.values()]
    return {
        "state": dict(module.state_dict()),
        "weight": module.weight,
        "parameters": [name for name, _ in module.named_parameters()],
        "kind": type(module.weight).__name__,
        "hooks": hooks,
    }


WAYS = {
    "identity": lambda prune, layer: prune.identity(layer, "weight"),
    "random": lambda prune, layer: prune.random_unstructured(layer, "weight", amount=0.3),
    "random by number": lambda prune, layer: prune.random_unstructured(layer, "weight", 5),
    "none": lambda prune, layer: prune.random_unstructured(layer, "weight", 0),
    "all": lambda prune, layer: prune.random_unstructured(layer, "weight", 1.0),
    "l1": lambda prune, layer: prune.l1_unstructured(layer, name="weight", amount=0.3),
    "l1 by scores": lambda prune, layer: prune.l1_unstructured(layer, "weight", 7, layer.weight.detach() ** 2 - 0.1),
    "random channels": lambda prune, layer: prune.random_structured(layer, "weight", amount=0.5, dim=0),
    "random columns": lambda prune, layer: prune.random_structured(layer, "weight", amount=2, dim=-1),
    "l2 channels": lambda prune, layer: prune.ln_structured(layer, "weight", amount=0.5, n=2, dim=0),
    "l1 columns": lambda prune, layer: prune.ln_structured(layer, "weight", 1, n=1, dim=1),
    "largest columns": lambda prune, layer: prune.ln_structured(layer, "weight", 1, float("inf"), -1),
    "by a mask": lambda prune, layer: prune.custom_from_mask(layer, "weight", layer.weight.detach() > 0),
    "bias too": lambda prune, layer: prune.l1_unstructured(prune.identity(layer, "weight"), "bias", 1),
}  # fmt: skip
AGAIN = {
    "random and l1": ("random", "l1"), "l1 twice": ("l1", "l1"), "channels and l1": ("l2 channels", "l1"),
    "l1 and channels": ("l1", "l1 columns"), "channels twice": ("l2 channels", "random channels"),
    "three": ("l1", "random columns", "by a mask"),
}  # fmt: skip
REFUSED = {
    "too many": lambda prune, layer: prune.l1_unstructured(layer, "weight", 999),
    "more than all": lambda prune, layer: prune.l1_unstructured(layer, "weight", 1.5),
    "less than none": lambda prune, layer: prune.random_unstructured(layer, "weight", -1),
    "a word": lambda prune, layer: prune.random_unstructured(layer, "weight", "all"),
    "channels of a vector": lambda prune, layer: prune.random_structured(layer, "bias", 1, 0),
    "no such dim": lambda prune, layer: prune.ln_structured(layer, "weight", 1, 2, 5),
    "scores of another shape": lambda prune, layer: prune.l1_unstructured(layer, "weight", 1, layer.bias),
    "a mask of another shape": lambda prune, layer: prune.custom_from_mask(layer, "weight", layer.bias.detach()),
    "never pruned": lambda prune, layer: prune.remove(layer, "weight"),
    "no such name": lambda prune, layer: prune.l1_unstructured(layer, "nothing", 1),
    "no parameters": lambda prune, layer: prune.global_unstructured(3, prune.L1Unstructured, amount=1),
    "no scores": lambda prune, layer: prune.global_unstructured([(layer, "weight")], prune.L1Unstructured, 3),
    "global channels": lambda prune, layer: prune.global_unstructured(
        [(layer, "weight")], prune.RandomStructured, amount=1),
    "not a method": lambda prune, layer: prune.PruningContainer().add_pruning_method(3),
}  # fmt: skip


def layer_of(torch):
    torch.manual_seed(3)
    return torch.nn.Linear(6, 4)


@pytest.mark.parametrize("ways", [*((way,) for way in WAYS), *AGAIN.values()], ids=" then ".join)
def test_pruned_and_trained(ways):
    def told(torch):
        prune, layer = pruning(torch), layer_of(torch)
        for way in ways:
            WAYS[way](prune, layer)
        log = [state(layer), prune.is_pruned(torch.nn.Sequential(layer))]
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            layer(torch.ones(2, 6)).square().sum().backward()
            optimizer.step()
        log += [state(layer), layer.weight_orig.grad]
        prune.remove(layer, "weight")
        return [*log, state(layer), type(layer.weight).__name__]

    agree(told)


@pytest.mark.parametrize("refused", REFUSED)
def test_refused(refused):
    agree(lambda torch: REFUSED[refused](pruning(torch), layer_of(torch)))


def test_a_refused_layer_is_as_it_was():
    def told(torch):
        layer = layer_of(torch)
        with pytest.raises(ValueError, match="999"):
            pruning(torch).l1_unstructured(layer, "weight", 999)
        return state(layer)

    agree(told)


@pytest.mark.parametrize("method", ["L1Unstructured", "RandomUnstructured"])
def test_several_as_one(method):
    def told(torch):
        prune = pruning(torch)
        torch.manual_seed(4)
        net = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2))
        parameters = [(net[0], "weight"), (net[2], "weight")]
        prune.global_unstructured(parameters, getattr(prune, method), amount=0.4)
        log = [state(net[0]), state(net[2])]
        scores = {parameters[0]: net[0].weight_orig.detach() * 2}
        prune.global_unstructured(parameters, getattr(prune, method), importance_scores=scores, amount=3)
        return [*log, state(net[0]), state(net[2]), net(torch.ones(1, 5))]

    agree(told)


def test_a_method_of_ones_own():
    def told(torch):
        prune = pruning(torch)

        class EveryOther(prune.BasePruningMethod):
            PRUNING_TYPE = "unstructured"

            def compute_mask(self, t, default_mask):
                mask = default_mask.clone()
                mask.view(-1)[::2] = 0
                return mask

        layer = layer_of(torch)
        EveryOther.apply(layer, "weight")
        EveryOther.apply(layer, "weight")
        hook = next(iter(layer._forward_pre_hooks.values()))
        return [state(layer), len(hook), [type(m).__name__ for m in hook], EveryOther().prune(torch.ones(3))]

    agree(told)


@pytest.mark.parametrize("shape", [(3, 3), (3, 5), (5, 3), (2, 4, 3)], ids=str)
@pytest.mark.parametrize("trivial", [True, False], ids=["with a base", "without"])
@pytest.mark.parametrize("way", ["matrix_exp", "cayley", "householder", None])
def test_orthogonal_like_pytorch(way, trivial, shape):
    def told(torch, given):
        torch.manual_seed(5)
        layer, another = torch.nn.Module(), torch.randn(*shape).double()
        layer.weight = torch.nn.Parameter(torch.randn(*shape).double())
        orthogonal = torch.nn.utils.parametrizations.orthogonal
        same = orthogonal(layer, orthogonal_map=way, use_trivialization=trivial) is layer
        log = [same, repr(layer), layer.weight, list(layer.state_dict())]
        pull = torch.linspace(-1, 1, layer.weight.numel(), dtype=torch.float64).reshape(*shape)
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.05)
        for _ in range(3):
            optimizer.zero_grad()
            (layer.weight * pull).sum().backward()
            optimizer.step()
        log += [layer.weight, layer.parametrizations.weight.original.grad]
        if given is not None:
            layer.weight = {"any": another, "orthogonal": torch.eye(*shape[-2:]).double().expand(*shape) * -1,
                            "too small": another[..., :1]}[given]  # fmt: skip
        return [*log, layer.weight]

    for given in (None, "any", "orthogonal", "too small"):
        agree(functools.partial(told, given=given))


def test_orthogonal_refuses():
    for call in (
        lambda torch: torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), "bias"),
        lambda torch: torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), "nothing"),
        lambda torch: torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), orthogonal_map="qr"),
    ):
        agree(call)
