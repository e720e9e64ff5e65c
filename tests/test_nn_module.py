"""What a Module is: attributes, names, hooks, state, containers. Every scenario runs under both and tells the same."""

import copy
import io
import pickle
import warnings
from collections import OrderedDict

import pytest

from tests import oracle

SCENARIOS = {}


def scenario(run):
    """Register a function of the library that gives plain Python values."""
    SCENARIOS[run.__name__] = run
    return run


def error_of(call):
    try:
        call()
    except Exception as error:
        return type(error).__name__, str(error).replace("; isint", "; is int")  # PyTorch forgot a space
    return "no error"


def net(torch):
    """A small tree with a buffer, a shared module, and a name that is kept free."""
    nn = torch.nn

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(2, 3)
            self.again = self.first
            self.body = nn.Sequential(nn.Linear(3, 3), nn.ReLU(), nn.Sequential(nn.Linear(3, 2, bias=False)))
            self.scale = nn.Parameter(torch.tensor([1.5]))
            self.register_buffer("count", torch.tensor(0))
            self.register_buffer("scratch", torch.zeros(2), persistent=False)
            self.register_parameter("nothing", None)
            self.free = None

        def forward(self, x, twice=False):
            y = self.body(self.first(x)) * self.scale
            return y * 2 if twice else y

    torch.manual_seed(5)
    return Net()


def plain(value):
    """Tensors as lists, modules as their names, containers of these likewise."""
    if oracle.is_tensor(value):
        return plain(value.tolist())
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return type(value).__name__ if hasattr(value, "named_modules") else value


@scenario
def names(torch):
    m = net(torch)
    return [
        [n for n, _ in m.named_parameters()], [n for n, _ in m.named_parameters("p", recurse=False)],
        [n for n, _ in m.named_parameters(remove_duplicate=False)], [n for n, _ in m.named_modules(prefix="top")],
        [n for n, _ in m.named_modules(remove_duplicate=False)], [n for n, _ in m.named_children()],
        [n for n, _ in m.named_buffers()], [n for n, _ in m.named_buffers("b", False)],
        [len(list(f())) for f in (m.parameters, m.buffers, m.modules, m.children)],
        plain(dict(m.named_parameters())), repr(m),
    ]  # fmt: skip


@scenario
def directory(torch):
    m = net(torch)
    shown = dir(m)
    return [n in shown for n in ("first", "scale", "count", "forward", "training")], "0" in dir(m.body), "zap" in shown


@scenario
def attributes(torch):
    m, nn = net(torch), torch.nn
    log = []
    m.free = nn.ReLU()
    m.scale = None
    log.append((repr(m), "scale" in m._parameters, list(m._modules)))
    m.first = None
    m.count = torch.ones(1)
    m.count = None
    m.fresh = nn.Buffer(torch.ones(2))
    m.passing = nn.Buffer(torch.ones(2), persistent=False)
    log.append((list(m.state_dict()), m.first, m.count, isinstance(m.fresh, nn.Buffer), type(m.fresh).__name__))
    m.body = nn.Parameter(torch.ones(1))
    del m.body, m.scratch
    log.append((hasattr(m, "body"), list(m._modules), list(m._buffers)))
    m.plain = torch.ones(2)
    log.append("plain" in m._buffers)
    return log


@scenario
def refusals(torch):
    nn = torch.nn

    class Early(nn.Module):
        def __init__(self, value):
            self.early = value

    class Named(nn.Module):
        def __init__(self, how):
            how(self)

    m, one = net(torch), torch.ones(1)
    calls = [
        lambda: setattr(m.first, "weight", one), lambda: setattr(m.first, "weight", 3),
        lambda: setattr(m, "body", 3), lambda: setattr(m, "count", "x"), lambda: m.zap, lambda: m.body.zap,
        lambda: delattr(m, "zap"),
        lambda: m.register_buffer("a.b", None), lambda: m.register_buffer("", None), lambda: m.register_buffer(3, one),
        lambda: m.register_buffer("scale", one), lambda: m.register_buffer("b", 3),
        lambda: m.register_buffer("train", one),
        lambda: m.register_parameter("a.b", None), lambda: m.register_parameter("", None),
        lambda: m.register_parameter(3, None), lambda: m.register_parameter("count", nn.Parameter(one)),
        lambda: m.register_parameter("p", one), lambda: m.register_parameter("p", nn.Parameter(one) * 2),
        lambda: m.add_module("a.b", nn.ReLU()), lambda: m.add_module("", nn.ReLU()), lambda: m.add_module("x", 3),
        lambda: m.add_module(3, nn.ReLU()), lambda: m.register_module("scale", nn.ReLU()),
        lambda: Early(nn.Parameter(one)), lambda: Early(nn.ReLU()), lambda: Early(nn.Buffer(one)),
        lambda: Named(lambda s: s.register_buffer("b", one)),
        lambda: Named(lambda s: s.register_parameter("b", None)),
        lambda: nn.Module()(1), lambda: nn.Module(1), lambda: m.train(3), lambda: m.to(torch.int64),
        lambda: nn.Parameter(torch.tensor([1])),
    ]  # fmt: skip
    return [error_of(call) for call in calls]


