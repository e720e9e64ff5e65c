"""Lines such as `x[1:, x[0] > 2] = 0`: read safely, never by `eval`, and the result's shape derived item by item."""

import ast
import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from .graph_model import library_of

MAX_CODE = 400
MAX_MADE = 1 << 20
"""The most elements that a line may make: a mask over more, or a longer arange, is refused."""

_BINARY = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Mod: operator.mod,
    ast.FloorDiv: operator.floordiv, ast.Div: operator.truediv, ast.BitAnd: operator.and_, ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
}  # fmt: skip
_COMPARE = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
METHODS = (
    "abs", "argmax", "argmin", "argsort", "bool", "isinf", "isnan", "logical_not", "long", "max", "mean", "median",
    "min", "nonzero", "sum", "t", "unsqueeze",
)  # fmt: skip
"""The methods of a tensor that a line may call: none changes its tensor."""
MAKERS = ("tensor", "arange", "zeros", "ones", "full")


@dataclass(frozen=True)
class Item:
    """One of the things between the brackets: as it is written, and as the tensor gets it."""

    code: str
    value: Any


@dataclass(frozen=True)
class Line:
    """`x[items]`, or `x[items] = value`, or `x[items] += value`."""

    items: tuple[Item, ...]
    code: str
    """The whole, as Python writes it."""
    assigned: Any = None
    sign: str = ""
    """`=`, `+=` and so on where something is assigned."""
    _tree: ast.expr | None = field(default=None, repr=False)

    @property
    def index(self) -> Any:
        """What goes between the brackets."""
        values = tuple(item.value for item in self.items)
        return values if isinstance(self._tree, ast.Tuple) else values[0]


def parse(text: str, name: str, variables: Mapping[str, Any]) -> Line:
    """Read a line about the tensor `variables[name]`: `x[1:]`, `[1:]`, `1:`, `x > 3`, `x[0] = 1`.

    Raises `ValueError` that says what cannot be read, and what the library raises while an index is computed.

    >>> line = parse("1:, None", "x", {"x": None})
    >>> line.code, line.index
    ('x[1:, None]', (slice(1, None, None), None))
    """
    text = text.strip()
    if len(text) > MAX_CODE:
        raise ValueError(f"the line has {len(text)} characters; at most {MAX_CODE} are read")
    tree = None
    tries = [text] if text.startswith(f"{name}[") else [name + text] if text.startswith("[") else []
    for code in (*tries, f"{name}[{text}]"):
        try:
            tree = ast.parse(code).body
        except (SyntaxError, RecursionError, MemoryError, ValueError):
            continue
        match tree:
            case [ast.Expr(ast.Subscript(ast.Name(own), index))] if own == name:
                return _line(index, name, variables)
            case [ast.Assign([ast.Subscript(ast.Name(own), index)], value)] if own == name:
                return _line(index, name, variables, "=", value)
            case [ast.AugAssign(ast.Subscript(ast.Name(own), index), op, value)] if own == name and type(op) in _BINARY:
                sign = ast.unparse(tree[0]).removeprefix(ast.unparse(tree[0].target)).split()[0]
                return _line(index, name, variables, sign, value)
    raise ValueError(f"{text!r} is no index; expected what may stand in {name}[...], such as 1:, ::2 or {name} > 3")


def _line(index: ast.expr, name: str, variables: Mapping[str, Any], sign: str = "", value: Any = None) -> Line:
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    items = tuple(Item(ast.unparse(part), _value(part, variables)) for part in parts)
    code = f"{name}[{ast.unparse(index).strip('()') if isinstance(index, ast.Tuple) else ast.unparse(index)}]"
    if sign:
        code += f" {sign} {ast.unparse(value)}"
    return Line(items, code, _value(value, variables) if sign else None, sign, index)


def _value(node: ast.expr, variables: Mapping[str, Any]) -> Any:
    """What a piece of a line means; only what is listed here is understood."""

    def of(part: ast.expr) -> Any:
        return _value(part, variables)

    match node:
        case ast.Constant(value) if value is None or value is Ellipsis or isinstance(value, bool | int | float):
            return value
        case ast.Slice(lower, upper, step):
            return slice(*(None if end is None else _whole(of(end), end) for end in (lower, upper, step)))
        case ast.List(parts):
            return [of(part) for part in parts]
        case ast.Tuple(parts):
            return tuple(of(part) for part in parts)
        case ast.Name(own) if own in variables:
            return variables[own]
        case ast.UnaryOp(ast.USub(), operand):
            return -of(operand)
        case ast.UnaryOp(ast.Invert(), operand):
            return ~of(operand)
        case ast.BinOp(left, op, right) if type(op) in _BINARY:
            return _BINARY[type(op)](*_both(of(left), of(right)))
        case ast.Compare(left, [op], [right]) if type(op) in _COMPARE:
            return _COMPARE[type(op)](*_both(of(left), of(right)))
        case ast.Subscript(value, index):
            picked = of(index)
            if any(_shape_of(part) is not None for part in (picked if isinstance(picked, tuple) else (picked,))):
                raise ValueError(f"{ast.unparse(node)}: inside the brackets, only numbers and slices can index again")
            return of(value)[picked]
        case ast.Attribute(value, "T" | "mT" as attr):
            return getattr(of(value), attr)
        case ast.Call(ast.Name(maker) | ast.Attribute(ast.Name(), maker), args, []) if maker in MAKERS:
            if not isinstance(node.func, ast.Attribute) or node.func.value.id not in variables:
                return _make(maker, [of(a) for a in args], variables)
        case ast.Call(ast.Attribute(value, method), args, keywords) if method in METHODS:
            return getattr(_small(of(value)), method)(*map(of, args), **{k.arg: of(k.value) for k in keywords if k.arg})
    raise ValueError(
        f"cannot read {ast.unparse(node)!r}; there are numbers, slices, None, ..., lists, masks and tensors"
    )


