"""Einstein's summation: products and sums written with one letter for each dimension.

`einsum("ij,jk->ik", a, b)` is the matrix product: letters that the result lacks are summed over. Two operands are taken
at a time, each time in one batched matrix product. https://pytorch.org/docs/stable/generated/torch.einsum.html
"""

from __future__ import annotations

import math

from ..tensor import Tensor
from . import matrix, reduction, view


def _spell(part: str, ndim: int, free: int, number: int) -> list[str]:
    """The letters of one operand, `...` spelled out as numbered names aligned from the right."""
    part = part.replace(" ", "")
    if "..." not in part:
        if "." in part:
            raise RuntimeError(f"einsum(): found '.' that is not part of any ellipsis in {part!r}")
        letters = list(part)
    else:
        before, after = part.split("...", 1)
        count = ndim - len(before) - len(after)
        letters = [*before, *(f".{i}" for i in range(free - count, free)), *after]
    if len(letters) != ndim:
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(letters)}) does not match the number of "
            "dimensions "
            f"({ndim}) for operand {number} and no ellipsis was given"
        )
    return letters


def _diagonals(x: Tensor, letters: list[str]) -> tuple[Tensor, list[str]]:
    """A letter that stands twice in one operand means its diagonal."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first = letters.index(letter)
            second = letters.index(letter, first + 1)
            x = view.diagonal(x, 0, first, second)
            letters = [p for i, p in enumerate(letters) if i not in (first, second)] + [letter]
    return x, letters


def _aligned(x: Tensor, letters: list[str], order: list[str]) -> Tensor:
    """The dimensions in an order of letters; those that the operand lacks get length 1."""
    x = view.permute(x, [letters.index(p) for p in order if p in letters])
    for i, p in enumerate(order):
        if p not in letters:
            x = view.unsqueeze(x, i)
    return x


def _contract(a: Tensor, la: list[str], b: Tensor, lb: list[str], keep: set[str]) -> tuple[Tensor, list[str]]:
    """Multiply two operands and sum over the letters that nobody needs any more: one batched matrix product."""
    batch = [p for p in la if p in lb and p in keep]
    summed = [p for p in la if p in lb and p not in keep]
    only_a = [p for p in la if p not in lb]
    only_b = [p for p in lb if p not in la]
    lengths = {}
    for x, letters in ((a, la), (b, lb)):
        for p, n in zip(letters, x._array.shape, strict=True):
            lengths[p] = max(n, lengths.get(p, 1))

    def matrices(x: Tensor, letters: list[str], rows: list[str], columns: list[str]) -> Tensor:
        order = [*batch, *rows, *columns]
        x = view.expand(_aligned(x, letters, order), [lengths[p] for p in order])
        return view.reshape(x, *(math.prod(lengths[p] for p in group) for group in (batch, rows, columns)))

    product = matrix.bmm(matrices(a, la, only_a, summed), matrices(b, lb, summed, only_b))
    order = [*batch, *only_a, *only_b]
    return view.reshape(product, *(lengths[p] for p in order)), order


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """Products summed over every letter that does not stand behind `->` (by default: that stands more than once).

    Raises RuntimeError where letters and dimensions do not match, and where one letter has two lengths.

    >>> import tensorbook as torch
    >>> a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.einsum("ij,jk->ik", a, a), torch.einsum("ii", a)
    (tensor([[ 7., 10.],
            [15., 22.]]), tensor(5.))
    """
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must specify the equation string and at least one operand")
    left, arrow, right = equation.partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        raise RuntimeError(
            f"einsum(): {'fewer' if len(parts) > len(operands) else 'more'} operands were provided than "
            "specified in the "
            f"equation: {len(operands)} for {equation!r}"
        )
    named = [len(p.replace(" ", "").replace("...", "")) for p in parts]
    free = max((x._array.ndim - n for p, n, x in zip(parts, named, operands, strict=True) if "..." in p), default=0)
    spelled = [_spell(p, x._array.ndim, free, i) for i, (p, x) in enumerate(zip(parts, operands, strict=True))]
    work = [_diagonals(x, letters) for x, letters in zip(operands, spelled, strict=True)]
    lengths: dict[str, int] = {}
    for number, (x, letters) in enumerate(work):
        for p, n in zip(letters, x._array.shape, strict=True):
            if lengths.setdefault(p, n) != n and 1 not in (n, lengths[p]):
                raise RuntimeError(
                    f"einsum(): subscript {p} has size {n} for operand {number} which does not broadcast with "
                    "previously seen "
                    f"size {lengths[p]}"
                )
            lengths[p] = max(n, lengths[p])
    everywhere = [p for _, letters in work for p in letters]
    dots = [f".{i}" for i in range(free)]
    if arrow:
        right = right.replace(" ", "")
        before, _, after = right.partition("...")
        output = [*before, *(dots if "..." in right else []), *after]
        for p in output:
            if p not in everywhere:
                raise RuntimeError(
                    f"einsum(): output subscript {p} does not appear in the equation for any input operand"
                )
            if output.count(p) > 1:
                raise RuntimeError(f"einsum(): output subscript {p} appears more than once in the output")
    else:
        letters = [p for letters in spelled for p in letters]
        output = [*dots, *sorted(p for p in set(letters) if letters.count(p) == 1 and p not in dots)]

    x, letters = _drop(*work[0], set(output).union(*(ls for _, ls in work[1:])) if len(work) > 1 else set(output))
    for i, (y, others) in enumerate(work[1:], 2):
        keep = set(output).union(*(ls for _, ls in work[i:])) if i < len(work) else set(output)
        y, others = _drop(y, others, keep.union(letters))
        x, letters = _drop(x, letters, keep.union(others))
        x, letters = _contract(x, letters, y, others, keep)
    return view.permute(x, [letters.index(p) for p in output])


def _drop(x: Tensor, letters: list[str], needed: set[str]) -> tuple[Tensor, list[str]]:
    """Sum at once over letters that stand in this operand alone."""
    gone = [i for i, p in enumerate(letters) if p not in needed]
    if not gone:
        return x, letters
    return reduction.sum(x, tuple(gone)), [p for p in letters if p in needed]