@scenario
def finding(torch):
    m = net(torch)
    found = [m.get_submodule(""), m.get_submodule("body.2.0"), m.get_parameter("body.0.bias"), m.get_buffer("count")]
    m.set_submodule("body.2.0", torch.nn.Tanh())
    m.set_submodule("extra", torch.nn.ReLU())
    calls = [
        lambda: m.get_submodule("body.9"), lambda: m.get_submodule("scale"), lambda: m.get_parameter("body.zap"),
        lambda: m.get_parameter("count"), lambda: m.get_buffer("scale"), lambda: m.get_buffer("zap"),
        lambda: m.set_submodule("", m), lambda: m.set_submodule("scale", torch.nn.ReLU()),
        lambda: m.set_submodule("zap.x", torch.nn.ReLU()), lambda: m.set_submodule("new", torch.nn.ReLU(), strict=True),
    ]  # fmt: skip
    return plain(found), repr(m), [error_of(call) for call in calls]


@scenario
def modes_and_moves(torch):
    m = net(torch)
    log = []
    m.eval()
    log.append([x.training for x in m.modules()])
    m.body.train()
    log.append([x.training for x in m.modules()])
    log.append([p.requires_grad for p in m.first.requires_grad_(False).parameters()])
    m.requires_grad_()
    m(torch.ones(1, 2)).sum().backward()
    before = list(m.parameters())
    assert m.double() is m
    log.append([str(t.dtype).split(".")[1] for t in (*m.parameters(), *m.buffers(), m.scale.grad)])
    log.append(all(a is b for a, b in zip(before, m.parameters(), strict=True)))
    for change in (m.half, m.float, m.cpu, lambda: m.to(torch.float64), lambda: m.to(torch.ones(1)),
                   lambda: m.to("cpu", torch.float64), lambda: m.to(dtype=torch.float16, device="cpu"),
                   lambda: m.type(torch.float64), lambda: m.to(device=torch.device("cpu"))):  # fmt: skip
        change()
        log.append([str(t.dtype).split(".")[1] for t in (m.scale, m.count, m.scratch, m.scale.grad)])
    m.zero_grad(set_to_none=False)
    log.append(plain(m.scale.grad))
    m.zero_grad()
    log.append(m.scale.grad)
    seen = []
    m.apply(lambda x: seen.append(type(x).__name__))
    return [*log, seen]


@scenario
def copies(torch):
    m = net(torch)
    m(torch.ones(1, 2)).sum().backward()
    twin = copy.deepcopy(m)
    with torch.no_grad():
        twin.scale += 1
    shallow = copy.copy(m.first)
    return [
        repr(twin), plain(twin.state_dict()), m.scale.item(), twin.again is twin.first, twin.scale.grad is None,
        twin.scratch.tolist(), shallow.weight is m.first.weight, shallow._parameters is m.first._parameters,
    ]  # fmt: skip


@scenario
def pickles(torch):
    m = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Dropout(0.25)).eval()
    twin = pickle.loads(pickle.dumps(m))
    return repr(twin), twin.training, torch.equal(twin(torch.ones(2)), m(torch.ones(2))), type(twin[0]).__module__[-17:]


