"""Optimisers move the weights as PyTorch's do, remember the same, and refuse the same, in several hundred settings."""

import copy
import importlib
import inspect
import io
import itertools
import pickle

import numpy as np
import pytest

import tensorbook
from tests import oracle, pretend_cupy

torch = oracle.require_torch()
pytestmark = pytest.mark.oracle

# How far apart weights and state may be after 20 steps, in units of a tensor's largest element. Where a rule divides by
# what is nearly 0 (a variance as a difference of squares), training carries the rounding of its first steps far.
TOLERANCE = {"float32": 3e-6, "float64": 1e-14}
MORE = {
    "NAdam": {"float32": 3e-4, "float64": 1e-12},
    "RMSprop": {"float32": 3e-4, "float64": 1e-12},
    "LBFGS": {"float32": 1e-2, "float64": 1e-12},
}

OPTIONS = {
    "SGD": {
        "lr": [0.05],
        "momentum": [0, 0.9],
        "dampening": [0, 0.3],
        "weight_decay": [0, 0.1],
        "nesterov": [False, True],
        "maximize": [False, True],
    },
    "Adam": {
        "lr": [1e-3, 0.02],
        "betas": [(0.9, 0.999), (0.5, 0.8)],
        "eps": [1e-8, 1e-3],
        "weight_decay": [0, 0.1],
        "amsgrad": [False, True],
        "maximize": [False, True],
        "decoupled_weight_decay": [False, True],
    },
    "AdamW": {
        "lr": [0.02],
        "betas": [(0.9, 0.999), (0.5, 0.8)],
        "weight_decay": [0, 0.1],
        "amsgrad": [False, True],
        "maximize": [False, True],
    },
    "Adamax": {
        "lr": [0.02],
        "betas": [(0.9, 0.999), (0.5, 0.8)],
        "eps": [1e-8, 1e-2],
        "weight_decay": [0, 0.1],
        "maximize": [False, True],
    },
    "NAdam": {
        "lr": [0.02],
        "betas": [(0.9, 0.999), (0.5, 0.8)],
        "weight_decay": [0, 0.1],
        "momentum_decay": [4e-3, 0.1],
        "decoupled_weight_decay": [False, True],
        "maximize": [False, True],
    },
    "RAdam": {
        "lr": [0.02],
        "betas": [(0.9, 0.999), (0.5, 0.8)],
        "weight_decay": [0, 0.1],
        "decoupled_weight_decay": [False, True],
        "maximize": [False, True],
    },
    "RMSprop": {
        "lr": [0.01],
        "alpha": [0.99, 0.7],
        "weight_decay": [0, 0.1],
        "momentum": [0, 0.9],
        "centered": [False, True],
        "maximize": [False, True],
    },
    "Rprop": {
        "lr": [0.01],
        "etas": [(0.5, 1.2), (0.3, 1.5)],
        "step_sizes": [(1e-6, 50), (0.005, 0.03)],
        "maximize": [False, True],
    },
    "Adagrad": {
        "lr": [0.05],
        "lr_decay": [0, 0.1],
        "weight_decay": [0, 0.1],
        "initial_accumulator_value": [0, 0.5],
        "eps": [1e-10, 1e-2],
        "maximize": [False, True],
    },
    "Adadelta": {"lr": [1.0, 0.1], "rho": [0.9, 0.5], "weight_decay": [0, 0.1], "maximize": [False, True]},
    "ASGD": {
        "lr": [0.05],
        "lambd": [1e-4, 0.1],
        "alpha": [0.75, 0.5],
        "t0": [1e6, 5],
        "weight_decay": [0, 0.1],
        "maximize": [False, True],
    },
    "LBFGS": {
        "lr": [1, 0.1],
        "max_iter": [4, 20],
        "max_eval": [None, 3],
        "history_size": [100, 2],
        "line_search_fn": [None, "strong_wolfe"],
    },
}
ELEMENTWISE = [name for name in OPTIONS if name != "LBFGS"]