def _whole(value: Any, node: ast.expr) -> Any:
    if isinstance(value, float) or not (isinstance(value, int) or hasattr(value, "__index__")):
        raise ValueError(f"{ast.unparse(node)} in a slice is no whole number")
    return value


def _both(left: Any, right: Any) -> tuple[Any, Any]:
    """Two operands, of which no giant can be made."""
    if isinstance(left, list | tuple) or isinstance(right, list | tuple):
        raise ValueError("a list is no operand here; write torch.tensor([...])")
    shapes = [tuple(getattr(_small(side), "shape", ())) for side in (left, right)]
    if prod(_broadcast(shapes)) > MAX_MADE:
        raise MemoryError(f"shapes {shapes[0]} and {shapes[1]} would make more than {MAX_MADE:,} elements")
    return left, right


def _small(value: Any) -> Any:
    if (count := prod(getattr(value, "shape", ()))) > MAX_MADE:
        raise MemoryError(f"this would make {count:,} elements; the explorer makes at most {MAX_MADE:,}")
    if isinstance(value, int) and abs(value) > 1 << 62:
        raise ValueError(f"{value} is too large a number")
    return value


def _make(maker: str, given: list[Any], variables: Mapping[str, Any]) -> Any:
    """`torch.tensor([0, 2])`, whatever the library is called: that of the tensor that is indexed."""
    numbers = [n for part in given for n in (part if isinstance(part, tuple | list) else [part])]
    if maker != "tensor" and not all(isinstance(n, int) for n in numbers[: 1 if maker == "full" else None]):
        raise ValueError(f"{maker} takes whole numbers here")
    numbers = [n for n in numbers if isinstance(n, int)]
    if maker != "tensor" and prod(max(1, abs(n)) for n in numbers) > MAX_MADE:
        raise MemoryError(f"{maker} would make more than {MAX_MADE:,} elements")
    own = next(iter(variables.values()))
    return getattr(library_of(own), maker)(*given)


# The shape of the result, item by item --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What one item does: the dims of the tensor that it takes, the sizes that it leaves, and that in words."""

    code: str
    dims: tuple[int, ...]
    sizes: tuple[int, ...]
    words: str
    advanced: bool = False


def derive(line: Line, shape: tuple[int, ...]) -> tuple[list[Taken], list[str], tuple[int, ...]]:
    """What each item does, what is said about the index tensors together, and the shape that comes of it.

    `IndexError` where the items do not fit the shape.

    >>> taken, _, shape = derive(parse("1:, None, 0", "x", {"x": None}), (3, 4))
    >>> [t.words for t in taken], shape
    (['2 of 3 stay', 'a new dim', 'one of 4: the dim goes'], (2, 1))
    """
    wanted = sum(_takes(item.value) for item in line.items)
    if wanted > len(shape):
        raise IndexError(f"too many indices: {wanted} for {len(shape)} dims")
    taken: list[Taken] = []
    dim = 0
    for item in line.items:
        count = _takes(item.value)
        if item.value is Ellipsis:  # a further one finds no dim left
            count = min(len(shape) - wanted, len(shape) - dim)
        taken.append(_taken(item, tuple(range(dim, dim + count)), shape[dim : dim + count]))
        dim += count
    if dim < len(shape):
        rest = tuple(range(dim, len(shape)))
        if Ellipsis not in [item.value for item in line.items if not hasattr(item.value, "shape")]:
            taken.append(Taken("", rest, shape[dim:], "not named: all stay"))
    return taken, *_together(taken)


def _shape_of(value: Any) -> tuple[int, ...] | None:
    """The shape of an index tensor; None for what is none."""
    if hasattr(value, "shape"):
        return tuple(value.shape)
    if isinstance(value, list | tuple):
        inner = _shape_of(value[0]) if len(value) else ()
        return (len(value), *(inner or ()))
    return None


def _is_mask(value: Any) -> bool:
    if hasattr(value, "dtype"):
        return str(value.dtype).rpartition(".")[2] in ("bool", "uint8")
    while isinstance(value, list | tuple) and value:
        value = value[0]
    return isinstance(value, bool)


def _count(value: Any) -> int:
    if hasattr(value, "dtype"):
        return int((value != 0).sum())
    return sum(map(_count, value)) if isinstance(value, list | tuple) else int(value)


