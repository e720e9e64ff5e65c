"""torch.jit against PyTorch: what is accepted and what is refused, and that they give the same numbers."""

import importlib.util
import textwrap
import warnings

import pytest

import tensorbook
from tests.oracle import require_torch

torch = require_torch()
pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

HEAD = """
import {library} as torch
from typing import Any, Dict, List, Optional, Tuple, Union
LIMIT, SWITCH = 3, True
def helper(x):
    return x + 1
def bad_helper(x):
    return [y for y in {{1, 2}}]
@torch.jit.ignore
def left_alone(x):
    try:
        return x
    finally:
        pass
"""


def written(tmp_path, lib, source):
    """The module that has this source, under one library."""
    path = tmp_path / f"source_{lib.__name__}.py"
    path.write_text(HEAD.format(library=lib.__name__) + source)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outcome(call):
    """What a call gives, or the kind of its exception and how it begins."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call()
        except Exception as error:
            return type(error).__name__, str(error).strip().split(":")[0].split("\n")[0]
    return result.tolist() if hasattr(result, "tolist") else result


BODIES = {
    "try": "try:\n    return x\nexcept ValueError:\n    return x + 1",
    "open": "with open('x') as f:\n    pass\nreturn x",
    "no_grad": "with torch.no_grad():\n    y = x + 1\nreturn y",
    "yield": "yield x",
    "lambda": "f = lambda y: y + 1\nreturn f(x)",
    "global": "global G\nG = 1\nreturn x",
    "nested": "def g(y):\n    return y\nreturn g(x)",
    "class": "class A:\n    pass\nreturn x",
    "import": "import math\nreturn x",
    "list comprehension": "a = [i for i in range(3)]\nreturn x + a[1]",
    "set comprehension": "a = {i for i in range(3)}\nreturn x",
    "set": "a = {1, 2}\nreturn x",
    "walrus": "if (n := 1) > 0:\n    x = x + n\nreturn x",
    "assert": "assert x.sum() > 0, 'no'\nreturn x",
    "raise": "if x.sum() > 100:\n    raise ValueError('a')\nreturn x",
    "while": "i = 0\nwhile i < 3:\n    x = x + i\n    i += 1\nreturn x",
    "for": "for i in range(3):\n    if i == 1:\n        continue\n    x = x * (i + 2)\nreturn x",
    "for else": "for i in range(3):\n    x = x + i\nelse:\n    x = x\nreturn x",
    "match": "match 1:\n    case 1:\n        return x\nreturn x",
    "keywords expanded": "return torch.add(**{'input': x, 'other': x})",
    "numpy": "return x.numpy()",
    "ternary": "return x if bool(x.sum() > 0) else -x",
    "in place": "y = x.clone()\ny[0] += 1\nreturn y",
    "slice": "return x[..., ::2]",
    "annotated": "a: int = 3\nreturn x + a",
    "bytes": "a = b'x'\nreturn x",
    "undefined": "return foo(x)",
    "helper": "return helper(x) * 2",
    "bad helper": "return bad_helper(x)",
    "left to Python": "return left_alone(x)",
    "a global number": "return x + LIMIT",
    "eval": "return eval('x')",
    "matrix": "return x.view(1, -1) @ x.view(-1, 1)",
}


@pytest.mark.parametrize("name", BODIES)
def test_what_is_accepted(name, tmp_path):
    source = "def f(x):\n" + textwrap.indent(BODIES[name], "    ")
    seen = []
    for lib in (torch, tensorbook):
        module = written(tmp_path, lib, source)
        seen.append(outcome(lambda m=module, t=lib: t.jit.script(m.f)(t.arange(4.0))))
    if name == "left to Python":  # an ignored function's result is a Tensor either way
        assert seen[1] == [0, 1, 2, 3]
    if name == "numpy":  # PyTorch knows more of the type
        seen = [kind for kind, _ in seen]
    elif name == "a global number":  # we say which, too
        seen[1] = (seen[1][0], seen[1][1].removesuffix(" (LIMIT)"))
    assert seen[0] == seen[1]


SIGNATURES = {
    "*args": "x, *a", "**kwargs": "x, **k", "keyword-only": "x, *, y", "keyword-only default": "x, *, y=1",
    "default of a tensor": "x, y=1", "default": "x, y: float = 1.0", "list default": "x, y: List[int] = [1]",
    "unknown type": "x: callable", "optional": "x: Optional[int] = None", "any": "x: Any",
}  # fmt: skip


@pytest.mark.parametrize("name", SIGNATURES)
def test_declarations(name, tmp_path):
    source = f"def f({SIGNATURES[name]}):\n    return 1"
    seen = []
    for lib in (tensorbook, torch):
        module = written(tmp_path, lib, source)
        seen.append(outcome(lambda m=module, t=lib: t.jit.script(m.f) and 1))
    mine, theirs = seen
    assert (mine if mine == 1 else mine[0]) == (theirs if theirs == 1 else theirs[0])
    if mine != 1:
        assert mine[1].split()[:2] == theirs[1].split()[:2]


CALLS = [
    lambda t: ((1, 2.0), {}), lambda t: ((t.ones(2), 1), {}), lambda t: ((t.ones(2), t.ones(2)), {}),
    lambda t: ((t.ones(2), 1.0, 2.0), {}), lambda t: ((t.ones(2), 1.0, 2, [1.0]), {}),
    lambda t: ((t.ones(2), 1.0, 2, (1,)), {}), lambda t: ((t.ones(2), 1.0, 2, [1], 3), {}),
    lambda t: ((t.ones(2), 1.0, True), {}), lambda t: ((t.ones(2),), {}), lambda t: ((t.ones(2), 1.0), {"z": 1}),
    lambda t: ((t.ones(2), 1.0), {"e": 1}), lambda t: (([t.ones(2)], 1.0), {}), lambda t: ((None, 1.0), {}),
    lambda t: ((t.ones(2), t.tensor(1.0)), {}), lambda t: ((t.ones(2), "a"), {}),
    lambda t: ((t.ones(2), 1.0), {"f": (1, "a")}), lambda t: ((t.ones(2), 1.0), {"f": (1, 2)}),
    lambda t: ((t.ones(2), 1.0), {"g": {"a": t.ones(1)}}), lambda t: ((t.ones(2), 1.0), {"g": {"a": 1}}),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(CALLS)))
def test_calls(number, tmp_path):
    source = (
        "def f(x, a: float, b: int = 2, c: Optional[List[int]] = None, d: Optional[str] = None, e: bool = True,\n"
        "      f: Optional[Tuple[int, str]] = None, g: Optional[Dict[str, torch.Tensor]] = None):\n    return 1"
    )
    seen = []
    for lib in (torch, tensorbook):
        f = lib.jit.script(written(tmp_path, lib, source).f)
        args, kwargs = CALLS[number](lib)
        seen.append(outcome(lambda f=f, a=args, k=kwargs: f(*a, **k)))
    assert seen[1] == seen[0] or seen[1][0] == seen[0][0] == "RuntimeError"
    if seen[0] != 1 and "Expected a value" in seen[0][1]:
        assert seen[1][1] == seen[0][1]


MODULE = """
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU())
        self.scale = 2.0
    def forward(self, x, twice: bool = False):
        y = self.layers(x)
        if twice:
            y = y + self.layers(x)
        return y * self.scale
