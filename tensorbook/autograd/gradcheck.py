"""Are the gradients right? Compare them with slopes measured by small steps.

https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import numpy as np

from .. import devices
from ..ops.creation import tensor
from ..tensor import Tensor, make
from .backward import grad
from .grad_mode import enable_grad


class GradcheckError(RuntimeError):
    """Gradients and measured slopes differ."""


def _tuple(value: object) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _outputs(function: Callable, inputs: tuple) -> list[Tensor]:
    return [o for o in _tuple(function(*inputs)) if isinstance(o, Tensor) and o._array.dtype.kind == "f"]


def _same_number(now: list[Tensor], before: list[Tensor]) -> None:
    if len(now) != len(before):
        raise GradcheckError(
            f"The function gave {len(before)} floating point output(s) at its inputs and {len(now)} when it was called "
            "again. It must give as many every time."
        )


def _numbers(x: Tensor) -> np.ndarray:
    """A copy of the tensor's values, on the CPU."""
    return devices.move(x._array.copy(), devices.CPU)


def _measured(function: Callable, inputs: tuple, x: Tensor, outputs: list[Tensor], eps: float) -> list[np.ndarray]:
    """For each output the matrix of slopes: row = input element, column = output element."""
    slopes = [np.zeros((x._array.size, o._array.size)) for o in outputs]
    for row, place in enumerate(np.ndindex(x._array.shape)):
        before = x._array[place].copy()
        sides = []
        for step in (eps, -eps):
            x._array[place] = before + step
            moved = _outputs(function, inputs)  # recorded: a function may pick its outputs by requires_grad
            _same_number(moved, outputs)
            sides.append([_numbers(o).ravel() for o in moved])
        x._array[place] = before
        for matrix, above, below in zip(slopes, *sides, strict=True):
            matrix[row] = (above - below) / (2 * eps)
    return slopes


def _gradient(output: Tensor, x: Tensor, toward: np.ndarray, dtypes: bool) -> np.ndarray:
    """The gradient with respect to x of what `toward` weighs of the output."""
    (g,) = grad(
        output, x, make(devices.move(toward, devices.device_of(output._array))), retain_graph=True, allow_unused=True
    )
    if g is not None and (g.shape != x.shape or (dtypes and g.dtype != x.dtype)):
        raise GradcheckError(f"Backward produced an incorrect gradient: {g.dtype}, {g.shape} for {x.dtype}, {x.shape}")
    return np.zeros(x._array.shape, x._array.dtype) if g is None else _numbers(g)


def _computed(output: Tensor, x: Tensor, dtypes: bool) -> np.ndarray:
    """The same matrix, by backward passes."""
    if output._node is None:
        return np.zeros((x._array.size, output._array.size), x._array.dtype)
    columns = []
    for place in np.ndindex(output._array.shape):
        one = np.zeros(output._array.shape, output._array.dtype)
        one[place] = 1
        columns.append(_gradient(output, x, one, dtypes).ravel())
    return np.array(columns).T.reshape(x._array.size, output._array.size)