def settings():
    """Every combination of options that PyTorch takes, in float32 and in float64."""
    for name, options in OPTIONS.items():
        for values in itertools.product(*options.values()):
            chosen = dict(zip(options, values, strict=True))
            if chosen.get("nesterov") and (not chosen["momentum"] or chosen["dampening"]):
                continue
            for dtype in TOLERANCE:
                yield name, chosen, dtype


SETTINGS = list(settings())


def numbers(*shape, seed=0, dtype="float64"):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(dtype)


class Regression:
    """Two layers on 16 points, with a number without dimensions among the weights, in one library."""

    def __init__(self, module, dtype):
        make = lambda *shape, seed: module.tensor(numbers(*shape, seed=seed, dtype=dtype), requires_grad=True)  # noqa: E731
        self.module = module
        self.x = module.tensor(numbers(16, 3, seed=1, dtype=dtype))
        self.y = module.tensor(numbers(16, 2, seed=2, dtype=dtype))
        self.w1, self.b1, self.w2 = make(3, 5, seed=3), make(5, seed=4), make(5, 2, seed=5)
        self.scale = make(seed=6)
        self.unused = make(2, seed=7)
        self.params = [self.w1, self.b1, self.w2, self.scale, self.unused]

    def loss(self):
        hidden = (self.x @ self.w1 + self.b1).tanh()
        return ((hidden @ self.w2 * self.scale - self.y) ** 2).mean()

    def groups(self):
        return [{"params": [self.w1, self.b1]}, {"params": [self.w2, self.scale, self.unused], "lr": 0.03}]

    def train(self, optimizer, steps=20):
        sign = -1 if optimizer.param_groups[0].get("maximize") else 1

        def closure():
            optimizer.zero_grad()
            loss = self.loss() * sign
            loss.backward()
            return loss

        for _ in range(steps):
            optimizer.step(closure)


class Bowl(Regression):
    """The same weights under a loss with one minimum: L-BFGS goes so far that elsewhere two libraries would part."""

    def loss(self):
        off = self.x @ self.w1 + self.b1 - 1
        rest = ((self.w2 - 1) ** 2).sum() * 0.1 + (self.scale - 1) ** 2 * 0.3 + (self.w1**2).sum() * 0.05
        return (1 + off * off).sqrt().mean() + rest


def trained(module, name, options, dtype, steps=20):
    model = (Bowl if name == "LBFGS" else Regression)(module, dtype)
    params = model.params if name == "LBFGS" else model.groups()
    optimizer = getattr(module.optim, name)(params, **options)
    model.train(optimizer, steps)
    return model, optimizer


