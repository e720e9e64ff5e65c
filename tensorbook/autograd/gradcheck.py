"""Are the gradients right? Compare them with slopes measured by small steps.

https://pytorch.org/docs/stable/generated/torch.autograd.gradcheck.gradcheck.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .. import devices
from ..ops.creation import tensor
from ..tensor import Tensor, make
from .backward import grad
from .grad_mode import enable_grad, no_grad


def _tuple(value: object) -> tuple:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _outputs(function: Callable, inputs: tuple) -> list[Tensor]:
    return [o for o in _tuple(function(*inputs)) if isinstance(o, Tensor) and o._array.dtype.kind == "f"]


def _numbers(x: Tensor) -> np.ndarray:
    """A copy of the tensor's values, on the CPU."""
    return devices.move(x._array.copy(), devices.CPU)


def _measured(function: Callable, inputs: tuple, x: Tensor, eps: float) -> list[np.ndarray]:
    """For each output the matrix of slopes: row = input element, column = output element."""
    rows: list[list[np.ndarray]] = []
    places = list(np.ndindex(x._array.shape))
    with no_grad():
        for place in places:
            before = x._array[place].copy()
            x._array[place] = before + eps
            above = [_numbers(o) for o in _outputs(function, inputs)]
            x._array[place] = before - eps
            below = [_numbers(o) for o in _outputs(function, inputs)]
            x._array[place] = before
            rows.append([((a - b) / (2 * eps)).ravel() for a, b in zip(above, below, strict=True)])
    count = len(rows[0]) if rows else 0
    return [np.array([row[i] for row in rows]) for i in range(count)]


def _computed(output: Tensor, x: Tensor) -> np.ndarray:
    columns = []
    for place in np.ndindex(output._array.shape):
        one = np.zeros_like(output._array)
        one[place] = 1
        (g,) = grad(output, x, make(one), retain_graph=True, allow_unused=True)
        columns.append(np.zeros(x._array.size) if g is None else _numbers(g).ravel())
    return np.array(columns).T.reshape(x._array.size, output._array.size)


def gradcheck(
    func: Callable, inputs: Tensor | Sequence[Tensor], *, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:  # fmt: skip
    """Whether the gradients of `func` at `inputs` agree with measured slopes. Inputs should be float64.

    Raises RuntimeError (GradcheckError) that shows both where they do not, unless raise_exception=False.

    >>> import tensorbook as torch
    >>> x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, (x,))
    True
    """
    inputs = _tuple(inputs)
    checked = [x for x in inputs if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    outputs = _outputs(func, inputs)
    for number, x in enumerate(inputs):
        if not any(x is c for c in checked):
            continue
        for i, slopes in enumerate(_measured(func, inputs, x, eps)):
            if outputs[i]._node is None:
                gradients = np.zeros((x._array.size, outputs[i]._array.size))
            else:
                gradients = _computed(outputs[i], x)
            if not np.allclose(gradients, slopes, rtol=rtol, atol=atol):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {i} with respect to input {number},\n"
                    f"numerical:{make(slopes)!r}\nanalytical:{make(gradients)!r}\n"
                )
    return True


class GradcheckError(RuntimeError):
    """Gradients and measured slopes differ."""


def gradgradcheck(
    func: Callable, inputs: Tensor | Sequence[Tensor], grad_outputs: Tensor | Sequence[Tensor] | None = None, *,
    eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3, raise_exception: bool = True,
) -> bool:  # fmt: skip
    """gradcheck of the gradients themselves: are the second derivatives right?"""
    inputs = _tuple(inputs)
    outputs = _outputs(func, inputs)
    rng = np.random.default_rng(0)
    if grad_outputs is None:
        drawn = [rng.standard_normal(o._array.shape) for o in outputs]
        grad_outputs = [
            tensor(d, dtype=o.dtype, device=o.device, requires_grad=True) for d, o in zip(drawn, outputs, strict=True)
        ]
    grad_outputs = _tuple(grad_outputs)
    wanted = [i for i, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]

    def gradients(*arguments: Tensor) -> tuple:
        xs, gs = arguments[: len(inputs)], arguments[len(inputs) :]
        with enable_grad():  # also while slopes are measured
            found = grad(_outputs(func, xs), [xs[i] for i in wanted], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None and g.requires_grad)

    return gradcheck(
        gradients, (*inputs, *grad_outputs), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )
