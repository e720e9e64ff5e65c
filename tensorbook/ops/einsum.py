"""Einstein's summation: products and sums written with one letter for each dimension.

`einsum("ij,jk->ik", a, b)` is the matrix product: letters that the result lacks are summed over. Two operands are taken
at a time, from the left, each time in one batched matrix product.
https://pytorch.org/docs/stable/generated/torch.einsum.html
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from ..tensor import Tensor
from . import arithmetic, matrix, reduction, view
from .operands import check_devices

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def einsum(equation: str, *operands: Tensor) -> Tensor:
    """Products summed over every letter that does not stand behind `->` (by default: that stands more than once).

    Numbers may stand for letters, too: `einsum(a, [0, 1], b, [1, 2], [0, 2])`.
    Raises RuntimeError where letters and dimensions do not match, and where one letter has two lengths.

    >>> import tensorbook as torch
    >>> a = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> torch.einsum("ij,jk->ik", a, a), torch.einsum("ii", a)
    (tensor([[ 7., 10.],
            [15., 22.]]), tensor(5.))
    """
    if isinstance(equation, Tensor):
        equation, operands = _from_numbers([equation, *operands])
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    if not operands:
        raise ValueError("einsum(): must specify the equation string and at least one operand")
    check_devices(*operands)
    parts, output = _read(equation, operands)
    letters = [p for part in parts for p in part]
    summed = sorted(set(letters) - set(output), key=_rank)
    order = [*output, *summed]
    works = [_aligned(x, part, order, i) for i, (x, part) in enumerate(zip(operands, parts, strict=True))]
    _check_lengths(works, parts, order)

    needed = [sum(x._array.shape[d] != 1 for x in works) for d in range(len(order))]  # by how many operands yet to come
    total = works[0]
    for other in works[1:]:
        total = _contracted(total, other, needed, len(output))
    if not summed:
        return total
    if len(works) > 1:  # what is summed over has length 1 by now
        return view.view(total, total._array.shape[: len(output)])
    return reduction.sum(total, tuple(range(len(output), len(order))))


def _rank(letter: str) -> tuple:
    """Dimensions that `...` stands for come first, then letters by alphabet, capitals first."""
    return (0, int(letter[1:])) if letter[0] == "." else (1, LETTERS.index(letter))


def _from_numbers(arguments: Sequence) -> tuple[str, tuple]:
    """The equation that lists of numbers stand for."""
    spell = lambda numbers: "".join("..." if n is Ellipsis else LETTERS[n] for n in numbers)  # noqa: E731
    operands, subscripts = arguments[::2], arguments[1::2]
    if len(arguments) % 2:  # the last list is the output's
        return f"{','.join(map(spell, subscripts))}->{spell(operands[-1])}", tuple(operands[:-1])
    return ",".join(map(spell, subscripts)), tuple(operands)


def _read(equation: str, operands: tuple[Tensor, ...]) -> tuple[list[list[str]], list[str]]:
    """The letters of each operand and of the output; `...` spelled out as numbered names aligned from the right."""
    left, arrow, right = equation.replace(" ", "").partition("->")
    parts = left.split(",")
    if len(parts) != len(operands):
        raise RuntimeError(
            f"einsum(): {'fewer' if len(parts) > len(operands) else 'more'} operands were provided than specified in "
            f"the equation: {len(operands)} for {equation!r}"
        )
    named = [len(p.replace("...", "")) for p in parts]
    free = max((x._array.ndim - n for p, n, x in zip(parts, named, operands, strict=True) if "..." in p), default=0)
    spelled = [_spell(p, x._array.ndim, free, i) for i, (p, x) in enumerate(zip(parts, operands, strict=True))]
    counts = Counter(p for part in spelled for p in part)
    dots = [f".{i}" for i in range(free)]
    if not arrow:
        return spelled, [*dots, *sorted((p for p, n in counts.items() if n == 1 and p not in dots), key=_rank)]
    before, ellipsis, after = right.partition("...")
    output = [*before, *(dots if ellipsis else []), *after]
    for p in output:
        if p not in counts:
            raise RuntimeError(f"einsum(): output subscript {p} does not appear in the equation for any input operand")
        if output.count(p) > 1:
            raise RuntimeError(f"einsum(): output subscript {p} appears more than once in the output")
    return spelled, output


def _spell(part: str, ndim: int, free: int, number: int) -> list[str]:
    before, ellipsis, after = part.partition("...")
    for p in before + after:
        if p not in LETTERS:
            raise RuntimeError(
                f"einsum(): found {p!r} for operand {number}, which is no letter and not part of an ellipsis (...)"
            )
    count = ndim - len(before) - len(after)
    letters = [*before, *([f".{i}" for i in range(free - count, free)] if ellipsis else []), *after]
    if len(letters) != ndim:
        raise RuntimeError(
            f"einsum(): the number of subscripts in the equation ({len(letters)}) does not match the number of "
            f"dimensions ({ndim}) for operand {number} and no ellipsis was given"
        )
    return letters


def _aligned(x: Tensor, letters: list[str], order: list[str], number: int) -> Tensor:
    """An operand with one dimension for each letter, in an order; of length 1 where it lacks the letter."""
    seen: list[str] = []
    for p in letters:
        if p not in seen:
            seen.append(p)
            continue
        first, second = seen.index(p), len(seen)  # a letter that stands twice in one operand means its diagonal
        m, n = x._array.shape[first], x._array.shape[second]
        if m != n:
            raise RuntimeError(
                f"einsum(): subscript {p} is repeated for operand {number} but the sizes don't match, {n} != {m}"
            )
        x = view.movedim(view.diagonal(x, 0, first, second), -1, first)
    for p in order:
        if p not in seen:
            x = view.unsqueeze(x, -1)
            seen.append(p)
    return view.permute(x, [seen.index(p) for p in order])


def _check_lengths(works: list[Tensor], parts: list[list[str]], order: list[str]) -> None:
    lengths = dict.fromkeys(order, 1)
    for number, x in enumerate(works):
        for p, n in zip(order, x._array.shape, strict=True):
            if n != 1 and lengths[p] not in (1, n):
                raise RuntimeError(
                    f"einsum(): subscript {p} has size {n} for operand {number} which does not broadcast with "
                    f"previously seen size {lengths[p]}"
                )
            lengths[p] = max(n, lengths[p]) if n else n


def _contracted(a: Tensor, b: Tensor, needed: list[int], kept: int) -> Tensor:
    """The product of two operands, summed over what nobody needs any more. Every dimension stays, if of length 1."""
    together, alone = [], ([], [])
    for d in range(kept, len(needed)):
        long = a._array.shape[d] != 1, b._array.shape[d] != 1
        if all(long):
            needed[d] -= 1
            if needed[d] == 1:
                together.append(d)
                needed[d] = 0
        elif needed[d] == 1 and any(long):
            alone[long.index(True)].append(d)
            needed[d] = 0
    a, b = (reduction.sum(x, tuple(dims), True) if dims else x for x, dims in zip((a, b), alone, strict=True))
    return _product(a, b, together) if together else arithmetic.mul(a, b)


def _product(a: Tensor, b: Tensor, summed: list[int]) -> Tensor:
    """One batched matrix product: (both, only a, summed) times (both, summed, only b)."""
    shapes = a._array.shape, b._array.shape
    rest = [d for d in range(len(shapes[0])) if d not in summed]
    both = [d for d in rest if shapes[0][d] != 1 and shapes[1][d] != 1]
    only_a = [d for d in rest if d not in both and shapes[0][d] != 1]
    only_b = [d for d in rest if d not in both and d not in only_a]
    if only_a and only_b and only_b[-1] < only_a[0]:  # then the product comes out in its order
        a, b, only_a, only_b, shapes = b, a, only_b, only_a, shapes[::-1]
    size = lambda k, dims: math.prod(shapes[k][d] for d in dims)  # noqa: E731
    left = view.reshape(
        view.permute(a, [*both, *only_a, *summed, *only_b]), size(0, both), size(0, only_a), size(0, summed)
    )
    right = view.reshape(
        view.permute(b, [*both, *summed, *only_b, *only_a]), size(0, both), size(0, summed), size(1, only_b)
    )
    lengths = [shapes[0][d] for d in (*both, *only_a)] + [1] * len(summed) + [shapes[1][d] for d in only_b]
    product = view.view(matrix.bmm(left, right), lengths)
    return view.permute(product, view.inverse((*both, *only_a, *summed, *only_b)))
