"""The same code with `device="cuda"`: on a GPU where one answers, else on the stand-in for CuPy (pretend_cupy.py).

A machine without a GPU runs the whole table of operations here, so that no change to the core closes the way to a GPU
unnoticed. With a GPU the table runs in test_ops.py, on CuPy itself.
"""

import copy
import io
import pickle
import re

import numpy as np
import pytest

import tensorbook as torch
from tests import oracle, pretend_cupy, test_ops
from tests.ops.cases import CASES

pytestmark = [pytest.mark.table, pytest.mark.filterwarnings("ignore::UserWarning")]  # see tests/test_ops.py

HAS_GPU = torch.cuda.is_available()
in_table = pytest.mark.skipif(HAS_GPU, reason="this machine has a GPU: test_ops.py runs the table on it")
TWO_DEVICES = "same device, but found at least two devices, (cpu and cuda:0|cuda:0 and cpu)"


@pytest.fixture(autouse=True, scope="module")
def gpu():
    """A GPU, or the stand-in while this file runs."""
    if HAS_GPU:
        yield
    else:
        with pretend_cupy.installed():
            yield


# CuPy's results lie in order, whatever they were made from, so these few differ where PyTorch's on a CPU do not:
# attention by single steps copies a transposed key into another layout, which gives one node another name; the square
# of a strided image in five dims, and the product of strided matrices, can be viewed where PyTorch's CPU refuses.
OTHER_LAYOUT = re.compile(
    r"attention (of three dims|of nobody|of two dtypes|with a learned mask)|local_response_norm . of 5 dims|kron$"
)


def in_turn(names):
    """The names of cases, those marked that cannot be PyTorch's on a GPU."""
    other = pytest.mark.skip(reason="a GPU's result lies in another layout")
    return [pytest.param(name, marks=other) if OTHER_LAYOUT.match(name) else name for name in names]


@in_table
@pytest.mark.parametrize("layout", oracle.LAYOUTS)
@pytest.mark.parametrize("name", in_turn(CASES))
def test_operation(name, layout, table_count):
    test_ops.test_like_pytorch(name, layout, "cuda", table_count)


@in_table
@pytest.mark.parametrize("name", in_turn(test_ops.DIFFERENTIABLE))
def test_gradients_of_operation(name):
    """PyTorch's first and second derivatives. Slopes are measured on the CPU: a stand-in has no others."""
    test_ops.compare_in_float64(name, "cuda")


# Where tensors are


@pytest.mark.parametrize(
    "make",
    [
        lambda **k: torch.zeros(2, 3, **k), lambda **k: torch.ones(2, 3, **k), lambda **k: torch.full((2,), 7, **k),
        lambda **k: torch.arange(5, **k), lambda **k: torch.linspace(0, 1, 5, **k), lambda **k: torch.eye(3, **k),
        lambda **k: torch.logspace(0, 2, 3, **k), lambda **k: torch.tril_indices(3, 3, **k),
        lambda **k: torch.tensor([[1.0, 2.0]], **k), lambda **k: torch.tensor(3, **k),
    ],
)  # fmt: skip
def test_new_tensors(make):
    x = make(device="cuda")
    assert (x.device, x.is_cuda, x.is_cpu, x.get_device()) == (torch.device("cuda", 0), True, False, 0)
    assert torch.equal(x.cpu(), make())
    with torch.device("cuda"):
        assert make().is_cuda
    for like in (torch.zeros_like, torch.ones_like, torch.empty_like):
        assert like(x).is_cuda


def test_printing_names_the_device():
    x = torch.tensor([[1.0, 2.5]], device="cuda", requires_grad=True)
    assert repr(x) == "tensor([[1.0000, 2.5000]], device='cuda:0', requires_grad=True)"
    assert repr(x.sum()) == "tensor(3.5000, device='cuda:0', grad_fn=<SumBackward0>)"
    assert f"{x.sum():.2f}" == "3.50"
    assert repr(torch.tensor([1.0], device="cuda").untyped_storage()).endswith("(device=cuda:0) of size 4]")


