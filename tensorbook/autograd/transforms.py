"""Functions into functions: the gradient of a function, its Jacobian, its products with vectors.

Each transform runs the function on inputs of its own, asks the engine for gradients with respect to those, and hides
the rest. Where an input came with a history, the transform's own input is a view of it, and where something else in the
function has one, the gradients are recorded as well: so transforms nest, and plain `backward()` goes through them.

https://pytorch.org/docs/stable/func.api.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from ..graph import AccumulateGrad, grad_mode
from ..ops.creation import ones_like, zeros_like
from ..ops.joining import stack
from ..ops.view import alias_
from ..tensor import Tensor
from .backward import grad as gradients
from .engine import Captures, inputs_of
from .grad_mode import enable_grad
from .trees import flatten, tree_map, unflatten


class Run:
    """A function run once on inputs of its own.

    Attributes:
        inputs: the tensors to differentiate by.
        result: what the function returned.
        outside: whether what is computed from it has a history outside of this run that must be kept.
    """

    def __init__(self, func: Callable, args: tuple, argnums: tuple[int, ...] | None = None):
        self.recording = grad_mode.enabled
        chosen = range(len(args)) if argnums is None else argnums
        leaves, self.structure = flatten(tuple(args[i] for i in chosen))
        for x in leaves:
            if not isinstance(x, Tensor):
                raise ValueError(f"Thing passed to transform API must be Tensor, got {type(x)}")
        with enable_grad():
            self.inputs = [_own(x, self.recording) for x in leaves]
            given = list(args)
            for i, own in zip(chosen, unflatten(self.inputs, self.structure), strict=True):
                given[i] = own
            self.result = func(*given)
        self.outside = self.recording and (any(x.requires_grad for x in leaves) or self._reaches_out())

    def _reaches_out(self) -> bool:
        """Whether the result was made from something else that needs a gradient."""
        own = {Captures.key(x)[0] for x in self.inputs}
        outputs = [y for y in flatten(self.result)[0] if isinstance(y, Tensor) and y.requires_grad]
        waiting = [Captures.key(y)[0] for y in outputs]
        seen = own | set(waiting)
        waiting = [node for node in waiting if node not in own]
        for node in waiting:
            if node.__class__ is AccumulateGrad:
                return True
            below = [n for n in inputs_of(node) if n not in seen]
            seen.update(below)
            waiting.extend(below)
        return False

    def hidden(self, tree: object) -> object:
        """What the caller gets: without the history of this run, unless that leads outside."""
        return tree if self.outside else tree_map(lambda y: y.detach() if isinstance(y, Tensor) else y, tree)

    def pull(self, outputs: list[Tensor], vectors: list[Tensor], record: bool, last: bool = False) -> list[Tensor]:
        """Vectors times the Jacobian: one gradient for each input, zeros where it is not used."""
        pairs = [(y, v) for y, v in zip(outputs, vectors, strict=True) if y.requires_grad]
        if not pairs:
            return [zeros_like(x) for x in self.inputs]
        ys, vs = zip(*pairs, strict=True)
        with enable_grad():
            return list(
                gradients(
                    ys, self.inputs, vs, retain_graph=record or not last, create_graph=record, materialize_grads=True
                )
            )

    def pushed(self, outputs: list[Tensor]) -> Callable[[list[Tensor], bool], list[Tensor]]:
        """The Jacobian times vectors: the gradient of `pull`, which is linear in its vectors, by those vectors."""
        with enable_grad():
            probes = [zeros_like(y).requires_grad_() for y in outputs]
            pulled = self.pull(outputs, probes, record=True)

        def push(tangents: list[Tensor], record: bool) -> list[Tensor]:
            pairs = [(p, t) for p, t in zip(pulled, tangents, strict=True) if p.requires_grad]
            if not pairs:
                return [zeros_like(y) for y in outputs]
            ps, ts = zip(*pairs, strict=True)
            with enable_grad():
                return list(gradients(ps, probes, ts, retain_graph=True, create_graph=record, materialize_grads=True))

        return push


def _own(x: Tensor, recording: bool) -> Tensor:
    """An input that a transform may differentiate by."""
    if x.requires_grad and recording:
        return alias_(x)
    return x.detach().requires_grad_()


def _chosen(argnums: int | tuple[int, ...], args: tuple) -> tuple[int, ...]:
    wanted = (argnums,) if isinstance(argnums, int) else argnums
    if not isinstance(wanted, tuple) or not all(isinstance(i, int) for i in wanted):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    for i in wanted:
        if not -len(args) <= i < len(args):
            raise RuntimeError(f"Got argnum={i}, but only {len(args)} positional inputs")
    return tuple(i % len(args) for i in wanted)


def _only(argnums: int | tuple[int, ...], results: tuple) -> object:
    """Without the tuple where only one argument was asked for."""
    return results[0] if isinstance(argnums, int) else results


def _split(result: object, has_aux: bool, who: str) -> tuple[object, object]:
    if not has_aux:
        return result, None
    if not isinstance(result, tuple) or len(result) != 2:
        raise RuntimeError(f"{who}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def _tensors(output: object, who: str) -> tuple[list[Tensor], object]:
    leaves, structure = flatten(output)
    for y in leaves:
        if not isinstance(y, Tensor):
            raise RuntimeError(f"{who}: expected f(*primals) to return only tensors, got unsupported type {type(y)}")
    return leaves, structure


# ---- what users call


def grad_and_value(func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable:
    """A function that gives the gradient of `func` and its value. See `grad`.

    >>> import tensorbook as torch
    >>> torch.func.grad_and_value(lambda x: x**2)(torch.tensor(3.0))
    (tensor(6.), tensor(9.))
    """
    who = "grad_and_value(f)(*args)"

    @functools.wraps(func)
    def transformed(*args: object, **kwargs: object) -> tuple:
        run = Run(functools.partial(func, **kwargs), args, _chosen(argnums, args))
        value, aux = _split(run.result, has_aux, who)
        if not isinstance(value, Tensor):
            raise RuntimeError(f"{who}: Expected f(*args) to return a Tensor, got {type(value)}")
        if value.dim():
            raise RuntimeError(
                f"{who}: Expected f(*args) to return a scalar Tensor, got tensor with {value.dim()} dims. Maybe you "
                "wanted to use the vjp or jacrev APIs instead?"
            )
        found = run.pull([value], [ones_like(value)], record=run.outside, last=True)
        found = _only(argnums, unflatten(found, run.structure))
        value, aux = run.hidden(value), run.hidden(aux)
        return (found, (value, aux)) if has_aux else (found, value)

    return transformed


def grad(func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False) -> Callable:
    """A function that gives the gradient of `func`, which must return a tensor without dimensions.

    Args:
        func: takes tensors, or tuples, lists and dicts of tensors, as those arguments that are differentiated by.
        argnums: by which arguments; a tuple gives a tuple of gradients.
        has_aux: `func` returns (output, anything else), and the result is (gradient, anything else).

    >>> import tensorbook as torch
    >>> cube = lambda x: x**3
    >>> torch.func.grad(cube)(torch.tensor(2.0)), torch.func.grad(torch.func.grad(cube))(torch.tensor(2.0))
    (tensor(12.), tensor(12.))
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def transformed(*args: object, **kwargs: object) -> object:
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return transformed