@scenario
def state(torch):
    m = net(torch)
    s = m.state_dict()
    kept = m.state_dict(keep_vars=True, prefix="top.")
    into = OrderedDict()
    m.state_dict(destination=into, prefix="x.")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old = m.state_dict(OrderedDict(), "old.")
    return [
        plain(s), type(s).__name__, dict(s._metadata), {k: v.requires_grad for k, v in kept.items()}, list(into),
        s["scale"].data_ptr() == m.scale.data_ptr(), s["scale"].requires_grad, list(old),
        [(w.category, str(w.message)) for w in caught],
    ]  # fmt: skip


@scenario
def loading(torch):
    m = net(torch)
    good = m.state_dict()
    zeros = OrderedDict((k, torch.zeros_like(v)) for k, v in good.items())
    log = [str(m.load_state_dict(zeros)), repr(m.load_state_dict(zeros)), plain(m.state_dict())]
    odd = OrderedDict(zeros)
    del odd["body.0.weight"], odd["count"]
    odd["scale"] = torch.ones(2)
    odd["body.7.x"] = odd["zap"] = odd["first.more"] = odd["first"] = torch.ones(1)
    odd["first.bias"] = 3
    log.append(error_of(lambda: m.load_state_dict(odd)))
    log.append(error_of(lambda: m.load_state_dict(odd, strict=False)))
    odd["scale"], odd["first.bias"] = torch.ones(1), torch.ones(3)
    log.append(error_of(lambda: m.load_state_dict(odd)))
    found = m.load_state_dict(odd, strict=False)
    log += [repr(found), found.missing_keys, found.unexpected_keys, type(found).__name__, plain(m.first.bias)]
    log.append(error_of(lambda: m.load_state_dict([1])))
    log.append(error_of(lambda: m.load_state_dict({**zeros, "scale": torch.ones(3, 3)})))
    scalar = torch.nn.Module()
    scalar.p = torch.nn.Parameter(torch.tensor(1.0))
    scalar.load_state_dict({"p": torch.tensor([4.0])})
    log.append(plain(scalar.p))
    doubles = {k: v.double() + 1 for k, v in good.items()}
    m.load_state_dict(doubles)
    log.append(str(m.scale.dtype).split(".")[1])
    m.load_state_dict(doubles, assign=True)
    log.append([m.scale.requires_grad, m.scale.dtype == torch.float64])
    log.append(m.scale.data_ptr() == doubles["scale"].data_ptr())
    return log