class Bad(torch.nn.Module):
    def forward(self, x):
        try:
            return x
        finally:
            pass
class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Bad()
    def forward(self, x):
        return self.inner(x)
"""


def test_modules(tmp_path):
    seen = []
    for lib in (torch, tensorbook):
        source = written(tmp_path, lib, MODULE)
        lib.manual_seed(0)
        net = source.Net()
        made = lib.jit.script(net)
        x = lib.ones(1, 2)
        with lib.no_grad():
            net.layers[0].weight.mul_(3)  # shared
        made(x, True).sum().backward()
        seen.append(
            [repr(made), list(made.state_dict()), made(x).tolist(), net.layers[0].bias.grad.tolist(),
             outcome(lambda m=made, x=x: m(x, "yes")), outcome(lambda m=made: m(3)),
             outcome(lambda s=source, t=lib: t.jit.script(s.Outer())), isinstance(made, lib.nn.Module),
             made.eval().training, net.training]
        )  # fmt: skip
    assert seen[1][:4] + seen[1][6:8] == seen[0][:4] + seen[0][6:8]
    assert seen[1][4][0] == seen[0][4][0] == seen[1][5][0] == seen[0][5][0] == "RuntimeError"
    assert "UnsupportedNodeError" in seen[0][6]


def test_what_is_no_function():
    for thing in (print, int, 3):
        with pytest.raises(TypeError, match="takes functions and modules"):
            tensorbook.jit.script(thing)
    exec("def without_source(x):\n    return x", space := {})
    with pytest.raises(OSError, match="Can't get source"):
        tensorbook.jit.script(space["without_source"])


def test_there_is_no_program_to_show_or_keep(tmp_path):
    made = tensorbook.jit.script(written(tmp_path, tensorbook, "def f(x):\n    return x").f)
    for call in (
        lambda: made.graph, lambda: made.code, lambda: made.save("x"), lambda: tensorbook.jit.save(made, "x"),
        lambda: tensorbook.jit.load("x"),
    ):  # fmt: skip
        with pytest.raises(NotImplementedError, match="makes no program"):
            call()
    assert tensorbook.jit.script(made) is made and made.name == made.__name__ == "f"


def test_an_error_names_the_line(tmp_path):
    module = written(tmp_path, tensorbook, "def f(x):\n    y = x\n    return {1, 2}")
    with pytest.raises(
        tensorbook.jit.UnsupportedNodeError, match=r"source_tensorbook.py\S, line 17\n    return \{1, 2\}"
    ):
        tensorbook.jit.script(module.f)


# ---- trace


def test_trace():
    for lib in (torch, tensorbook):
        twice = lib.jit.trace(lambda x, y: (x * 2, y), (lib.ones(2), lib.ones(1)))
        assert twice(lib.ones(3), lib.zeros(1))[0].tolist() == [2, 2, 2]
        with pytest.raises(RuntimeError, match="Only tensors, lists, tuples of tensors"):
            lib.jit.trace(lambda x: 3, lib.ones(2))
    linear = tensorbook.nn.Linear(2, 1)
    assert tensorbook.jit.trace(linear, tensorbook.ones(1, 2))(tensorbook.zeros(1, 2)).item() == linear.bias.item()


@pytest.mark.parametrize(
    "function",
    [lambda x: x if x.sum() > 0 else -x, lambda x: x * x.sum().item(), lambda x: x * float(x[0]),
     lambda x: x[int(x[0])], lambda x: x * x.tolist()[0], lambda x: x + x.numpy().sum()],
)  # fmt: skip
def test_a_trace_that_would_freeze_a_value_is_refused(function):
    x = tensorbook.ones(2)
    with pytest.raises(RuntimeError, match=r"torch.jit.trace: the function asks a tensor for its values"):
        tensorbook.jit.trace(function, x)
    assert bool(x[0] == 1) and x.tolist() == [1, 1] and not tensorbook.jit.is_tracing()
