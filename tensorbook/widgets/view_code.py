"""Lines such as `x[:, ::2].t()`: read safely (never `eval`), and run one step after another on a real tensor."""

import ast
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from typing import Any

from .inputs import Layout

ATTRIBUTES = ("T", "mT")
METHODS = (
    "as_strided", "broadcast_to", "clone", "contiguous", "detach", "diagonal", "expand", "flatten", "movedim", "narrow",
    "permute", "ravel", "reshape", "select", "squeeze", "swapaxes", "t", "transpose", "unflatten", "unfold",
    "unsqueeze", "view",
)  # fmt: skip
MAX_CODE = 400
MAX_COPY = 1 << 22
"""The most elements that one step may copy: `expand` makes views that no memory could hold."""


@dataclass(frozen=True)
class Step:
    """One op of a line: `.permute(1, 0)` or `[:, ::2]`."""

    code: str
    name: str
    call: Callable[[Any], Any]

    def __call__(self, tensor: Any) -> Any:
        if self.name in ("clone", "contiguous", "flatten", "ravel", "reshape", "list index"):
            count = prod(tensor.shape)
            if count > MAX_COPY and (self.name != "contiguous" or not tensor.is_contiguous()):
                raise MemoryError(f"this may copy {count:,} elements; the explorer copies at most {MAX_COPY:,}")
        return self.call(tensor)


def parse(code: str, name: str) -> list[Step]:
    """The steps of a line that starts from the variable `name`. `ValueError` says what cannot be read.

    >>> [step.code for step in parse("x[:, ::2].permute(1, 0)", "x")]
    ['[:, ::2]', '.permute(1, 0)']
    """
    code = code.strip()
    if len(code) > MAX_CODE:
        raise ValueError(f"the line has {len(code)} characters; at most {MAX_CODE} are read")
    if code.startswith((".", "[")):
        code = name + code
    try:
        body = ast.parse(code).body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f"{code!r} is not a Python expression: {getattr(error, 'msg', error)}") from None
    match body:
        case [ast.Expr(node) | ast.Assign(targets=[ast.Name()], value=node)]:
            pass
        case _:
            raise ValueError(f"expected one expression that starts with {name}, such as {name}[:, ::2].t()")
    steps: list[Step] = []
    while not isinstance(node, ast.Name):
        step, node = _step(node)
        steps.insert(0, step)
    if node.id != name:
        raise ValueError(f"the line starts with {node.id}; the tensor here is called {name}")
    return steps


def _step(node: ast.expr) -> tuple[Step, ast.expr]:
    """The last step of an expression, and the expression that it is taken from."""
    match node:
        case ast.Subscript(value, index):
            picked = _index(index)
            name = "list index" if any(isinstance(i, list) for i in _as_tuple(picked)) else "index"
            return Step(_tail(node, value), name, lambda t: t[picked]), value
        case ast.Call(ast.Attribute(value, attr), args, keywords) if attr in METHODS:
            given = [_literal(a) for a in args]
            named = {k.arg: _literal(k.value) for k in keywords if k.arg}
            if len(named) < len(keywords):
                raise ValueError(f"{attr}(**...) cannot be read; write the arguments out")
            return Step(_tail(node, value), attr, lambda t: getattr(t, attr)(*given, **named)), value
        case ast.Attribute(value, attr) if attr in ATTRIBUTES:
            return Step(_tail(node, value), attr, lambda t: getattr(t, attr)), value
        case ast.Attribute(_, attr) if attr in METHODS:
            raise ValueError(f"{attr} is a method: call it, as in .{attr}(...)")
        case ast.Call(ast.Attribute(_, attr)) | ast.Attribute(_, attr):
            raise ValueError(f"{attr} is no view op; there are {', '.join(METHODS + ATTRIBUTES)} and [...]")
    raise ValueError(f"cannot read {ast.unparse(node)!r}; expected view ops one after another, as in x.t()[0]")


def _tail(node: ast.expr, value: ast.expr) -> str:
    return ast.unparse(node).removeprefix(ast.unparse(value))


def _as_tuple(value: Any) -> tuple:
    return value if isinstance(value, tuple) else (value,)


def _index(node: ast.expr) -> Any:
    match node:
        case ast.Tuple(parts):
            return tuple(_index(part) for part in parts)
        case ast.Slice(lower, upper, step):
            return slice(*(None if end is None else _literal(end) for end in (lower, upper, step)))
    return _literal(node)


def _literal(node: ast.expr) -> Any:
    """Integers, None, Ellipsis, True and False, and lists and tuples of these."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError):
        raise ValueError(f"{ast.unparse(node)!r} is not a number written out") from None

    def plain(part: Any) -> bool:
        if isinstance(part, list | tuple):
            return all(map(plain, part))
        return part is None or part is Ellipsis or isinstance(part, int)

    if not plain(value):
        raise ValueError(f"{ast.unparse(node)} is not an integer, None, ... or a tuple of integers")
    return value


def suggestions(layout: Layout) -> list[tuple[str, str]]:
    """The ops on offer, as `(label, code)`, with arguments that make sense for this shape."""
    shape, n = layout.shape, len(layout.shape)
    big = max((d for d in range(n) if shape[d] > 1), default=0)  # the last dim that has something to skip
    before = ":, " * big if big < 3 else "..., " if big == n - 1 else ":, " * big
    rotated = ", ".join(str((d + 1) % n) for d in range(n))
    ones = [d for d in range(n) if shape[d] == 1]
    wider = [3 if d == ones[0] else -1 for d in range(n)] if ones else [2, *shape]
    rows = min(max(layout.slots - 2, 1), 4)
    window = f"({rows}, {min(3, max(layout.slots, 1))}), (1, 1), 0"
    return [
        ("t()", ".t()"),
        ("transpose", f".transpose({max(n - 2, 0)}, {max(n - 1, 0)})"),
        ("permute", f".permute({rotated or '()'})"),
        ("view", f".view({_two_factors(layout.numel) if n < 2 else -1})"),
        ("slice", f"[{before}::2]" if n else "[...]"),
        ("select", f".select(0, {1 if n and shape[0] > 1 else 0})"),
        ("expand", f".expand({', '.join(map(str, wider))})"),
        ("unsqueeze", ".unsqueeze(0)"),
        ("squeeze", ".squeeze()"),
        ("flatten", ".flatten()"),
        ("diagonal", ".diagonal()"),
        ("as_strided", f".as_strided({window})"),
        ("contiguous()", ".contiguous()"),
        ("clone()", ".clone()"),
    ]


def _two_factors(count: int) -> str:
    """The most nearly square shape of so many elements, as arguments.

    >>> _two_factors(12), _two_factors(7), _two_factors(0)
    ('3, 4', '1, 7', '0, 1')
    """
    low = next((f for f in range(int(count**0.5), 0, -1) if count % f == 0), count)
    return f"{low}, {count // low if low else 1}"