@pytest.mark.parametrize("dims", [(0, 1, 2), (2, 0, 1), (1, 0, 2), (2, 1, 0)])
def test_moving_keeps_the_strides(dims):
    x = torch.arange(24.0).reshape(2, 3, 4).permute(dims)
    there = x.to("cuda")
    assert there.stride() == x.stride()
    back = there.cpu()
    assert back.stride() == x.stride() and torch.equal(back, x)
    assert there.to("cuda") is there
    assert there.double().stride() == x.stride()


def test_numpy_must_be_asked_for():
    x = torch.ones(2, device="cuda")
    with pytest.raises(TypeError, match=r"can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu\(\)"):
        x.numpy()
    with pytest.raises(TypeError, match="cuda:0 device type tensor to numpy"):
        np.asarray(x)
    assert x.numpy(force=True).tolist() == [1.0, 1.0]


def test_to_python():
    x = torch.tensor([[1.0, 2.0]], device="cuda")
    assert x.tolist() == [[1.0, 2.0]] and len(x) == 1 and [row.tolist() for row in x] == [[1.0, 2.0]]
    assert (x.sum().item(), float(x.sum()), int(x.sum()), bool(x.sum())) == (3.0, 3.0, 3, True)
    assert 2.0 in x and 5.0 not in x
    assert range(3)[torch.tensor(1, device="cuda")] == 1


# Two devices


@pytest.mark.parametrize(
    "call",
    [
        lambda a, b, m, i: a + b, lambda a, b, m, i: b - a, lambda a, b, m, i: a > b, lambda a, b, m, i: a @ b,
        lambda a, b, m, i: b @ a, lambda a, b, m, i: torch.mv(a, b[0]), lambda a, b, m, i: torch.dot(b[0], a[0]),
        lambda a, b, m, i: torch.addmm(b, a, a), lambda a, b, m, i: torch.cat([a, b]),
        lambda a, b, m, i: torch.stack([b, a]), lambda a, b, m, i: torch.where(m, a, a),
        lambda a, b, m, i: torch.where(a > 0, a, b), lambda a, b, m, i: a.clamp(b, b),
        lambda a, b, m, i: a.masked_fill(m, 0), lambda a, b, m, i: a.masked_select(m),
        lambda a, b, m, i: a.gather(0, i), lambda a, b, m, i: b.gather(0, i.cuda()), lambda a, b, m, i: a.take(i),
        lambda a, b, m, i: a.index_select(0, i[0]), lambda a, b, m, i: b.index_select(0, i[0].cuda()),
        lambda a, b, m, i: a.scatter(0, i, 1.0), lambda a, b, m, i: a.scatter_add(0, i.cuda(), b),
        lambda a, b, m, i: torch.nn.functional.mse_loss(a, b), lambda a, b, m, i: a.lerp(b, 0.5),
        lambda a, b, m, i: a.add_(b), lambda a, b, m, i: b.mul_(a), lambda a, b, m, i: a.__setitem__(i[0], b),
        lambda a, b, m, i: a.masked_fill_(m, 0),
    ],
)  # fmt: skip
def test_two_devices_are_refused(call):
    a, b = torch.rand(2, 2, device="cuda"), torch.rand(2, 2)
    with pytest.raises(RuntimeError, match=TWO_DEVICES):
        call(a, b, b > 0, torch.tensor([[0, 1], [1, 0]]))