def _check_inputs(inputs: tuple) -> None:
    checked = [(i, x) for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )
    for i, x in checked:
        if x._array.dtype != np.float64:
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=4,
            )
        if any(step == 0 and n > 1 for step, n in zip(x.stride(), x.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )


class _Tolerances:
    """How far a computed derivative may lie from a measured one, and from itself when computed again."""

    def __init__(self, eps: float, atol: float, rtol: float, nondet_tol: float, dtypes: bool):
        self.eps, self.atol, self.rtol, self.nondet_tol, self.dtypes = eps, atol, rtol, nondet_tol, dtypes

    def close(self, a: np.ndarray, b: np.ndarray, spread: float = 1.0) -> bool:
        return np.allclose(a, b, rtol=self.rtol, atol=self.atol * spread)


def _check_slopes(func: Callable, inputs: tuple, outputs: list[Tensor], limits: _Tolerances) -> None:
    for number, x in enumerate(inputs):
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        measured = _measured(func, inputs, x, outputs, limits.eps)
        for i, (output, slopes) in enumerate(zip(outputs, measured, strict=True)):
            if output._node is None:
                if not limits.close(slopes, np.zeros_like(slopes)):
                    raise GradcheckError("Numerical gradient for function expected to be zero")
                continue
            gradients = _computed(output, x, limits.dtypes)
            again = _computed(output, x, limits.dtypes)
            if not limits.close(gradients, slopes):
                raise GradcheckError(
                    f"Jacobian mismatch for output {i} with respect to input {number},\n"
                    f"numerical:{make(slopes)!r}\nanalytical:{make(gradients)!r}\n"
                )
            if not np.allclose(gradients, again, rtol=0, atol=limits.nondet_tol):
                raise GradcheckError(
                    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    "gives different values, although analytical gradient matches numerical gradient. The tolerance "
                    f"for nondeterminism was {limits.nondet_tol}."
                )


def _direction(x: Tensor, rng: np.random.Generator) -> np.ndarray:
    """A random direction of length 1 in the space of a tensor's elements, as an array of its shape."""
    drawn = rng.standard_normal(x._array.shape)
    return np.asarray(drawn / max(np.linalg.norm(drawn), 1e-300), x._array.dtype)


def _check_directions(func: Callable, inputs: tuple, outputs: list[Tensor], limits: _Tolerances) -> None:
    """One number for each input and output, in place of a matrix: the slope along a random direction of each."""
    rng = np.random.default_rng(0)
    wanted = [_direction(o, rng) for o in outputs]
    for x in inputs:
        if not isinstance(x, Tensor) or not x.requires_grad:
            continue
        along, here, sides = _direction(x, rng), x._array.copy(), []
        step = devices.move(np.asarray(along * limits.eps), devices.device_of(here))
        for moved_to in (here + step, here - step):
            x._array[...] = moved_to
            sides.append(_outputs(func, inputs))
            _same_number(sides[-1], outputs)
        x._array[...] = here
        for output, above, below, toward in zip(outputs, *sides, wanted, strict=True):
            measured = ((_numbers(above) - _numbers(below)) * toward).sum() / (2 * limits.eps)
            passes = range(0 if output._node is None else 2)  # twice, as each must give the same
            slopes = [(_gradient(output, x, toward, limits.dtypes) * along).sum() for _ in passes] or [0.0, 0.0]
            spread = float(np.abs(along).sum() * np.abs(toward).sum())  # tolerances are for a single element
            # what differs here is measured again, element by element, and told in full
            if not limits.close(slopes[0], measured, spread) or abs(slopes[0] - slopes[1]) > limits.nondet_tol:
                _check_slopes(func, inputs, outputs, limits)


def _check_linear(func: Callable, inputs: tuple) -> None:
    """Does a gradient of zeros come back as zeros?"""
    wanted = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    outputs = [o for o in _outputs(func, inputs) if o.requires_grad]
    zeros = [make(np.zeros_like(o._array)) for o in outputs]
    found = grad(outputs, wanted, zeros, allow_unused=True) if outputs else ()
    if any(g is not None and bool((g != 0).any()) for g in found):
        raise GradcheckError("backward not multiplied by grad_output")


def _check_undefined(func: Callable, inputs: tuple) -> None:
    """Does backward cope with outputs that receive no gradient?"""
    wanted = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    outputs = [o for o in _outputs(func, inputs) if o.requires_grad]
    if len(outputs) < 2:
        return
    for i, output in enumerate(outputs):
        try:
            grad(output, wanted, make(np.ones_like(output._array)), retain_graph=True, allow_unused=True)
        except Exception as error:
            raise GradcheckError(
                f"Expected backward function to handle undefined output grads: with a gradient for output {i} alone it "
                f"raised {type(error).__name__}: {error}"
            ) from error


def gradcheck(
    func: Callable, inputs: Tensor | Sequence[Tensor], *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False, check_backward_ad: bool = True, fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:  # fmt: skip
    """Whether the gradients of `func` at `inputs` agree with measured slopes. Inputs should be float64.

    Args:
        eps: the step to each side.
        atol, rtol: how far they may differ, absolutely and relatively.
        raise_exception: raise GradcheckError (a RuntimeError) that shows both where they differ, instead of False.
        nondet_tol: by how much a gradient may change when it is computed again.
        check_undefined_grad: also run backward with a gradient for one output alone.
        check_grad_dtypes: also compare the gradients' dtypes with the inputs'.
        fast_mode: measure one slope for each input and output, along a random direction, not one for each element.
        check_batched_grad, check_batched_forward_grad, check_forward_ad, masked: accepted; here a batch of gradients
            is a loop and there is no forward mode and no sparse tensor, so there is nothing else to check.

    >>> import tensorbook as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, (x,))
    True
    """
    if not (check_forward_ad or check_backward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    inputs = _tuple(inputs)
    try:
        _check_inputs(inputs)
        outputs = _outputs(func, inputs)
        check = _check_directions if fast_mode else _check_slopes
        check(func, inputs, outputs, _Tolerances(eps, atol, rtol, nondet_tol, check_grad_dtypes))
        _check_linear(func, inputs)
        if check_undefined_grad:
            _check_undefined(func, inputs)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable, inputs: Tensor | Sequence[Tensor], grad_outputs: Tensor | Sequence[Tensor] | None = None, *,
    eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True, nondet_tol: float = 0.0, check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False, check_batched_grad: bool = False, check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True, fast_mode: bool = False, masked: bool = False,
) -> bool:  # fmt: skip
    """gradcheck of the gradients themselves: are the second derivatives right?

    `grad_outputs` are the gradients of the outputs to start from, drawn where None; with
    `gen_non_contig_grad_outputs` those do not lie in order. The other arguments are gradcheck's.
    """
    if not (check_fwd_over_rev or check_rev_over_rev):
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    inputs = _tuple(inputs)
    if grad_outputs is None:
        grad_outputs = _drawn(_outputs(func, inputs), gen_non_contig_grad_outputs)
    grad_outputs = _tuple(grad_outputs)
    wanted = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def gradients(*arguments: Tensor) -> tuple:
        xs, gs = arguments[: len(inputs)], arguments[len(inputs) :]
        with enable_grad():  # also while slopes are measured
            found = grad(_outputs(func, xs), [xs[i] for i in wanted], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None and g.requires_grad)

    return gradcheck(
        gradients, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol, check_undefined_grad=check_undefined_grad, check_grad_dtypes=check_grad_dtypes,
        fast_mode=fast_mode,
    )  # fmt: skip


def _drawn(outputs: list[Tensor], with_gaps: bool) -> list[Tensor]:
    """A random gradient for each output."""
    rng, drawn = np.random.default_rng(0), []
    for o in outputs:
        g = tensor(rng.standard_normal((*o._array.shape, 2)), dtype=o.dtype, device=o.device)
        drawn.append((g[..., 0] if with_gaps else g[..., 0].contiguous()).requires_grad_())
    return drawn


GradcheckError.__module__ = "tensorbook.autograd.gradcheck"