def same(ours, theirs, tolerance, where=""):
    """Hold nested containers of tensors, arrays and numbers against each other."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key in theirs:
            same(ours[key], theirs[key], tolerance, f"{where}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert len(ours) == len(theirs) and type(ours) is type(theirs), where
        for i, pair in enumerate(zip(ours, theirs, strict=True)):
            same(*pair, tolerance, f"{where}[{i}]")
    elif isinstance(theirs, torch.Tensor):
        assert (ours.shape, str(ours.dtype).split(".")[1]) == (theirs.shape, str(theirs.dtype).split(".")[1]), where
        assert ours.stride() == theirs.stride(), where
        a, b = ours.detach().numpy(), theirs.detach().numpy()
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(1, np.abs(b).max(initial=0)), err_msg=where)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=tolerance, abs=tolerance), where
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("name", OPTIONS)
def test_weights_and_state_after_20_steps(name, settings_count):
    checked = [s for s in SETTINGS if s[0] == name]
    for _, options, dtype in checked:
        ours, own = trained(tensorbook, name, options, dtype)
        theirs, their = trained(torch, name, options, dtype)
        tolerance = MORE.get(name, TOLERANCE)[dtype]
        where = f"{name}({options}) in {dtype}: "
        same(ours.params, theirs.params, tolerance, where)
        if name == "LBFGS":  # its state holds differences of gradients that are nearly the same
            a, b = own.state_dict()["state"][0], their.state_dict()["state"][0]
            assert set(a) == set(b)
            assert dtype == "float32" or [a["n_iter"], a["func_evals"]] == [b["n_iter"], b["func_evals"]], where
        else:
            same(own.state_dict(), their.state_dict(), tolerance, where)
        assert repr(own) == repr(their)
    settings_count[name] = len(checked)


def large(module, layout):
    """A weight of more than one piece, given rows after rows, columns after columns, or with gaps."""
    values = module.tensor(numbers(300, 520, seed=8, dtype="float32"))
    values = {"rows": values[:, ::2].contiguous(), "columns": values[:260].t(), "gaps": values[:, ::2]}[layout]
    return values.detach().requires_grad_()


@pytest.mark.parametrize("layout", ["rows", "columns", "gaps"])
@pytest.mark.parametrize("name", ELEMENTWISE)
def test_large_weights(name, layout):
    found = []
    for module in (tensorbook, torch):
        w = large(module, layout)
        optimizer = getattr(module.optim, name)([w], lr=0.02, **({"momentum": 0.5} if name == "SGD" else {}))
        before, address = w._version, w.data_ptr()
        for _ in range(3):
            optimizer.zero_grad()
            ((w - 1) ** 2 * (w * 0.5).sin()).sum().backward()
            optimizer.step()
        assert w._version > before and w.data_ptr() == address
        found.append((w, optimizer.state_dict()["state"]))
    same(*found, 3e-6)


@pytest.mark.parametrize("name", OPTIONS)
def test_learning_rate_as_a_tensor(name):
    found = []
    for module in (tensorbook, torch):
        model = (Bowl if name == "LBFGS" else Regression)(module, "float64")
        optimizer = getattr(module.optim, name)(model.params, lr=module.tensor([0.02]))
        model.train(optimizer, 10)
        found.append(model.params)
        assert repr(optimizer).startswith(f"{name} (\nParameter Group 0\n")
    same(*found, 1e-6)  # the rate itself is a float32


def test_betas_as_tensors():
    found = []
    for module in (tensorbook, torch):
        model = Regression(module, "float64")
        model.train(module.optim.Adam(model.params, lr=0.02, betas=(module.tensor(0.5), module.tensor([0.75]))), 10)
        found.append(model.params)
    same(*found, 1e-7)


@pytest.mark.parametrize("name", OPTIONS)
def test_defaults(name):
    ours, theirs = (inspect.signature(getattr(m.optim, name).__init__).parameters for m in (tensorbook, torch))
    assert [(p.name, p.default, p.kind) for p in ours.values()] == [
        (p.name, p.default, p.kind) for p in theirs.values()
    ]
    found = [getattr(m.optim, name)(Regression(m, "float32").params) for m in (tensorbook, torch)]
    assert list(found[0].defaults.items()) == list(found[1].defaults.items())
    assert repr(found[0]) == repr(found[1])


# ---- what is refused

BAD = {
    "a tensor": lambda m, w: m.optim.SGD(w),
    "no iterable": lambda m, w: m.optim.SGD(3),
    "nothing": lambda m, w: m.optim.Adam([]),
    "numbers": lambda m, w: m.optim.Adam([1.0]),
    "words": lambda m, w: m.optim.Adam(["weight"]),
    "a result": lambda m, w: m.optim.SGD([w * 2]),
    "a set": lambda m, w: m.optim.SGD([{"params": {w}}]),
    "twice": lambda m, w: m.optim.SGD([{"params": [w]}, {"params": [w]}]),
    "no dict": lambda m, w: m.optim.SGD([w]).add_param_group([w]),
    "no params": lambda m, w: m.optim.SGD([{"lr": 1.0}]),
    "some names": lambda m, w: m.optim.SGD([("w", w), w.detach().clone().requires_grad_()]),
    "a group without names": lambda m, w: m.optim.SGD([("w", w)]).add_param_group({"params": m.zeros(1)}),
    "a group with names": lambda m, w: m.optim.SGD([w]).add_param_group({"params": [("b", m.zeros(1))]}),
    "a required option": lambda m, w: m.optim.Optimizer([w], {"lr": base(m).required}),
    "base step": lambda m, w: m.optim.Optimizer([w], {}).step(),
    "lr of two": lambda m, w: m.optim.SGD([w], lr=m.ones(2)),
    "lr of two for Adam": lambda m, w: m.optim.Adam([w], lr=m.ones(2)),
    "Nesterov without momentum": lambda m, w: m.optim.SGD([w], nesterov=True),
    "SGD lr": lambda m, w: m.optim.SGD([w], lr=-1),
    "momentum": lambda m, w: m.optim.SGD([w], momentum=-0.5),
    "SGD weight_decay": lambda m, w: m.optim.SGD([w], weight_decay=-0.5),
    "mixed betas": lambda m, w: m.optim.Adam([w], betas=(0.5, m.tensor(0.5))),
    "whole beta": lambda m, w: m.optim.Adam([w], betas=(0, 0.5)),
    "foreach with a tensor": lambda m, w: m.optim.Adam([w], lr=m.tensor(0.1), foreach=True),
    "beta 1 of two": lambda m, w: m.optim.Adam([w], betas=(m.full((2,), 0.5), m.tensor(0.5))),
    "fused and foreach": lambda m, w: m.optim.Adam([w], fused=True, foreach=True),
    "fused and differentiable": lambda m, w: m.optim.SGD([w], fused=True, differentiable=True),
    "RMSprop alpha": lambda m, w: m.optim.RMSprop([w], alpha=-1),
    "RMSprop momentum": lambda m, w: m.optim.RMSprop([w], momentum=-1),
    "Rprop etas": lambda m, w: m.optim.Rprop([w], etas=(1.5, 1.2)),
    "Adadelta rho": lambda m, w: m.optim.Adadelta([w], rho=1.5),
    "Adagrad lr_decay": lambda m, w: m.optim.Adagrad([w], lr_decay=-1),
    "Adagrad start": lambda m, w: m.optim.Adagrad([w], initial_accumulator_value=-1),
    "NAdam momentum_decay": lambda m, w: m.optim.NAdam([w], momentum_decay=-1),
    "LBFGS groups": lambda m, w: m.optim.LBFGS([{"params": [w]}, {"params": [m.ones(1)]}]),
    "LBFGS search": lambda m, w: step(m, m.optim.LBFGS([w], line_search_fn="weak"), w),
    "LBFGS without closure": lambda m, w: m.optim.LBFGS([w]).step(),
    **{f"{n} lr": lambda m, w, n=n: getattr(m.optim, n)([w], lr=-1.0) for n in OPTIONS},
    **{f"{n} lr of two": lambda m, w, n=n: getattr(m.optim, n)([w], lr=m.ones(2)) for n in OPTIONS},
    **{f"{n} {option}": lambda m, w, n=n, o=option: getattr(m.optim, n)([w], **{o: -1.0})
       for option in ("eps", "weight_decay") for n in OPTIONS
       if option in inspect.signature(getattr(torch.optim, n)).parameters},
    **{f"{n} beta {i}": lambda m, w, n=n, i=i: getattr(m.optim, n)([w], betas=((1.0, 0.5), (0.5, -0.1))[i])
       for n in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam") for i in (0, 1)},
}  # fmt: skip


def base(module):
    """The module optim.optimizer; PyTorch has removed its name from optim."""
    return importlib.import_module(f"{module.__name__}.optim.optimizer")


def step(module, optimizer, w):
    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    return optimizer.step(closure)


def refusal(module, call):
    with pytest.raises(Exception) as caught:
        call(module, module.ones(2, requires_grad=True))
    return type(caught.value), str(caught.value).replace("tensorbook", "torch")


@pytest.mark.parametrize("what", BAD)
def test_refused_as_pytorch_refuses(what):
    assert refusal(tensorbook, BAD[what]) == refusal(torch, BAD[what])


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_differentiable_steps_are_refused_clearly(name):
    with pytest.raises(NotImplementedError, match=rf"{name}\(differentiable=True\)"):
        getattr(tensorbook.optim, name)([tensorbook.ones(2, requires_grad=True)], differentiable=True)


def test_capturable_needs_a_gpu():
    for module in (tensorbook, torch):
        w = module.ones(2, requires_grad=True)
        w.grad = module.ones(2)
        with pytest.raises(AssertionError, match="If capturable=True, params and state_steps must be on supported"):
            module.optim.Adam([w], capturable=True).step()


def test_duplicates_are_warned_of():
    for module in (tensorbook, torch):
        w = module.ones(2, requires_grad=True)
        with pytest.warns(UserWarning, match="contains a parameter group with duplicate parameters"):
            module.optim.SGD([w, w])


# ---- groups and names


def test_groups_and_names():
    found = []
    for module in (tensorbook, torch):
        model = Regression(module, "float64")
        optimizer = module.optim.SGD([("w1", model.w1), ("b1", model.b1)], lr=0.1, momentum=0.5)
        optimizer.add_param_group({"params": [("w2", model.w2)], "lr": 0.01})
        model.train(optimizer, 3)
        found.append((repr(optimizer), optimizer.state_dict()))
    assert found[0][0] == found[1][0]
    same(found[0][1], found[1][1], 1e-14)


def test_zero_grad():
    for module in (tensorbook, torch):
        w, b = module.ones(2, requires_grad=True), module.ones(1, requires_grad=True)
        optimizer = module.optim.SGD([w, b], lr=0.1)
        (w * 3).sum().backward()
        gradient = w.grad
        optimizer.zero_grad(set_to_none=False)
        assert w.grad is gradient and w.grad.tolist() == [0, 0] and b.grad is None
        optimizer.zero_grad()
        assert w.grad is None


def test_a_step_without_gradients_does_nothing():
    for module in (tensorbook, torch):
        w = module.ones(2, requires_grad=True)
        optimizer = module.optim.Adam([w])
        assert optimizer.step() is None
        assert w.tolist() == [1, 1] and not optimizer.state


def test_a_step_is_seen_by_autograd():
    for module in (tensorbook, torch):
        w = module.ones(2, requires_grad=True)
        loss = (w * w).sum()
        w.grad = module.ones(2)
        module.optim.SGD([w], lr=0.1).step()
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            loss.backward()


# ---- hooks


def hooked(module):
    said = []
    w = module.ones(2, requires_grad=True)
    w.grad = module.ones(2)
    optimizer = module.optim.SGD([w], lr=0.5)
    note = lambda word: lambda *args: said.append((word, [type(a).__name__ for a in args]))  # noqa: E731
    handles = [
        base(module).register_optimizer_step_pre_hook(note("before any")),
        base(module).register_optimizer_step_post_hook(note("after any")),
        optimizer.register_step_post_hook(note("after")),
        optimizer.register_step_pre_hook(note("before")),
        optimizer.register_step_pre_hook(lambda o, args, kwargs: ((o, lambda: 7.0), {})),
        optimizer.register_state_dict_pre_hook(note("before saving")),
        optimizer.register_state_dict_post_hook(note("after saving")),
        optimizer.register_state_dict_post_hook(note("first after saving"), prepend=True),
        optimizer.register_state_dict_post_hook(lambda o, state: {**state, "more": 1}),
        optimizer.register_load_state_dict_pre_hook(note("before loading")),
        optimizer.register_load_state_dict_pre_hook(note("first before loading"), prepend=True),
        optimizer.register_load_state_dict_post_hook(note("after loading")),
    ]
    said.append(optimizer.step())
    optimizer.load_state_dict(optimizer.state_dict())
    said.append(optimizer.state_dict()["more"])
    for handle in handles:
        handle.remove()
    said.append(optimizer.step())
    optimizer.load_state_dict(optimizer.state_dict())
    return said, w.tolist()


def test_hooks():
    assert hooked(tensorbook) == hooked(torch)


def test_a_pre_hook_must_return_a_pair():
    for module in (tensorbook, torch):
        optimizer = module.optim.SGD([module.ones(1, requires_grad=True)])
        optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
        with pytest.raises(RuntimeError, match=r"must return None or a tuple of \(new_args, new_kwargs\), but got 3"):
            optimizer.step()


def test_an_optimizer_of_ones_own():
    for module in (tensorbook, torch):

        class SignDescent(module.optim.Optimizer):
            def __init__(self, params, lr, module=module):
                self.module = module
                super().__init__(params, {"lr": lr})

            def step(self, closure=None):
                with self.module.no_grad():
                    for group in self.param_groups:
                        for p in group["params"]:
                            p -= group["lr"] * p.grad.sign()
                            self.state[p]["steps"] = self.state[p].get("steps", 0) + 1

        w = module.ones(2, requires_grad=True)
        optimizer = SignDescent([w], 0.25)
        said = []
        optimizer.register_step_post_hook(lambda *args: said.append("stepped"))  # noqa: B023
        (w * w).sum().backward()
        optimizer.step()
        assert w.tolist() == [0.75, 0.75] and said == ["stepped"]
        assert optimizer.state_dict()["state"] == {0: {"steps": 1}}
        assert repr(optimizer) == "SignDescent (\nParameter Group 0\n    lr: 0.25\n)"


# ---- state


def carried(value, module):
    """State with its tensors made anew in the other library."""
    if isinstance(value, dict):
        return {key: carried(v, module) for key, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(carried(v, module) for v in value)
    return module.tensor(value.detach().numpy().copy()) if hasattr(value, "detach") else value


AS_LOADED = {"NAdam": 1e-6, "ASGD": 1e-7}  # numbers that are float32 at first come back in the parameter's dtype


@pytest.mark.parametrize("name", OPTIONS)
def test_training_goes_on_in_the_other_library(name):
    """PyTorch trains 5 steps, tensorbook 5 from PyTorch's state, PyTorch 5 from tensorbook's: as if one did all 15."""
    alone, _ = trained(torch, name, {"lr": 0.02}, "float64", 15)
    model, optimizer = trained(torch, name, {"lr": 0.02}, "float64", 5)
    for module in (tensorbook, torch):
        following = type(model)(module, "float64")
        for p, q in zip(following.params, model.params, strict=True):
            p.data = module.tensor(q.detach().numpy().copy())
        params = following.params if name == "LBFGS" else following.groups()
        resumed = getattr(module.optim, name)(params, lr=1.0)
        resumed.load_state_dict(carried(optimizer.state_dict(), module))
        following.train(resumed, 5)
        model, optimizer = following, resumed
    same(model.params, alone.params, AS_LOADED.get(name, 1e-12))


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("how", ["deepcopy", "pickle", "state_dict"])
def test_a_copy_goes_on_alike(name, how):
    model, optimizer = trained(tensorbook, name, {"lr": 0.02}, "float64", 3)
    if how == "state_dict":
        twin = type(model)(tensorbook, "float64")
        for p, q in zip(twin.params, model.params, strict=True):
            p.data = q.detach().clone()
        other = getattr(tensorbook.optim, name)(twin.params if name == "LBFGS" else twin.groups())
        other.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    else:
        memory = io.BytesIO()
        model.module = None
        pickle.dump((model, optimizer), memory)
        memory.seek(0)
        twin, other = copy.deepcopy((model, optimizer)) if how == "deepcopy" else pickle.load(memory)
        model.module = twin.module = tensorbook
    model.train(optimizer, 3)
    twin.train(other, 3)
    same(
        twin.params,
        [torch.tensor(p.detach().numpy()) for p in model.params],
        AS_LOADED.get(name, 0) if how == "state_dict" else 0,
    )
    assert repr(other) == repr(optimizer)


def test_state_is_cast_to_the_parameters_dtype_but_steps_are_not():
    for module in (tensorbook, torch):
        _, optimizer = trained(module, "Adam", {}, "float64", 2)
        other = module.optim.Adam(Regression(module, "float32").groups())
        other.load_state_dict(optimizer.state_dict())
        state = other.state[other.param_groups[0]["params"][0]]
        assert [str(state[k].dtype).split(".")[1] for k in ("step", "exp_avg")] == ["float32", "float32"]


def test_loading_what_does_not_fit():
    for module in (tensorbook, torch):
        a, b = module.ones(1, requires_grad=True), module.ones(1, requires_grad=True)
        one, two = module.optim.SGD([a]), module.optim.SGD([{"params": [a]}, {"params": [b]}])
        with pytest.raises(ValueError, match="different number of parameter groups"):
            one.load_state_dict(two.state_dict())
        with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
            one.load_state_dict(module.optim.SGD([a, b]).state_dict())


def test_state_from_an_older_version():
    """Options that a file lacks get their defaults; a step that was a plain number becomes a tensor."""
    for module in (tensorbook, torch):
        _, optimizer = trained(module, "AdamW", {}, "float32", 1)
        saved = copy.deepcopy(optimizer.state_dict())
        for group in saved["param_groups"]:
            for key in ("maximize", "foreach", "capturable", "amsgrad", "fused", "decoupled_weight_decay"):
                del group[key]
        for state in saved["state"].values():
            state["step"] = 1
        optimizer.load_state_dict(saved)
        group = optimizer.param_groups[0]
        assert (group["maximize"], group["foreach"], group["decoupled_weight_decay"]) == (False, None, True)
        assert [s["step"].item() for s in optimizer.state.values()] == [1.0] * 4


def test_steps_are_counted_in_float64_where_that_is_the_default():
    for module in (tensorbook, torch):
        module.set_default_dtype(module.float64)
        try:
            _, optimizer = trained(module, "Adam", {}, "float32", 1)
        finally:
            module.set_default_dtype(module.float32)
        assert all(state["step"].dtype is module.float64 for state in optimizer.state.values())


# ---- GPU


@pytest.mark.parametrize("name", OPTIONS)
def test_on_a_gpu(name):
    """On CuPy, or the stand-in that keeps its rules: the same weights as on the CPU."""
    options = (
        {"momentum": 0.5, "weight_decay": 0.1} if name == "SGD" else {"centered": True} if name == "RMSprop" else {}
    )
    on_cpu, _ = trained(tensorbook, name, options, "float64", 5)
    with pretend_cupy.installed():
        model = (Bowl if name == "LBFGS" else Regression)(tensorbook, "float64")
        for key, value in vars(model).copy().items():
            if isinstance(value, tensorbook.Tensor):
                setattr(model, key, value.detach().to("cuda").requires_grad_(value.requires_grad))
        model.params = [model.w1, model.b1, model.w2, model.scale, model.unused]
        optimizer = getattr(tensorbook.optim, name)(model.params if name == "LBFGS" else model.groups(), **options)
        model.train(optimizer, 5)
        assert all(p.is_cuda for p in model.params)
        moved = [p.detach().cpu() for p in model.params]
    for ours, expected in zip(moved, on_cpu.params, strict=True):
        np.testing.assert_allclose(ours.numpy(), expected.detach().numpy(), rtol=0, atol=1e-12)