def test_a_cpu_number_may_meet_a_gpu_tensor():
    x, n = torch.tensor([1.0, 2.0], device="cuda"), torch.tensor(3.0)
    results = [x + n, n - x, x * n, x > n, torch.maximum(n, x), torch.where(x > 1, x, n), x.clamp(n, n), x / n, x % n]
    assert all(r.is_cuda for r in results)
    assert [r.tolist() for r in results[:4]] == [[4.0, 5.0], [2.0, 1.0], [3.0, 6.0], [False, False]]
    assert x.add_(n).tolist() == [4.0, 5.0]
    assert (x.double() * n).dtype is torch.float64
    x[0] = n
    x[:] = x + torch.tensor(1.0)
    assert x.fill_(torch.tensor(2.0)).tolist() == [2.0, 2.0]
    assert torch.zeros(2).fill_(torch.tensor(2.0, device="cuda")).tolist() == [2.0, 2.0]
    w = torch.tensor(2.0, requires_grad=True)
    (x * w).sum().backward()
    assert w.grad.is_cpu and w.grad.item() == 4.0


def test_numbers_of_all_kinds():
    x = torch.tensor([1, 2], device="cuda")
    assert (x + 1).tolist() == [2, 3] and (x + 1.5).dtype is torch.float32 and (x + True).tolist() == [2, 3]
    assert (2 - x).tolist() == [1, 0] and (2 / x).tolist() == [2.0, 1.0] and (2**x).tolist() == [2, 4]
    assert (np.float32(2) * x).is_cuda and (x * np.int64(3)).tolist() == [3, 6]
    assert (7 // x).tolist() == [7, 3] and (x % 2).tolist() == [1, 0] and (x == 1).tolist() == [True, False]


# Elements


def test_index_tensors():
    x = torch.arange(12.0).reshape(3, 4)
    there = x.cuda()
    rows, mask = torch.tensor([2, 0]), x[:, 0] > 3
    indices = [0, (0, 1), slice(1, 3), rows, mask, [0, 2], (slice(None), rows), (rows, rows), (rows, None), True]
    for index in indices:
        got = there[index]
        assert got.is_cuda and torch.equal(got.cpu(), x[index])
    for index in (rows.cuda(), mask.cuda(), (slice(None), rows.cuda()), torch.tensor(1, device="cuda")):
        assert there[index].is_cuda
    with pytest.raises(RuntimeError, match="indices should be either on cpu or on the same device as the index"):
        x[rows.cuda()]
    assert there[1, 2].item() == 6.0 and there[1, 2]._base is there
    assert torch.equal(there.nonzero().cpu(), x.nonzero()) and there[0, 0].nonzero().is_cuda
    assert torch.equal(there.repeat_interleave(torch.tensor([1, 0, 2]).cuda(), 0).cpu(), x[[0, 2, 2]])


def test_writing():
    x = torch.zeros(3, 2, device="cuda")
    x[0] = 1
    x[1, 1] = 2.5
    x[2:] = torch.tensor([[3.0, 4.0]])
    x[torch.tensor([0])] = torch.tensor(5.0)
    x[x > 4] = -1.0
    x[:, [1]] = np.float64(7)
    assert x.tolist() == [[-1.0, 7.0], [0.0, 7.0], [3.0, 7.0]]
    x[0] = torch.tensor([8.0, 9.0])
    assert x[0].tolist() == [8.0, 9.0]
    x.copy_(torch.ones(2))
    assert x.is_cuda and x.sum().item() == 6.0


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int8, torch.int32, torch.int64, torch.float16])
def test_adding_at_places_for_every_dtype(dtype):
    index, values = torch.tensor([0, 1, 0, 0]), torch.tensor([1, 100, 1, -3]).to(dtype)
    want = torch.zeros(2, dtype=dtype).scatter_add(0, index, values)
    got = torch.zeros(2, dtype=dtype, device="cuda").scatter_add(0, index.cuda(), values.cuda())
    assert got.dtype is dtype and torch.equal(got.cpu(), want)


# Memory


