"""Random programs of views, indices and writes, run line by line under PyTorch and tensorbook.

A program is Python text: a seed always writes the same one, and one that shows a difference can be pasted and run.
After each line everything that can be seen of every tensor is compared: values, dtype, shape, strides, offset, which
storage and which base, version, leaf or not, node. Where PyTorch refuses a line, tensorbook must refuse it with the
same type of error. At the end the gradients of all leaves are compared.

    python -m tests.view_programs 200000         run so many; 200000 300000 goes from the one seed to the other
    python -m tests.view_programs --show 17      print the program of one seed
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from random import Random

import numpy as np

import tensorbook
from tests.oracle import graph_of, require_torch

STEPS = 8
FLOATING, INTEGER = ("float64", "float32", "float16"), ("int64", "int32", "uint8")


class Writer:
    """Writes the next line of a program, knowing PyTorch's tensors so far."""

    def __init__(self, seed: int):
        self.random = Random(seed)
        self.count = 0

    def choose(self, *options: object) -> object:
        return options[int(self.random.random() * len(options))]

    def new_name(self) -> str:
        self.count += 1
        return f"v{self.count - 1}"

    # ---- arguments, now and then one that must be refused

    def whole(self, low: int, high: int) -> int:
        return low + int(self.random.random() * (high - low + 1))

    def dim(self, x: object) -> int:
        n = x.dim()
        return self.whole(-n, n - 1) if n and self.random.random() < 0.96 else self.whole(-n - 1, n)

    def shape(self) -> list[int]:
        return [self.choose(1, 2, 3, 2, 3, 4, 0) if self.random.random() < 0.15 else self.whole(1, 4)
                for _ in range(self.choose(0, 1, 1, 2, 2, 2, 3, 3, 4))]  # fmt: skip

    def other_shape(self, x: object) -> list[int]:
        """A shape with as many elements, mostly."""
        left, shape = x.numel(), []
        if self.random.random() < 0.1 or not left:
            return [self.choose(-1, 0, 1, 2, 3, 4, 6) for _ in range(self.whole(0, 3))]
        while left > 1 and len(shape) < 4:
            fits = [n for n in (1, 2, 3, 4, 6, left) if left % n == 0]
            shape.append(fits[int(self.random.random() * len(fits))])
            left //= shape[-1]
        shape += [left] * (left > 1)
        if shape and self.random.random() < 0.3:
            shape[self.whole(0, len(shape) - 1)] = -1
        return shape

    def dims(self, x: object) -> list[int]:
        order = list(range(x.dim()))
        self.random.shuffle(order)
        return [d - x.dim() if self.random.random() < 0.2 else d for d in order]

    def stretched(self, x: object) -> list[int]:
        sizes = [self.choose(-1, n) if n != 1 else self.choose(-1, 1, 2, 3) for n in x.shape]
        sizes = [self.whole(1, 3) for _ in range(self.choose(0, 0, 1, 2))] + sizes
        if self.random.random() < 0.05 and sizes:
            # of a tensor without elements PyTorch 2.13 makes one with a size of -2; it is refused here
            sizes[self.whole(0, len(sizes) - 1)] = self.whole(-2 if x.numel() else -1, 4)
        return sizes

    def index(self, x: object, advanced: float) -> str:
        parts, dim = [], 0
        for _ in range(self.whole(0, x.dim() + (self.random.random() < 0.05))):
            n = x.shape[dim] if dim < x.dim() else 1
            text, used = self.index_part(x, n, dim, advanced)
            parts.append(text)
            dim += used
        if self.random.random() < 0.25 or not parts:
            parts.insert(self.whole(0, len(parts)), "...")
        return ", ".join(parts) if len(parts) > 1 or self.random.random() < 0.7 else parts[0] + ","

    def index_part(self, x: object, n: int, dim: int, advanced: float) -> tuple[str, int]:
        if self.random.random() < advanced:
            return self.advanced_part(x, n, dim)
        kind = self.whole(0, 9)
        if kind < 3:
            low, high = (-n, n - 1) if n and self.random.random() < 0.96 else (-n - 1, n)
            return str(self.whole(low, high)), 1
        if kind < 4:
            return "None", 0
        bound = lambda: self.choose("", str(self.whole(-n - 1, n + 1)))  # noqa: E731
        step = self.choose("", "", ":2", ":3", ":1", ":0" if self.random.random() < 0.05 else ":2")
        return f"{bound()}:{bound()}{step}", 1

    def advanced_part(self, x: object, n: int, dim: int) -> tuple[str, int]:
        kind = self.whole(0, 11)
        if kind < 6:
            return self.places(n, self.choose([], [2], [3], [2], [1, 2], [2, 1], [0]), signed=True), 1
        if kind < 8:
            low = -n if n else 0
            return str([self.whole(low, max(n - 1, 0)) for _ in range(self.choose(1, 2, 2, 3))]), 1
        if kind < 11:
            dims = [n] if self.random.random() < 0.8 or dim + 1 >= x.dim() else [n, x.shape[dim + 1]]
            if self.random.random() < 0.03:
                dims[0] += 1
            return f"torch.tensor({self.nested(dims, lambda: self.choose(True, False))}, dtype=torch.bool)", len(dims)
        return self.choose("True", "False", "torch.tensor(True)"), 0

    def places(self, n: int, dims: list[int], signed: bool = False) -> str:
        """A tensor of indices below n; seldom one too far."""
        if not n:
            return "torch.tensor([], dtype=torch.int64)"
        wrong = signed and self.random.random() < 0.03
        value = lambda: self.whole(-n if signed else 0, n - 1) if not wrong else n + 1  # noqa: E731
        kind = "int32" if self.random.random() < 0.1 else "int64"
        return f"torch.tensor({self.nested(dims, value)}, dtype=torch.{kind})"

    def nested(self, dims: list[int], value: object) -> object:
        return value() if not dims else [self.nested(dims[1:], value) for _ in range(dims[0])]

    def numbers(self, shape: list[int], kind: str) -> str:
        """A tensor of small numbers, exact in every dtype."""
        start = self.whole(1, 5)
        values = f"torch.arange({start}, {start + math.prod(shape)}, dtype=torch.{kind}).reshape({shape})"
        return values + (" / 4" if kind in FLOATING and self.random.random() < 0.5 else "")

    # ---- lines

    def first(self) -> list[str]:
        kind = self.choose("float64", "float64", "float32", "int64")
        lines = [f"v0 = {self.numbers(self.shape(), kind)}"]
        self.count = 1
        if kind in FLOATING and self.random.random() < 0.7:
            lines.append("v0.requires_grad_()")
            if self.random.random() < 0.75:
                lines.append("v1 = v0 * 2")
                self.count = 2
        return lines

    def line(self, tensors: dict[str, object]) -> str:
        names = list(tensors)
        name = names[int(len(names) * self.random.random() ** 0.6)]
        x, roll = tensors[name], self.random.random()
        if roll < 0.42:
            return f"{self.new_name()} = {self.view(name, x, tensors)}"
        if roll < 0.52:
            return f"{self.new_name()} = {name}[{self.index(x, 0.4)}]"
        if roll < 0.60:
            return f"{self.new_name()} = {self.computed(name, x, tensors)}"
        if roll < 0.76:
            return self.assigned(name, x, tensors)
        write = self.write(name, x, tensors)
        moves_numbers = not re.search(r"squeeze_|transpose_|axes_|t_\(\)", write)
        return f"with torch.no_grad(): {write}" if moves_numbers and self.random.random() < 0.1 else write

    def view(self, name: str, x: object, tensors: dict[str, object]) -> str:
        d = self.dim
        n = x.shape[0] if x.dim() else 1
        kind = VIEWS[int(self.random.random() * len(VIEWS))]
        if kind == "as_strided" and x.numel():
            return f"{name}.as_strided({self.window(x)})"
        arguments = {
            "as_strided": lambda: "[0], [1]",
            "transpose": lambda: f"{d(x)}, {d(x)}",
            "permute": lambda: self.dims(x),
            "unsqueeze": lambda: self.whole(-x.dim() - 1, x.dim()),
            "squeeze": lambda: self.choose("", d(x), d(x), (d(x),), tuple({d(x), 0})),
            "select": lambda: f"{d(x)}, {self.whole(-n, n)}",
            "narrow": lambda: f"{d(x)}, {self.whole(0, 2)}, {self.whole(0, 2)}",
            "flatten": lambda: self.choose("", f"{d(x)}", f"{d(x)}, {d(x)}"),
            "unflatten": lambda: f"{d(x)}, {self.choose([1, -1], [-1, 2], [2, -1], [3, 1], [2, 2])}",
            "view": lambda: self.other_shape(x),
            "reshape": lambda: self.other_shape(x),
            "expand": lambda: self.stretched(x),
            "broadcast_to": lambda: self.stretched(x),
            "diagonal": lambda: f"{self.whole(-2, 2)}, {d(x)}, {d(x)}",
            "unfold": lambda: f"{d(x)}, {self.whole(1, 3)}, {self.whole(1, 2)}",
            "movedim": lambda: self.choose(f"{d(x)}, {d(x)}", f"({d(x)}, {d(x)}), ({d(x)}, {d(x)})"),
            "view_as": lambda: self.choose(*tensors),
            "expand_as": lambda: self.choose(*tensors),
            "reshape_as": lambda: self.choose(*tensors),
            "view(dtype)": lambda: (
                f"torch.{str(x.dtype)[6:]}" if not x.numel() else f"torch.{self.choose(*FLOATING, *INTEGER)}"
            ),
        }
        if kind in ("T", "mT", "data"):
            return f"{name}.{kind}" if kind != "T" or x.dim() == 2 else f"{name}.mT"
        if kind in ("unbind", "split", "chunk"):
            given = {"unbind": "", "split": f"{self.choose(self.whole(1, 3), [1] * n, [1, max(n - 1, 0)])}, ",
                     "chunk": f"{self.whole(1, 3)}, "}[kind]  # fmt: skip
            return f"{name}.{kind}({given}{d(x)})[{self.choose(0, -1)}]"
        given = arguments[kind]() if kind in arguments else ""
        return f"{name}.{kind.partition('(')[0]}({given})"

    def window(self, x: object) -> str:
        dims = self.whole(0, 3)
        size = [self.whole(1, 3) for _ in range(dims)]
        offset = self.choose("", "", f", {self.whole(0, 3)}")
        return f"{size}, {[self.whole(0, 3) for _ in range(dims)]}{offset}"

    def computed(self, name: str, x: object, tensors: dict[str, object]) -> str:
        if has_repeats(x):
            return self.choose(f"{name}.clone()", f"{name}.contiguous()")
        other = self.choose(*tensors)
        if not (x.is_contiguous() and tensors[other].is_contiguous() and x.dtype == tensors[other].dtype):
            other = name  # which of two layouts the result takes is not compared
        return self.choose(
            f"{name} * {other}", f"{name} + {other}", f"{name} * 2", f"{name} * {name}", f"{name}.clone()",
            f"{name}.contiguous()", f"{name}.abs()", f"{name}.relu()", f"-{name}",
            f"{name}.reciprocal()", f"{name}.square()", f"{name}.flip({self.dim(x)})",
            f"{name}.index_select({self.dim(x)}, {self.places(2, [2])})" if x.numel() else f"{name}.clone()",
        )  # fmt: skip

    def assigned(self, name: str, x: object, tensors: dict[str, object]) -> str:
        index = self.index(x, 0.35)
        if has_repeats(x):
            return f"{name}[{index}] = 5"
        apart = [v for v, y in tensors.items() if (v == name and index == "...") or not one_storage(x, y)]
        apart = [v for v in apart if x.requires_grad or not tensors[v].requires_grad] or ["5"]
        value = self.choose("5", "2.5", "True", self.choose(*apart), self.choose(*apart),
                            f"torch.tensor(7, dtype=torch.{self.choose('float64', 'int64')})")  # fmt: skip
        if self.random.random() < 0.3:
            return f"{name}[{index}] {self.choose('+=', '*=', '-=')} {value}"
        return f"{name}[{index}] = {value}"

    def write(self, name: str, x: object, tensors: dict[str, object]) -> str:
        other, d = self.choose(*tensors), self.dim(x)
        if one_storage(x, tensors[other]) and not (dense(x) and dense(tensors[other])):
            other = name  # what is written may be read again, or not
        if has_repeats(x) and (0 not in x.stride() or self.random.random() < 0.8):
            return self.choose(f"{name}.zero_()", f"{name}.fill_(3)", f"{name}.fill_(torch.tensor(2.0))")
        factor = other if tensors[other].dtype == x.dtype else name  # of another dtype, PyTorch saves it as it was
        n = x.shape[d] if x.dim() and -x.dim() <= d < x.dim() else 1
        kind = str(x.dtype).removeprefix("torch.")
        part = [2 if i == d % max(x.dim(), 1) else length for i, length in enumerate(x.shape)]
        return self.choose(
            f"{name}.add_({other})", f"{name}.mul_({factor})", f"{name}.sub_({other}, alpha=2)", f"{name}.add_(1)",
            f"{name}.mul_(2)", f"{name}.div_(2)", f"{name} += {other}", f"{name} *= 3", f"{name} -= {other}",
            f"{name}.zero_()", f"{name}.fill_(3)", f"{name}.fill_(torch.tensor(2.0))", f"{name}.copy_({other})",
            f"{name}.copy_({other})", f"{name}.clamp_(0, 4)", f"{name}.abs_()", f"{name}.neg_()", f"{name}.relu_()",
            f"{name}.square_()", f"{name}.reciprocal_()", f"{name}.data.mul_(2)",
            f"{name}.detach().add_(1)", f"{name}.masked_fill_({name} > 2, 1)", f"{name}.pow_(2)",
            f"{name}.masked_fill_({name} > 2, torch.tensor(1.0))",
            f"{name}.detach_()" if history(x)[1] is False else f"{name}.zero_()",
            f"{name}.index_add_({d}, {self.places(n, [2])}, {self.numbers(part, kind)})",
            f"{name}.index_fill_({d}, {self.places(n, [2])}, 2)" if not has_repeats(x) else f"{name}.zero_()",
                       f"{name}.scatter_({d}, {self.places(n, part)}, 3)",
            f"{name}.scatter_add_({d}, {self.places(n, part)}, {self.numbers(part, kind)})",
            f"{name}.index_put_(({self.places(x.shape[0] if x.dim() else 1, [2])},), "
            f"torch.tensor(2, dtype=torch.{kind}), accumulate={self.choose(not has_repeats(x), False)})",
            f"{name}.transpose_({d}, {self.dim(x)})", f"{name}.t_()", f"{name}.unsqueeze_({d})", f"{name}.squeeze_()",
            f"{name}.swapaxes_({d}, {self.dim(x)})",
        )  # fmt: skip


