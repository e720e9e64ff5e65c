"""`vmap`: a function of one sample becomes a function of a batch.

The function is run once for each sample, and the results are stacked. That is right for every operation there is, for
what a function changes in place in its arguments, and under every other transform, inside or outside. It is no faster
than the loop that one would write oneself; where that matters, write the function for a batch.

https://pytorch.org/docs/stable/generated/torch.vmap.html
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from ..generator import default_generator
from ..ops.creation import zeros
from ..ops.joining import stack
from ..tensor import Tensor
from .grad_mode import no_grad
from .trees import flatten, spread, unflatten

RANDOM_IN_ERROR_MODE = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' "
    "randomness flags on vmap or perform the randomness operation out of vmap"
)


def vmap(
    func: Callable,
    in_dims: object = 0,
    out_dims: object = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable:
    """A function that runs `func` on every sample of a batch and stacks the results.

    Here this is a loop over the samples: right for every operation, but no faster than a loop. An operation that
    looks at values (`if x.sum() > 0`, `x.item()`) works too, where PyTorch refuses it.

    Args:
        func: takes tensors of one sample, and whatever else, in any nesting of tuples, lists and dicts; returns
            tensors, nested as well.
        in_dims: along which dimension of each input the samples lie; None for an input that all samples share. One
            value, or a tuple that follows the structure of the inputs.
        out_dims: where the batch goes in each output; None for an output that is the same for all samples.
        randomness: what random numbers inside `func` mean: "error", "different" for each sample, or the "same".
        chunk_size: accepted as PyTorch does; a loop needs no chunks.

    Raises ValueError where `in_dims` and the inputs do not fit, or `func` returns something else than tensors, and
    RuntimeError for random numbers with randomness="error".

    >>> import tensorbook as torch
    >>> x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.vmap(torch.dot)(x, x)
    tensor([ 5., 25.])
    >>> torch.vmap(torch.func.grad(lambda v: (v**3).sum()))(x)
    tensor([[ 3., 12.],
            [27., 48.]])
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")

    @functools.wraps(func)
    def batched(*args: object, **kwargs: object) -> object:
        leaves, dims, structure = _inputs(func, in_dims, args)
        count = _batch_size(leaves, dims)
        columns = [x.unbind(d) if d is not None else None for x, d in zip(leaves, dims, strict=True)]

        def sample(i: int) -> object:
            parts = [x if c is None else c[i] for x, c in zip(leaves, columns, strict=True)]
            return func(*unflatten(parts, structure), **kwargs)

        if not count:
            return _of_no_samples(func, leaves, dims, structure, kwargs, out_dims)
        results = _drawn([functools.partial(sample, i) for i in range(count)], randomness)
        return _stacked(func, results, out_dims)

    return batched


def _called(func: Callable) -> str:
    return getattr(func, "__name__", repr(func))


def _inputs(func: Callable, in_dims: object, args: tuple) -> tuple[list, list, object]:
    """The inputs' leaves, for each the dimension of its samples counted from the front, and their structure."""
    who = f"vmap({_called(func)}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple)):
        raise ValueError(
            f"{who}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not args:
        raise ValueError(
            f"vmap({_called(func)})(<inputs>): got no inputs. Maybe you forgot to add inputs, or you are trying to "
            "vmap over a function with no inputs. The latter is unsupported."
        )
    leaves, structure = flatten(args)
    dims = spread(in_dims, structure)
    if dims is None:
        raise ValueError(
            f"{who}: in_dims is not compatible with the structure of `inputs`: there are {len(args)} inputs with "
            f"{len(leaves)} values in them."
        )
    for i, (x, d) in enumerate(zip(leaves, dims, strict=True)):
        if d is None:
            continue
        if not isinstance(d, int):
            raise ValueError(
                f"{who}: Got in_dim={d} for an input but in_dim must be either an integer dimension or None."
            )
        if not isinstance(x, Tensor):
            raise ValueError(
                f"{who}: Got in_dim={d} for an input but the input is of type {type(x)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if not -x.dim() <= d < x.dim():
            raise ValueError(
                f"{who}: Got in_dim={d} for some input, but that input is a Tensor of dimensionality {x.dim()} so "
                f"expected in_dim to satisfy -{x.dim()} <= in_dim < {x.dim()}."
            )
        dims[i] = d % x.dim()
    return leaves, dims, structure


def _batch_size(leaves: list, dims: list) -> int:
    sizes = [x.size(d) for x, d in zip(leaves, dims, strict=True) if d is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension"
        )
    return sizes[0]


def _drawn(samples: list[Callable], randomness: str) -> list:
    """The result for each sample, with random numbers as they are wanted."""
    if randomness == "different":
        return [sample() for sample in samples]
    before, results = default_generator.get_state(), []
    for sample in samples:
        if randomness == "same":
            default_generator.set_state(before)
        results.append(sample())
        if randomness == "error" and len(results) == 1 and (default_generator.get_state() != before).any():
            default_generator.set_state(before)
            raise RuntimeError(RANDOM_IN_ERROR_MODE)
    return results


def _stacked(func: Callable, results: list, out_dims: object) -> object:
    """The samples' outputs, each along a new dimension."""
    flat = [flatten(result) for result in results]
    structure = flat[0][1]
    places = _places(func, out_dims, structure)
    outputs = []
    for place, values in zip(places, zip(*[leaves for leaves, _ in flat], strict=True), strict=True):
        first = values[0]
        if place is None:
            if isinstance(first, Tensor) and not all(v is first or v.equal(first) for v in values):
                name = _called(func)
                raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
            outputs.append(first)
            continue
        if not isinstance(first, Tensor):
            raise ValueError(
                f"vmap({_called(func)}, ...): `{_called(func)}` must only return Tensors, got type {type(first)}. Did "
                "you mean to set out_dims= to None for output?"
            )
        outputs.append(stack(values, place))
    return unflatten(outputs, structure)


def _places(func: Callable, out_dims: object, structure: object) -> list:
    who = f"vmap({_called(func)}, ..., out_dims={out_dims})"
    if any(d is not None and not isinstance(d, int) for d in flatten(out_dims)[0]):
        raise ValueError(
            f"{who}: `out_dims` must be an int, None or a python collection of ints representing where in the outputs "
            "the vmapped dimension should appear."
        )
    if structure == "*" and isinstance(out_dims, tuple) and len(out_dims) == 1:
        out_dims = out_dims[0]
    places = spread(out_dims, structure)
    if places is None:
        raise ValueError(f"{who}(<inputs>): out_dims is not compatible with the structure of `outputs`.")
    return places


def _of_no_samples(
    func: Callable, leaves: list, dims: list, structure: object, kwargs: dict, out_dims: object
) -> object:
    """The outputs for an empty batch: their shapes are found by running `func` on zeros."""
    parts = [
        x if d is None else zeros((*x.shape[:d], *x.shape[d + 1 :]), dtype=x.dtype, device=x.device)
        for x, d in zip(leaves, dims, strict=True)
    ]
    state = default_generator.get_state()
    with no_grad():
        one = _stacked(func, [func(*unflatten(parts, structure), **kwargs)], out_dims)
    default_generator.set_state(state)
    outputs, out_structure = flatten(one)
    places = _places(func, out_dims, out_structure)
    empty = [y if d is None else y.narrow(d, 0, 0) for y, d in zip(outputs, places, strict=True)]
    return unflatten(empty, out_structure)