def vjp(func: Callable, *primals: object, has_aux: bool = False) -> tuple:
    """The function's output at `primals`, and a function from cotangents to (vector times Jacobian) for each primal.

    >>> import tensorbook as torch
    >>> y, pull = torch.func.vjp(torch.sin, torch.zeros(2))
    >>> pull(torch.tensor([1.0, 2.0]))
    (tensor([1., 2.]),)
    """
    run = Run(func, primals)
    output, aux = _split(run.result, has_aux, "vjp(f, *primals)")
    outputs, structure = _tensors(output, "vjp(f, *primals)")

    def pull(*cotangents: object, retain_graph: bool = True, create_graph: bool | None = None) -> tuple:
        vectors, given = flatten(cotangents[0] if len(cotangents) == 1 else cotangents)
        if given != structure:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function: {len(outputs)} tensors, got {len(vectors)}"
            )
        for i, (y, v) in enumerate(zip(outputs, vectors, strict=True)):
            if v.shape != y.shape:
                raise RuntimeError(
                    f"Mismatch in shape: grad_output[{i}] has a shape of {v.shape} and output[{i}] has a shape of "
                    f"{y.shape}."
                )
        record = create_graph
        if record is None:
            record = grad_mode.enabled and (run.outside or any(v.requires_grad for v in vectors))
        return unflatten(run.pull(outputs, vectors, record, last=not retain_graph), run.structure)

    return (run.hidden(output), pull, run.hidden(aux)) if has_aux else (run.hidden(output), pull)


def _pushforward(func: Callable, primals: tuple, has_aux: bool, who: str) -> tuple:
    """A run, its output, aux, and the function from tangents to output tangents."""
    run = Run(func, primals)
    output, aux = _split(run.result, has_aux, who)
    outputs, structure = _tensors(output, who)
    push = run.pushed(outputs)

    def tangents_out(tangents: tuple) -> object:
        vectors, given = flatten(tangents)
        if given != run.structure:
            raise RuntimeError(
                f"{who}: Expected primals and tangents to have the same python structure. For example, if primals is a "
                "tuple of 3 tensors, tangents also must be."
            )
        for x, v in zip(run.inputs, vectors, strict=True):
            if v.shape != x.shape:
                raise RuntimeError(
                    "Trying to set a forward gradient that has a different size than that of the original Tensor, this "
                    f"is not supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                    f"{list(v.shape)}."
                )
        record = grad_mode.enabled and (run.outside or any(v.requires_grad for v in vectors))
        return unflatten(push(vectors, record), structure)

    return run, output, aux, tangents_out