VIEWS = [
    *("transpose", "permute", "unsqueeze", "squeeze", "select", "select", "narrow", "narrow", "flatten", "unflatten"),
    *("view", "view", "reshape", "reshape", "expand", "expand", "broadcast_to", "diagonal", "unfold", "movedim"),
    *("view_as", "expand_as", "reshape_as", "view(dtype)", "T", "mT", "data", "detach", "unbind", "split", "chunk"),
    *("ravel", "t", "as_strided", "as_strided"),
]  # fmt: skip


def one_storage(x: object, y: object) -> bool:
    return x.untyped_storage().data_ptr() == y.untyped_storage().data_ptr()


def dense(x: object) -> bool:
    """Whether the elements fill a piece of memory, in whatever order."""
    reach = 1 + sum((n - 1) * step for n, step in zip(x.shape, x.stride(), strict=True))
    return not x.numel() or (reach == x.numel() and not has_repeats(x))


def has_repeats(x: object) -> bool:
    """Whether elements share their place in memory: what a write leaves there may depend on the order."""
    if x.is_contiguous() or not x.numel():
        return False
    places = np.zeros(1, np.int64)
    for step, n in zip(x.stride(), x.shape, strict=True):
        places = (places[:, None] + np.arange(n) * step).ravel()
    return len(np.unique(places)) < len(places)