def _takes(value: Any) -> int:
    """How many dims of the tensor an item takes."""
    if value is None or value is Ellipsis or isinstance(value, bool):
        return 0
    return len(_shape_of(value) or ()) if _is_mask(value) else 1


def _taken(item: Item, dims: tuple[int, ...], sizes: tuple[int, ...]) -> Taken:
    value = item.value
    if value is None:
        return Taken(item.code, dims, (1,), "a new dim")
    if value is Ellipsis:
        return Taken(item.code, dims, sizes, "all stay" if dims else "stands for no dim")
    if isinstance(value, bool):
        return Taken(item.code, dims, (int(value),), f"a mask without dims: {int(value)} of 1", True)
    if isinstance(value, slice):
        left = len(range(*slice(*map(_number, (value.start, value.stop, value.step))).indices(sizes[0])))
        return Taken(item.code, dims, (left,), f"{'all' if left == sizes[0] else left} of {sizes[0]} stay")
    own = _shape_of(value)
    if _is_mask(value):
        if own != sizes:
            raise IndexError(f"the mask has shape {own}, the dims that it is for have {sizes}")
        return Taken(item.code, dims, (_count(value),), f"a mask: {_count(value)} of {prod(sizes)} are True", True)
    if not own:
        return Taken(item.code, dims, (), f"one of {sizes[0]}: the dim goes")
    return Taken(item.code, dims, own, f"an index tensor of shape {own}: any of {sizes[0]}, in any order", True)


def _number(end: Any) -> int | None:
    return None if end is None else operator.index(end)


def _together(taken: list[Taken]) -> tuple[list[str], tuple[int, ...]]:
    """The rule for several index tensors: they broadcast, and their dims stand where the first did, or in front."""
    advanced = [k for k, t in enumerate(taken) if t.advanced]
    if not advanced:
        return [], tuple(size for t in taken for size in t.sizes)
    joint = _broadcast([taken[k].sizes for k in advanced])
    said = []
    if len(advanced) > 1:
        said.append(f"the index tensors broadcast to {joint}: element by element, not each with each")
    between = [t for t in taken[advanced[0] : advanced[-1] + 1] if not t.advanced and t.sizes]
    front = bool(between) and any(size is not None for t in between for size in t.sizes)
    shape: list[int] = list(joint) if front else []
    if front:
        said.append("something stands between them: their dims come first")
    for k, t in enumerate(taken):
        if k == advanced[0] and not front:
            shape += joint
        if not t.advanced:
            shape += t.sizes
    return said, tuple(shape)


def _broadcast(shapes: list[tuple[int, ...]]) -> tuple[int, ...]:
    n = max(map(len, shapes))
    wide = [(1,) * (n - len(shape)) + shape for shape in shapes]
    for sizes in zip(*wide, strict=True):
        if len({size for size in sizes if size != 1}) > 1:
            raise IndexError(f"the index tensors have shapes {', '.join(map(str, shapes))}, which do not broadcast")
    return tuple(next((size for size in sizes if size != 1), 1) for sizes in zip(*wide, strict=True))


def suggestions(shape: tuple[int, ...], name: str) -> list[tuple[str, str]]:
    """Common forms for this shape, as `(label, line)`."""
    n = len(shape)
    found = [("None", f"{name}[None]"), ("...", f"{name}[..., 0]" if n else f"{name}[...]")]
    if n:
        last = max(shape[0] - 1, 0)
        found += [("number", f"{name}[{min(1, last)}]"), ("last", f"{name}[-1]"), ("slice", f"{name}[1:]")]
        found += [("list", f"{name}[[{last}, 0]]"), ("reversed", f"{name}[::-1]")]
    if n > 1:
        ones, end = min(1, shape[1] - 1), max(shape[1] - 1, 0)
        found += [("column", f"{name}[:, {max(ones, 0)}]"), ("step", f"{name}[:, ::2]")]
        found += [("pairs", f"{name}[[0, {last}], [{max(ones, 0)}, {end}]]")]
        found += [("grid", f"{name}[[[0], [{last}]], [{max(ones, 0)}, {end}]]")]
    found += [("mask", f"{name}[{name} > {name}.mean()]" if n else f"{name}[{name} > 0]")]
    found += [("assign", f"{name}[1:] = 0" if n else f"{name}[...] = 0")]
    order = ["number", "last", "slice", "step", "column", "None", "...", "list", "pairs", "grid", "mask", "assign",
             "reversed"]  # fmt: skip
    return sorted(found, key=lambda pair: order.index(pair[0]))


def apply(line: Line, picked: Any) -> Any:
    """What `x[index] += value` writes: the elements that were picked, with the value."""
    signs = {"+=": operator.add, "-=": operator.sub, "*=": operator.mul, "/=": operator.truediv, "%=": operator.mod,
             "//=": operator.floordiv, "&=": operator.and_, "|=": operator.or_, "^=": operator.xor}  # fmt: skip
    return signs[line.sign](picked, line.assigned)