def test_views_and_storage():
    x = torch.arange(6.0, device="cuda")
    y = x.view(2, 3).t()
    y[0, 1] = 10
    assert x.tolist()[3] == 10.0 and y._base is x and x._version == 1
    assert y.untyped_storage().data_ptr() == x.data_ptr() and y[1].storage_offset() == 1
    x.untyped_storage()[3] = 64  # the sign and exponent of 2.0
    assert x[0].item() == 2.0 and x.untyped_storage().device == torch.device("cuda", 0)
    x.storage()[1] = 7.0
    assert x.storage().tolist()[:2] == [2.0, 7.0] and x.storage()[1] == 7.0
    assert y.as_strided((2, 2), (1, 2)).tolist() == [[2.0, 2.0], [7.0, 10.0]]
    assert x.unfold(0, 2, 2).stride() == (2, 1) and y.expand(2, 3, 2).stride() == (0, 1, 3)
    assert x[2:2].shape == (0,) and y.is_contiguous() is False and y.contiguous().stride() == (2, 1)
    with pytest.raises(RuntimeError, match="out of bounds for storage of size 24"):
        x.as_strided((7,), (1,))


def test_sharing_with_others():
    x = torch.arange(3.0, device="cuda")
    assert x.__dlpack_device__() == (2, 0)
    assert torch.from_dlpack(x.detach()).data_ptr() == x.data_ptr()
    assert torch.from_dlpack(x._array).data_ptr() == x.data_ptr()
    assert x.__cuda_array_interface__["data"] == (x.data_ptr(), False)
    assert torch.as_tensor(x._array, device="cuda").data_ptr() == x.data_ptr()
    assert torch.tensor(x._array, device="cuda").data_ptr() != x.data_ptr()


def test_copies_and_files(tmp_path):
    x = torch.arange(3.0, device="cuda", requires_grad=True)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin.is_cuda and twin.requires_grad and torch.equal(twin, x) and twin.data_ptr() != x.data_ptr()
    file = io.BytesIO()
    torch.save({"x": x}, file)
    for place in (None, "cpu", "cuda", torch.device("cuda:0")):
        file.seek(0)
        found = torch.load(file, map_location=place)["x"]
        assert found.is_cpu is (place == "cpu") and found.tolist() == [0.0, 1.0, 2.0]
    torch.save(torch.ones(2), tmp_path / "x.pt")
    assert torch.load(tmp_path / "x.pt", map_location="cuda").is_cuda


# Gradients


def test_backward():
    w = torch.tensor([1.0, 2.0], device="cuda", requires_grad=True)
    for times in (1, 2, 3):
        ((w * 3) ** 2).sum().backward()
        assert w.grad.is_cuda and w.grad.tolist() == [18.0 * times, 36.0 * times]
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.cuda() * 2
    y.retain_grad()
    seen = []
    y.register_hook(lambda grad: seen.append(grad.device.type))
    (y * w).sum().backward()
    assert x.grad.is_cpu and x.grad.tolist() == [2.0, 4.0] and y.grad.is_cuda and seen == ["cuda"]
    (g,) = torch.autograd.grad((w**3).sum(), w, create_graph=True)
    assert torch.autograd.grad(g.sum(), w)[0].tolist() == [6.0, 12.0]
    assert torch.autograd.gradcheck(torch.sin, (w.detach().double().requires_grad_(),))
    assert torch.autograd.functional.jacobian(lambda x: x**2, w).is_cuda


def test_writes_are_recorded():
    w = torch.ones(3, device="cuda", requires_grad=True)
    y = w * 2
    y[0] = 5.0
    y[1:].mul_(w[1:])
    y[torch.tensor([2])] = w[:1]
    y.sum().backward()
    assert w.grad.tolist() == [1.0, 4.0, 0.0]
    z = w * 1
    square = z**2
    z.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        square.sum().backward()


def test_own_function():
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * x**2

    x = torch.tensor([2.0], device="cuda", requires_grad=True)
    Cube.apply(x).backward()
    assert x.grad.is_cuda and x.grad.item() == 12.0


