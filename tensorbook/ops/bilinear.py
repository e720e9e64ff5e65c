"""A matrix between two vectors, for each output one."""

from __future__ import annotations

from ..tensor import Tensor
from . import view
from .arithmetic import add
from .define import op
from .einsum import einsum  # noqa: F401 (formulas call it)
from .node import showing

trilinear = op("_trilinear(i1, i2, i3)", "np.einsum('bi,oij,bj->bo', i1, i2, i3)", "TrilinearBackward0",
               i1="einsum('bo,oij,bj->bi', grad, i2, i3)", i2="einsum('bo,bi,bj->oij', grad, i1, i3)",
               i3="einsum('bo,bi,oij->bj', grad, i1, i2)")  # fmt: skip
showing(trilinear, expand1=(1, 3), expand2=(0,), expand3=(1, 2), sumdim=(2, 3))


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input1 @ weight[o] @ input2 + bias[o] for each output o.

    Args:
        input1, input2: of shapes (…, in1) and (…, in2).
        weight: of shape (out, in1, in2).
        bias: of shape (out).

    >>> import tensorbook as torch
    >>> torch.nn.functional.bilinear(torch.ones(1, 2), torch.ones(1, 3), torch.ones(1, 2, 3))
    tensor([[6.]])
    """
    first, second, w = input1._array.shape, input2._array.shape, weight._array.shape
    if len(first) != len(second):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(first)} and {len(second)}")
    for dim, (m, n) in enumerate(zip(first[:-1], second[:-1], strict=True)):
        if m != n:
            raise RuntimeError(f"bilinear(): input batch dimensions do not match at dim {dim}: got {m} and {n}")
    for name, got, want in (("input1", first[-1], w[1]), ("input2", second[-1], w[2])):
        if got != want:
            raise RuntimeError(f"bilinear(): {name} size does not match weight size: got {got} but expected {want}")
    if bias is not None and bias._array.shape[0] != w[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias._array.shape[0]} but expected {w[0]}"
        )
    flat = [view.reshape(x, -1, x._array.shape[-1]) for x in (input1, input2)]
    output = view.reshape(trilinear(flat[0], weight, flat[1]), *first[:-1], w[0])
    return output if bias is None else add(output, bias)