# ---- what can be seen


def numbers_of(x: object) -> np.ndarray:
    return x.detach().numpy()


def node_of(x: object) -> object:
    """The node; a view of several whose base has been written to has none any more, and says so when it is asked."""
    try:
        return x.grad_fn
    except RuntimeError as error:
        return error


def history(x: object) -> tuple:
    node = node_of(x)
    if isinstance(node, RuntimeError):
        return "refused", "refused", "refused"
    return None if node is None else node.name(), x.is_leaf, x.output_nr


def seen(tensors: dict[str, object]) -> dict[str, tuple]:
    """Everything but the values."""
    storages: dict[int, int] = {}
    names = {id(x): name for name, x in reversed(tensors.items())}
    result = {}
    for name, x in tensors.items():
        base, empty = x._base, not x.numel()
        node, is_leaf, number = history(x)  # first of all: PyTorch brings a view up to date when it is asked for this
        address = x.untyped_storage().data_ptr()
        result[name] = (
            tuple(x.shape), None if empty else x.stride(), None if empty else x.storage_offset(),
            str(x.dtype)[-7:], x.requires_grad, is_leaf, node, number,
            x._version, x.is_contiguous(), None if base is None else names.get(id(base), "another"),
            None if empty else storages.setdefault(address, len(storages)),
        )  # fmt: skip
    return result


