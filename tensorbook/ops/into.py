"""An expression over arrays in the form that writes its result where it is told.

`into("grad * (1 - result)")` is `np.multiply(grad, 1 - result, out=out)`: the last step goes to `out`, which may be
None. pieces.py computes large results by it.
"""

from __future__ import annotations

import ast

import numpy as np

from .array_twins import ARRAY_TWINS

STEPS = {
    ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.USub: "negative",
    ast.Gt: "greater", ast.GtE: "greater_equal", ast.Lt: "less", ast.LtE: "less_equal", ast.Eq: "equal",
}  # fmt: skip
ELEMENTWISE = {name for name, function in ARRAY_TWINS.items() if isinstance(function, np.ufunc)}
ELEMENTWISE |= {"where", "gate", "keep_where", "inside", "zero"}
TAKE_OUT = {name for name in ELEMENTWISE if isinstance(ARRAY_TWINS[name], np.ufunc)} | {"gate"}


def into(expression: str) -> str:
    return ast.unparse(_into(ast.parse(expression, mode="eval").body))


def _into(node: ast.expr) -> ast.expr:
    out = ast.keyword("out", ast.Name("out"))
    if isinstance(node, ast.IfExp):
        return ast.IfExp(node.test, _into(node.body), _into(node.orelse))
    if isinstance(node, ast.BinOp | ast.UnaryOp) and type(node.op) in STEPS:
        operands = [node.left, node.right] if isinstance(node, ast.BinOp) else [node.operand]
        return ast.Call(_numpys(STEPS[type(node.op)]), operands, [out])
    if isinstance(node, ast.Call) and _takes_out(node.func):
        return ast.Call(node.func, node.args, [*node.keywords, out])
    return ast.Call(ast.Name("put"), [node, ast.Name("out")], [])


def _numpys(name: str) -> ast.expr:
    return ast.Attribute(ast.Name("np"), name)


def _takes_out(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in TAKE_OUT
    return ast.unparse(function.value) == "np" and isinstance(getattr(np, function.attr), np.ufunc)


def steps(expression: str) -> int:
    """How many arrays are made on the way to the result, and that."""
    return sum(
        isinstance(node, ast.BinOp | ast.UnaryOp | ast.Compare | ast.Call) for node in ast.walk(ast.parse(expression))
    )


def elementwise(expression: str) -> bool:
    """Whether a formula for a gradient looks at each element on its own, and takes at least one step."""
    nodes = list(ast.walk(ast.parse(expression, mode="eval").body))
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    if any(not isinstance(function, ast.Name) or function.id not in ELEMENTWISE for function in calls):
        return False
    return len(nodes) > 2 and not any(isinstance(node, ast.Attribute) for node in nodes)