@scenario
def extra_state(torch):
    class Extra(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner, self.note = torch.nn.Linear(1, 1), "a"

        def get_extra_state(self):
            return {"note": self.note}

        def set_extra_state(self, state):
            self.note = state["note"]

    m = torch.nn.Sequential(Extra())
    s = m.state_dict()
    s["0._extra_state"] = {"note": "b"}
    m.load_state_dict(s)
    del s["0._extra_state"]
    more = torch.nn.Linear(1, 1).state_dict()
    more["_extra_state"] = 3
    return [
        m[0].note, list(m.state_dict()), error_of(lambda: m.load_state_dict(s)),
        error_of(lambda: torch.nn.Linear(1, 1).load_state_dict(more)),
    ]  # fmt: skip


@scenario
def state_hooks(torch):
    m, log = net(torch), []
    m.register_state_dict_pre_hook(lambda mod, prefix, keep: log.append(("pre", prefix, keep)))

    def after(mod, state, prefix, meta):
        log.append(("post", len(state), prefix, meta))
        state[prefix + "added"] = torch.ones(1)

    handle = m.register_state_dict_post_hook(after)
    log.append(list(m.state_dict()))
    handle.remove()
    bad = m.register_state_dict_post_hook(lambda *_: 1)
    log.append(error_of(m.state_dict))
    bad.remove()
    m.body.register_load_state_dict_pre_hook(
        lambda mod, state, prefix, meta, strict, missing, unexpected, errors: log.append(
            (type(mod).__name__, sorted(state), prefix, strict, list(missing), errors)
        )
    )

    def forgive(mod, keys):
        log.append((list(keys.missing_keys), list(keys.unexpected_keys)))
        keys.missing_keys.clear()

    m.register_load_state_dict_post_hook(forgive)
    s = m.state_dict()
    del s["scale"]
    log.append(repr(m.load_state_dict(s)))
    return log


@scenario
def forward_hooks(torch):
    m, log = net(torch), []
    handles = [
        m.register_forward_pre_hook(lambda mod, args: log.append(("pre", plain(args)))),
        m.register_forward_pre_hook(lambda mod, args: (args[0] * 2,), prepend=True),
        m.register_forward_pre_hook(lambda mod, args, kw: (args, {**kw, "twice": True}), with_kwargs=True),
        m.register_forward_pre_hook(lambda mod, args: args[0] + 1),
        m.register_forward_hook(lambda mod, args, out: log.append(("post", plain(args), plain(out)))),
        m.register_forward_hook(lambda mod, args, kw, out: log.append(("kw", plain(kw))), with_kwargs=True),
        m.register_forward_hook(lambda mod, args, out: out * 10, prepend=True),
        m.body[1].register_forward_hook(lambda mod, args, out: log.append(("inner", type(mod).__name__))),
    ]
    x = torch.tensor([[1.0, -2.0]])
    log.append(plain(m(x)))
    log.append(len(m._forward_hooks))
    for handle in handles:
        handle.remove()
    log.append(plain(m(x, twice=True)))
    with m.register_forward_pre_hook(lambda mod, args, kw: 3, with_kwargs=True):
        log.append(error_of(lambda: m(x)))
    log.append(plain(m(x)))
    return log


@scenario
def hooks_that_are_always_called(torch):
    m, log = net(torch), []
    m.register_forward_hook(lambda mod, args, out: log.append(("always", out)), always_call=True)
    m.register_forward_hook(lambda mod, args, out: log.append("only then"))
    both = {"always_call": True, "with_kwargs": True}
    m.register_forward_hook(lambda mod, args, kw, out: log.append(("kw", plain(kw), out)), **both)
    log.append(error_of(lambda: m(torch.ones(1, 9), twice=True))[0])
    return log


@scenario
def hooks_of_every_module(torch):
    module, log = torch.nn.modules.module, []
    handles = [
        module.register_module_forward_pre_hook(lambda mod, args: log.append(("pre", type(mod).__name__))),
        module.register_module_forward_hook(lambda mod, args, out: log.append(("post", type(mod).__name__))),
        module.register_module_full_backward_pre_hook(lambda mod, out: log.append(("back pre", type(mod).__name__))),
        module.register_module_full_backward_hook(lambda mod, i, o: log.append(("back", type(mod).__name__, plain(i)))),
    ]
    m = net(torch)
    m(torch.ones(1, 2)).sum().backward()
    for handle in handles:
        handle.remove()
    m(torch.ones(1, 2))
    handles = [
        module.register_module_parameter_registration_hook(
            lambda mod, name, p: log.append(("p", name, plain(p.shape)))
        ),
        module.register_module_buffer_registration_hook(lambda mod, name, b: log.append(("b", name))),
        module.register_module_module_registration_hook(lambda mod, name, s: log.append(("m", name, type(s).__name__))),
    ]
    net(torch)
    for handle in handles:
        handle.remove()
    return log


@scenario
def backward_hooks(torch):
    m, log = net(torch), []
    handles = [
        m.body.register_full_backward_pre_hook(lambda mod, out: log.append(("pre", plain(out)))),
        m.body.register_full_backward_hook(lambda mod, i, o: log.append(("hook", plain(i), plain(o)))),
        m.body[0].register_full_backward_hook(lambda mod, i, o: (i[0] * 0 + 1,)),
        m.first.register_full_backward_hook(lambda mod, i, o: log.append(("first", plain(i), plain(o)))),
        m.body[2].register_full_backward_pre_hook(lambda mod, o: (o[0] * 2,)),
    ]
    y = m(torch.tensor([[1.0, -2.0]]))
    log.append(oracle.graph_of(y.grad_fn))
    y.sum().backward()
    log.append(plain([p.grad for p in m.parameters()]))
    x = torch.ones(1, 2, requires_grad=True)
    m.zero_grad()
    m(x).sum().backward()
    log.append(plain(x.grad))
    for handle in handles:
        handle.remove()
    with torch.no_grad():
        m.register_full_backward_hook(lambda *_: log.append("never"))
        m(x)
    m.first.register_full_backward_hook(lambda mod, i, o: (i[0], i[0]))
    log.append(error_of(lambda: m(x).sum().backward()))
    return log


@scenario
def several_tensors_in_and_out(torch):
    class Both(torch.nn.Module):
        def forward(self, a, n, b, *, c=None):
            return a * n, b * 2, n

    m, log = Both(), []
    m.register_full_backward_hook(lambda mod, i, o: log.append((plain(i), plain(o))))
    a, b = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    out = m(a, 3, b)
    (out[0].sum() + out[1].sum() * 5).backward()
    m(a, 3, b)[1].sum().backward()
    return log, plain([a.grad, b.grad]), out[2]


@scenario
def sequential(torch):
    nn = torch.nn
    s = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Tanh())
    log = [repr(s), len(s), repr(s[1]), repr(s[-1]), repr(s[1:]), repr(s[::2]), [repr(x) for x in s]]
    s.append(nn.Sigmoid()).insert(1, nn.Dropout()).insert(-1, nn.ELU())
    log.append(repr(s))
    s.extend(nn.Sequential(nn.GELU(), nn.SiLU()))
    s[0] = nn.Identity()
    del s[1]
    log.append(repr(s))
    del s[1:3]
    log.append(repr(s))
    log.append((repr(s.pop(0)), repr(s.pop(-1)), repr(s)))
    s += nn.Sequential(nn.ReLU())
    log += [repr(s), repr(s + nn.Sequential(nn.Tanh())), repr(s * 2), repr(2 * nn.Sequential(nn.ReLU()))]
    s *= 2
    log += [repr(s), repr(nn.Sequential()), repr(nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh())))]
    named = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh()))
    named.append(nn.ELU())
    log += [repr(named), repr(named.b), repr(nn.Sequential(OrderedDict(x=nn.Linear(2, 2)))), "0" in dir(s)]
    return [*log, *(error_of(c) for c in (lambda: nn.Sequential(3), lambda: s[9], lambda: s + 3, lambda: s * 0,
            lambda: s * 1.5, lambda: s.insert(99, nn.ReLU()), lambda: s.__delitem__(99)))]  # fmt: skip