FACTS = ("shape", "stride", "offset", "dtype", "requires_grad", "is_leaf", "node", "output_nr", "_version",
         "contiguous", "_base", "storage")  # fmt: skip


def without_strides_of_1(facts: tuple) -> tuple:
    """The same facts, but for the strides of dimensions of length 1, over which nobody steps."""
    shape, steps, *rest = facts
    return shape, None if steps is None else tuple(0 if n == 1 else s for n, s in zip(shape, steps, strict=True)), *rest


def loosen(name: str, ours: dict, theirs: dict, side: Side) -> None:
    """A new memory may have other strides for dimensions of length 1 than PyTorch's; then its views may, too."""
    a, b = ours[name], theirs[name]
    fresh = b[FACTS.index("_base")] in (None, "another")
    memory = FACTS.index("storage")
    related = any(a[memory] is not None and ours[v][memory] == a[memory] for v in side.loose)
    if related or (fresh and a != b and without_strides_of_1(a) == without_strides_of_1(b)):
        side.loose.add(name)


def same_but_for_layout(a: tuple, b: tuple) -> bool:
    """Whether two new tensors differ in nothing but the order in which their elements lie."""
    layout, fresh = (FACTS.index("stride"), FACTS.index("contiguous")), b[FACTS.index("_base")] in (None, "another")
    differ = [i for i in range(len(FACTS)) if a[i] != b[i]]
    return fresh and set(differ) <= set(layout) and without_strides_of_1(a)[1] != without_strides_of_1(b)[1]