def test_training():
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    before = list(model.parameters())
    assert model.to("cuda") is model and all(a is b for a, b in zip(before, model.parameters(), strict=True))
    assert all(p.is_cuda and p.is_leaf for p in model.parameters())
    x = torch.linspace(-1, 1, 20, device="cuda").unsqueeze(1)
    losses = []
    for _ in range(100):
        loss = torch.nn.functional.mse_loss(model(x), x**2)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= 0.2 * p.grad
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 5
    file = io.BytesIO()
    torch.save(model.state_dict(), file)
    file.seek(0)
    twin = torch.nn.Sequential(torch.nn.Linear(1, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    twin.load_state_dict(torch.load(file, map_location="cpu"))
    assert torch.allclose(twin(x.cpu()), model(x).cpu(), atol=1e-6)
    assert model.cpu()[0].weight.is_cpu and model[0].weight.grad.is_cpu


# Random numbers


@pytest.mark.parametrize("seed", [torch.manual_seed, torch.cuda.manual_seed, torch.cuda.manual_seed_all])
def test_the_same_seed_gives_the_same_numbers(seed):
    def draw():
        seed(3)
        x = torch.rand(4, device="cuda")
        more = [
            torch.randn(2, 2, device="cuda"), torch.randint(10, (5,), device="cuda"), torch.randperm(6, device="cuda"),
            torch.rand_like(x), torch.bernoulli(x), torch.multinomial(x, 2), torch.multinomial(x, 3, replacement=True),
            torch.empty(3, device="cuda").uniform_(-1, 1), torch.empty(2, 3, device="cuda").t().normal_(1, 2),
            torch.empty(3, device="cuda").exponential_(), torch.empty(3, device="cuda").bernoulli_(0.3),
            torch.empty(3, dtype=torch.int64, device="cuda").random_(5), torch.normal(x, 1.0),
        ]  # fmt: skip
        assert all(y.is_cuda for y in more)
        return [y.tolist() for y in (x, *more)]

    assert draw() == draw()


def test_a_generator_of_its_own():
    generator = torch.Generator("cuda").manual_seed(5)
    assert generator.device == torch.device("cuda", 0) and generator.initial_seed() == 5
    first = torch.rand(3, device="cuda", generator=generator)
    again = torch.rand(3, device="cuda", generator=torch.Generator("cuda").manual_seed(5))
    assert torch.equal(first, again) and 0 <= first.min().item() <= first.max().item() < 1
    with pytest.raises(RuntimeError, match="Expected a 'cpu' device type for generator but found 'cuda'"):
        torch.rand(3, generator=generator)


# torch.cuda


def test_questions_about_the_gpu():
    assert torch.cuda.is_available() and torch.cuda.device_count() >= 1 and torch.cuda.current_device() == 0
    assert isinstance(torch.cuda.get_device_name(), str) and len(torch.cuda.get_device_capability(0)) == 2
    free, total = torch.cuda.mem_get_info()
    assert 0 < free <= total and torch.cuda.memory_allocated() >= 0
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    with torch.cuda.device(0):
        assert torch.zeros(1, device="cuda").get_device() == 0
    with pytest.raises(RuntimeError, match="invalid device ordinal"):
        torch.zeros(1, device="cuda:99")


def test_the_dashboard_trains_on_it():
    from tensorbook.widgets import TrainingDashboard

    x = torch.linspace(-1, 1, 16, device="cuda")
    w = torch.zeros(1, device="cuda", requires_grad=True)

    def step(lr):
        loss = ((x * w - 2 * x) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
            w.grad.zero_()
        return loss

    dashboard = TrainingDashboard(step, parameters={"w": w}, lr=0.5, data=(x, 2 * x), predict=lambda x: x * w)
    dashboard.run(steps=30)
    assert w.item() == pytest.approx(2, abs=1e-3)
    pictures, _ = dashboard._repr_mimebundle_()
    assert "<svg" in pictures["image/svg+xml"]