@scenario
def module_list(torch):
    nn = torch.nn
    m = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.ReLU()])
    log = [repr(m), repr(nn.ModuleList()), len(m), repr(m[0:2]), repr(m[-1]), [repr(x) for x in m]]
    m.append(nn.Tanh())
    m.extend([nn.ELU()] * 2)
    m.insert(1, nn.Sequential(nn.ReLU(), nn.ReLU()))
    m += [nn.SiLU()]
    log.append(repr(m))
    m[0] = nn.Identity()
    del m[1]
    del m[-2:]
    log += [repr(m), repr(m.pop(0)), repr(m + [nn.GELU()]), list(m.state_dict()), "0" in dir(m)]
    return [*log, *(error_of(c) for c in (lambda: m[99], lambda: m(1), lambda: m.extend(3), lambda: m.append(3)))]


@scenario
def module_dict(torch):
    nn = torch.nn
    m = nn.ModuleDict({"b": nn.ReLU(), "a": nn.Linear(1, 1)})
    m["c"] = nn.Tanh()
    m.update([("d", nn.ELU()), ["b", nn.SiLU()]])
    m.update(OrderedDict(x=nn.GELU()))
    m.update(nn.ModuleDict({"z": nn.Mish()}))
    log = [
        repr(m),
        len(m),
        list(m),
        list(m.keys()),
        plain(list(m.items())),
        plain(list(m.values())),
        "a" in m,
        "q" in m,
    ]
    log.append(repr(m.pop("a")))
    del m["c"]
    log.append(repr(m))
    calls = (lambda: m["q"], lambda: m.update(3), lambda: m.update([3]), lambda: m.update([(1, 2, 3)]),
             lambda: m.__setitem__("k", 3), lambda: m({}), lambda: m.pop("q"))  # fmt: skip
    log += [error_of(c) for c in calls]
    m.clear()
    return [*log, repr(m), repr(nn.ModuleDict([("one", nn.ReLU())]))]