class Side:
    """One library's half of a run."""

    def __init__(self, module: object):
        self.space = {"torch": module}
        self.tensors: dict[str, object] = {}
        self.loose: set[str] = set()  # names for which the strides of dimensions of length 1 are not compared

    def run(self, code: object, name: str | None) -> str | None:
        """Run a line; the name of the error where it is refused."""
        try:
            exec(code, self.space)
        except Exception as error:
            self.error = error
            return type(error).__name__
        if name is not None:
            self.tensors[name] = self.space[name]
        return None


class Difference(AssertionError):
    """A program under which the two libraries differ."""


def run_program(seed: int, torch: object) -> int:
    """Write and run the program of a seed; returns how many of its lines PyTorch accepted."""
    writer = Writer(seed)
    ours, theirs = Side(tensorbook), Side(torch)
    done, accepted = [], 0

    def fail(what: str) -> None:
        text = "\n".join(["import tensorbook as torch", *done])
        raise Difference(f"seed {seed}: {what}\n\n{text}\n")

    pending = writer.first()
    for step in range(len(pending) + STEPS):
        line = pending[step] if step < len(pending) else writer.line(theirs.tensors)
        done.append(line)
        name, _, rest = line.partition(" = ")
        name = name if rest and name.isidentifier() else None
        code = compile(line, "<program>", "exec")
        refused = theirs.run(code, name)
        refused_here = ours.run(code, name)
        several_wrong = (
            refused
            and refused_here
            and re.search("leaf Variable|Output|dtypes match|shape mismatch|slice step", str(theirs.error))
        )  # which one is told first?
        if refused != refused_here and ours.loose:
            return accepted
        if refused != refused_here and not several_wrong:
            words = {None: "nothing wrong"}
            fail(f"PyTorch: {words.get(refused) or theirs.error!r:.300}\ntensorbook: "
                 f"{words.get(refused_here) or ours.error!r:.300}")  # fmt: skip
        if refused is not None:
            done[-1] = f"# refused: {line}"
            if (
                "tensor(" in line or line[2] == "["
            ):  # some of the elements may have been written before an index was refused
                break
        accepted += refused is None
        a, b = seen(ours.tensors), seen(theirs.tensors)
        if name in a and refused is None:
            if same_but_for_layout(a[name], b[name]):
                return accepted  # a new memory may be laid out otherwise: only views promise their strides
            loosen(name, a, b, ours)
        for v in ours.loose:
            a[v], b[v] = without_strides_of_1(a[v]), without_strides_of_1(b[v])
        if a != b:
            pairs = [(f"{v}.{fact}", x, y) for v in b for fact, x, y in zip(FACTS, a[v], b[v], strict=True)]
            told = [f"{what}: {x!r}, PyTorch has {y!r}" for what, x, y in pairs if x != y]
            fail("after the last line " + "; ".join(told))
        for v, x in ours.tensors.items():
            got, want = numbers_of(x), numbers_of(theirs.tensors[v])
            if want.dtype.kind == "f" and not np.isfinite(want).all():
                return accepted  # 0 * inf in a gradient, or the sign of a nan under view(dtype): nobody's promise
            if got.tobytes() != want.tobytes() and not np.array_equal(got, want, equal_nan=got.dtype.kind == "f"):
                fail(f"after the last line {v} is\n{got}\nPyTorch has\n{want}")
    compare_gradients(ours, theirs, fail)
    return accepted


