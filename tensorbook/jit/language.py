"""Whether a function is written in TorchScript's part of Python
(https://pytorch.org/docs/stable/jit_language_reference_v2.html)."""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import types
from collections.abc import Callable

from .markers import left_to_python


class FrontendError(Exception):
    """A function that is not written as TorchScript wants it."""


class NotSupportedError(FrontendError):
    """Something that TorchScript does not know, with the line where it stands."""


class UnsupportedNodeError(NotSupportedError):
    """A construct of Python that TorchScript does not know."""


CONSTRUCTS = {
    ast.Try: "try blocks", ast.TryStar: "try blocks", ast.Yield: "Yield", ast.YieldFrom: "YieldFrom",
    ast.Lambda: "Lambda", ast.Global: "global variables", ast.Nonlocal: "nonlocal variables",
    ast.FunctionDef: "function definitions", ast.AsyncFunctionDef: "async function definitions",
    ast.ClassDef: "class definitions", ast.Import: "import statements", ast.ImportFrom: "import statements",
    ast.Set: "Set", ast.SetComp: "SetComp", ast.NamedExpr: "NamedExpr", ast.Match: "Match", ast.Await: "Await",
    ast.AsyncFor: "async for loops", ast.AsyncWith: "async with statements",
}  # fmt: skip
BUILTINS = {
    "abs", "all", "any", "bin", "bool", "chr", "complex", "dict", "divmod", "enumerate", "float", "getattr", "hasattr",
    "hex", "int", "isinstance", "len", "list", "max", "min", "oct", "ord", "pow", "print", "range", "reversed", "round",
    "sorted", "str", "sum", "super", "tuple", "zip",
}  # fmt: skip
PLAIN_VALUES = (int, float, str, list, dict, set)


def check(fn: Callable, done: set[Callable] | None = None) -> None:
    """Raise FrontendError or RuntimeError, with the line, for what TorchScript would not compile in a function or
    in the functions that it calls."""
    done = set() if done is None else done
    if fn in done or left_to_python(fn):
        return
    done.add(fn)
    Check(fn, done).run()


class Check:
    """The check of one function."""

    def __init__(self, fn: Callable, done: set[Callable]):
        self.fn, self.done = fn, done
        try:
            lines, self.first_line = inspect.getsourcelines(fn)
        except (OSError, TypeError) as error:
            raise OSError(
                f"Can't get source for {fn}. TorchScript requires source access in order to carry out compilation: "
                "put the function into a file or a notebook's cell."
            ) from error
        self.lines = lines
        body = ast.parse(textwrap.dedent("".join(lines))).body
        if len(body) != 1 or not isinstance(body[0], ast.FunctionDef):
            raise NotSupportedError("Expected a single top-level function, defined with def")
        self.tree = body[0]

    def run(self) -> None:
        arguments = self.tree.args
        if arguments.vararg or arguments.kwarg or any(arguments.kw_defaults):
            raise self._error(
                NotSupportedError, self.tree,
                "Compiled functions can't take variable number of arguments or use keyword-only arguments with "
                "defaults",
            )  # fmt: skip
        self.known = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        nodes = [node for statement in self.tree.body for node in ast.walk(statement)]
        self.known |= {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for node in nodes:
            self._construct(node)
        for node in nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in self.known:
                self._outside(node)

    def _construct(self, node: ast.AST) -> None:
        if type(node) in CONSTRUCTS:
            raise self._error(UnsupportedNodeError, node, f"{CONSTRUCTS[type(node)]} aren't supported")
        if isinstance(node, (ast.For, ast.While)) and node.orelse:
            kind = "for" if isinstance(node, ast.For) else "while"
            raise self._error(NotSupportedError, node, f"else branches of {kind} loops aren't supported")
        if isinstance(node, ast.Call) and any(keyword.arg is None for keyword in node.keywords):
            raise self._error(NotSupportedError, node, "keyword-arg expansion is not supported")
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            raise self._error(FrontendError, node, "Unknown Constant expression type")
        if isinstance(node, ast.Attribute) and node.attr == "numpy":
            raise self._error(RuntimeError, node, "'Tensor' object has no attribute or method 'numpy'")

    def _outside(self, node: ast.Name) -> None:
        """A name that the function takes from around it: a module, a function (checked too), but no variable."""
        value = self._value(node)
        plain = isinstance(value, PLAIN_VALUES) and not isinstance(value, bool)
        if plain or (hasattr(value, "grad_fn") and not isinstance(value, type)):
            kind = type(value).__name__
            raise self._error(
                RuntimeError, node,
                f"python value of type '{kind}' cannot be used as a value. Perhaps it is a closed over global "
                "variable? If so, please consider passing it in as an argument or use a local variable instead. "
                f"({node.id})",
            )  # fmt: skip
        if isinstance(value, types.FunctionType) and not value.__module__.startswith("tensorbook."):
            check(value, self.done)

    def _value(self, node: ast.Name) -> object:
        around = inspect.getclosurevars(self.fn)
        for names in (around.nonlocals, around.globals, self.fn.__globals__):
            if node.id in names:
                return names[node.id]
        if not hasattr(builtins, node.id):
            raise self._error(RuntimeError, node, f"undefined value {node.id}")
        value = getattr(builtins, node.id)
        if node.id not in BUILTINS and not (isinstance(value, type) and issubclass(value, Exception)):
            raise self._error(RuntimeError, node, f"Python builtin {value!r} is currently not supported in Torchscript")
        return value

    def _error(self, kind: type, node: ast.AST, what: str) -> Exception:
        line = self.first_line + node.lineno - 1
        code = self.lines[node.lineno - 1].rstrip()
        return kind(f"{what}:\n  File {inspect.getsourcefile(self.fn)!r}, line {line}\n{code}")