@scenario
def parameter_list(torch):
    nn = torch.nn
    m = nn.ParameterList([nn.Parameter(torch.ones(2, 2)), torch.zeros(3), 5, torch.tensor(2.0, requires_grad=True)])
    log = [repr(m), len(m), [type(x).__name__ for x in m], [n for n, _ in m.named_parameters()], repr(m[-1])]
    m.append(torch.ones(1))
    m.extend([torch.ones(2)])
    m += [torch.ones(3)]
    m[0] = torch.ones(4)
    log += [
        repr(m),
        repr(m[1:3]),
        list(m.state_dict()),
        repr(nn.ParameterList()),
        repr(nn.ParameterList([torch.ones(1)])),
    ]
    return [*log, *(error_of(c) for c in (lambda: m[99], lambda: m(1), lambda: m.extend(3)))]


@scenario
def parameter_dict(torch):
    nn = torch.nn
    m = nn.ParameterDict({"b": torch.ones(2), "a": nn.Parameter(torch.zeros(1, 3)), "n": 5})
    m["c"] = torch.ones(1)
    m.update([("d", torch.ones(2)), ("b", torch.zeros(2))])
    log = [repr(m), len(m), list(m), list(m.keys()), plain(list(m.items())), plain(list(m.values())), "a" in m]
    log += [plain(m.pop("a")), m.get("q"), m.get("q", 3), plain(m.setdefault("s", torch.ones(1))), list(reversed(m))]
    log += [repr(m | nn.ParameterDict({"y": torch.ones(1)})), repr(m.copy()), plain(m.popitem()), list(m.state_dict())]
    m |= {"z": torch.ones(1)}
    log += [repr(m), repr(m.fromkeys(["p", "q"], 1.0))]
    del m["b"]
    log += [repr(m), *(error_of(c) for c in (lambda: m["q"], lambda: m(1), lambda: m.update(3), lambda: m.update([3])))]
    m.clear()
    return [*log, repr(m)]


@scenario
def parameter(torch):
    data = torch.ones(2)
    p = torch.nn.Parameter(data)
    q = torch.nn.Parameter(data, requires_grad=False)
    with torch.no_grad():
        p += 1
    twin = pickle.loads(pickle.dumps(p))
    return [
        repr(p), repr(q), plain(data), p.is_leaf, type(p * 2).__name__, type(p.data).__name__, repr(copy.deepcopy(p)),
        isinstance(p, torch.Tensor), isinstance(data, torch.nn.Parameter), repr(twin), repr(torch.nn.Parameter()),
        type(p).__module__.split(".")[1:], repr(torch.nn.parameter.Parameter(torch.tensor(1), False)),
    ]  # fmt: skip


@scenario
def files(torch):
    m = net(torch)
    file = io.BytesIO()
    torch.save(m.state_dict(), file)
    file.seek(0)
    twin = net(torch)
    with torch.no_grad():
        twin.scale.zero_()
    shown = repr(twin.load_state_dict(torch.load(file)))
    return shown, plain(twin.state_dict())


@scenario
def subclassing(torch):
    class Printed(torch.nn.Module):
        def __init__(self, lines, inner=False):
            super().__init__()
            self.lines = lines
            if inner:
                self.inner = torch.nn.ModuleList([torch.nn.ReLU(), Printed(["x"])])

        def extra_repr(self):
            return "\n".join(self.lines)

        @property
        def size(self):
            return 3

    m = Printed(["a", "b"], True)
    return repr(m), repr(Printed([])), repr(Printed(["a"])), repr(Printed(["a"], True)), m.size, str(m) == repr(m)


@scenario
def paths(torch):
    nn = torch.nn
    found = [
        nn.modules.Module is nn.Module, nn.modules.module.Module is nn.Module, nn.modules.linear.Linear is nn.Linear,
        nn.modules.container.Sequential is nn.Sequential, nn.parameter.Parameter is nn.Parameter,
        nn.modules.activation.ReLU is nn.ReLU, nn.modules.loss.MSELoss is nn.MSELoss,
    ]  # fmt: skip
    kinds = [nn.Linear, nn.ReLU, nn.Sequential, nn.MSELoss, nn.Dropout, nn.Module, nn.Flatten, nn.CosineSimilarity]
    return found, [str(kind).replace("tensorbook", "torch") for kind in kinds]


@pytest.mark.parametrize("name", SCENARIOS)
def test_like_pytorch(name):
    def run(torch):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            return SCENARIOS[name](torch), [(w.category, str(w.message)) for w in caught]

    ours, theirs = oracle.under_both(run)
    assert str(ours).replace("tensorbook", "torch") == str(theirs)
    assert theirs[0] != "error", theirs