def compare_gradients(ours: Side, theirs: Side, fail: object) -> None:
    """Backward from all that has a history, each element with a weight of its own."""
    for v, x in theirs.tensors.items():
        node, here = node_of(x), node_of(ours.tensors[v])
        if hasattr(node, "name") and graph_of(node) != graph_of(here):
            fail(f"the graph of {v} is {graph_of(here)}\nPyTorch has {graph_of(node)}")
    results = []
    for side in (theirs, ours):
        roots = [x for x in side.tensors.values() if x.requires_grad and x.numel() and history(x)[0] != "refused"]
        torch = side.space["torch"]
        weights = [
            torch.linspace(1, 2, x.numel(), dtype=torch.float64).reshape(tuple(x.shape)).to(x.dtype) for x in roots
        ]
        try:
            if roots:
                torch.autograd.backward(roots, weights)
        except Exception as error:
            results.append((type(error).__name__, str(error)))
        else:
            grads = [x.grad if history(x)[1] is True else None for x in side.tensors.values()]
            results.append([None if g is None else numbers_of(g) for g in grads])
    want, got = results
    if isinstance(want, tuple) and "detached in-place" in want[1]:
        return
    if isinstance(want, tuple) or isinstance(got, tuple):
        if not (isinstance(want, tuple) and isinstance(got, tuple) and want[0] == got[0]):
            fail(f"backward gives {got}\nPyTorch has {want}")
        return
    for (v, x), a, b in zip(theirs.tensors.items(), got, want, strict=True):
        tolerance = {"torch.float64": 1e-9, "torch.float32": 1e-4}.get(str(x.dtype), 3e-2)
        if (a is None) != (b is None) or (
            a is not None and not np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)
        ):
            fail(f"the gradient of {v} is\n{a}\nPyTorch has\n{b}")


def run_programs(first: int, last: int, go_on: bool = False) -> tuple[int, list[Difference]]:
    """Run the programs of some seeds; returns how many of their lines PyTorch accepted, and what differed."""
    torch, accepted, found = require_torch(), 0, []
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for seed in range(first, last):
            try:
                accepted += run_program(seed, torch)
            except Difference as difference:
                if not go_on:
                    raise
                found.append(difference)
    return accepted, found


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0] == "--show":
        run_programs(int(arguments[1]), int(arguments[1]) + 1)
    first, last = (0, int(arguments[0])) if len(arguments) == 1 else map(int, arguments)
    lines, differences = run_programs(first, last, go_on=True)
    for difference in differences:
        print(difference, "-" * 60, sep="\n")
    print(f"{last - first} programs, {lines} lines accepted by PyTorch, {len(differences)} programs differ")
    sys.exit(bool(differences))