def jvp(func: Callable, primals: tuple, tangents: tuple, *, strict: bool = False, has_aux: bool = False) -> tuple:
    """The function's output at `primals`, and its Jacobian times `tangents`.

    There is no forward mode underneath: the product is the gradient of a vector-Jacobian product by its vector, which
    gives the same numbers. With `strict`, RuntimeError is raised where the output does not depend on the primals.

    >>> import tensorbook as torch
    >>> torch.func.jvp(torch.sin, (torch.zeros(1),), (torch.ones(1),))
    (tensor([0.]), tensor([1.]))
    """
    who = "jvp(f, primals, tangents)"
    if not isinstance(primals, tuple):
        raise RuntimeError(f"{who}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals).")
    run, output, aux, push = _pushforward(func, primals, has_aux, who)
    if strict and not all(y.requires_grad for y in flatten(output)[0]):
        raise RuntimeError(f"{who}: with strict=True the output must depend on the primals")
    found = push(tangents)
    return (run.hidden(output), found, run.hidden(aux)) if has_aux else (run.hidden(output), found)


def linearize(func: Callable, *primals: object) -> tuple:
    """The function's output at `primals`, and a function from tangents to (Jacobian times vector), for many tangents.

    >>> import tensorbook as torch
    >>> y, push = torch.func.linearize(torch.square, torch.tensor([1.0, 2.0]))
    >>> push(torch.ones(2))
    tensor([2., 4.])
    """
    run, output, _, push = _pushforward(func, primals, False, "linearize(f, *primals)")
    return run.hidden(output), lambda *tangents: push(tangents)


def _basis(like: Tensor) -> list[Tensor]:
    """A 1 in each place in turn, zeros elsewhere."""
    vectors = []
    for i in range(like.numel()):
        one = zeros_like(like.detach()).reshape(-1)
        one[i] = 1
        vectors.append(one.reshape(like.shape))
    return vectors


def jacrev(
    func: Callable, argnums: int | tuple[int, ...] = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable:
    """A function that gives the Jacobian of `func`: shape (*output.shape, *input.shape), a row at a time.

    Args:
        func: returns a tensor, or tuples, lists and dicts of tensors.
        argnums: by which arguments; a tuple gives a tuple of Jacobians for each output.
        has_aux: `func` returns (output, anything else), and the result is (Jacobian, anything else).
        chunk_size: accepted as PyTorch does; rows are computed one by one.

    >>> import tensorbook as torch
    >>> torch.func.jacrev(torch.square)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"jacrev: `chunk_size` should be greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def transformed(*args: object, **kwargs: object) -> object:
        run = Run(functools.partial(func, **kwargs), args, _chosen(argnums, args))
        output, aux = _split(run.result, has_aux, "jacrev(f)(*args)")
        outputs, structure = _tensors(output, "vjp(f, *primals)")
        blocks = []
        for y in outputs:
            rows = [run.pull([y], [v], record=run.outside) for v in _basis(y)]
            columns = zip(*rows, strict=True) if rows else ([] for _ in run.inputs)
            jacobians = [
                (stack(c) if rows else zeros_like(x)).reshape((*y.shape, *x.shape))
                for c, x in zip(map(list, columns), run.inputs, strict=True)
            ]
            blocks.append(_only(argnums, unflatten(jacobians, run.structure)))
        found = unflatten(blocks, structure)
        return (found, run.hidden(aux)) if has_aux else found

    return transformed


def jacfwd(
    func: Callable, argnums: int | tuple[int, ...] = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable:
    """A function that gives the Jacobian of `func`, a column at a time: see `jacrev`, and `jvp` for how.

    Better than `jacrev` where there are fewer inputs than outputs.

    >>> import tensorbook as torch
    >>> torch.func.jacfwd(torch.square)(torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    @functools.wraps(func)
    def transformed(*args: object, **kwargs: object) -> object:
        run = Run(functools.partial(func, **kwargs), args, _chosen(argnums, args))
        output, aux = _split(run.result, has_aux, "jacfwd(f)(*args)")
        outputs, structure = _tensors(output, "jvp(f, primals, tangents)")
        push = run.pushed(outputs)
        blocks: list[list[Tensor]] = [[] for _ in outputs]  # for each output one Jacobian for each input
        for i, x in enumerate(run.inputs):
            rest = [zeros_like(other) for other in run.inputs]
            columns = [push([*rest[:i], v, *rest[i + 1 :]], run.outside) for v in _basis(x)]
            for j, y in enumerate(outputs):
                stacked = stack([c[j] for c in columns], -1) if columns else zeros_like(y)
                blocks[j].append(stacked.reshape((*y.shape, *x.shape)))
        found = unflatten([_only(argnums, unflatten(b, run.structure)) for b in blocks], structure)
        return (found, run.hidden(aux)) if has_aux else found

    return transformed


def hessian(func: Callable, argnums: int | tuple[int, ...] = 0) -> Callable:
    """A function that gives all second derivatives of `func`.

    >>> import tensorbook as torch
    >>> torch.func.hessian(lambda x: (x**3).sum())(torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)
