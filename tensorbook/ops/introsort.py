"""std::sort as libstdc++ does it, which leaves equal elements in an order of its own; `mode` shows it.

David Musser, "Introspective sorting and selection algorithms", Software: Practice and Experience 27 (1997), 983-993.
"""

from __future__ import annotations

SHORT = 16  # ranges up to here are left to the insertion sort at the end


def introsorted(values: list) -> list[int]:
    """The places of the values in the order into which std::sort brings them.

    >>> introsorted([2, 1, 2, 1])
    [1, 3, 0, 2]
    """
    order = list(range(len(values)))
    open_ranges = [(0, len(order), 2 * max(len(order), 1).bit_length() - 2)]
    while open_ranges:
        first, last, depth = open_ranges.pop()
        while last - first > SHORT:
            if not depth:  # a heap sort's turn in C++: only what was made to be slow comes here
                order[first:last] = sorted(order[first:last], key=values.__getitem__)
                break
            depth -= 1
            cut = _partitioned(values, order, first, last)
            open_ranges.append((cut, last, depth))
            last = cut
    _insertion_sorted(values, order)
    return order


def _partitioned(values: list, order: list[int], first: int, last: int) -> int:
    """Smaller ones to the front, larger ones to the end; where they meet."""
    middle = first + (last - first) // 2
    a, b, c = (values[order[i]] for i in (first + 1, middle, last - 1))
    if a < b:
        pivot = middle if b < c else last - 1 if a < c else first + 1
    else:
        pivot = first + 1 if a < c else last - 1 if b < c else middle
    order[first], order[pivot] = order[pivot], order[first]
    value, left, right = values[order[first]], first + 1, last
    while True:
        while left < last and values[order[left]] < value:
            left += 1
        right -= 1
        while right > first and value < values[order[right]]:
            right -= 1
        if left >= right:
            return left
        order[left], order[right] = order[right], order[left]
        left += 1


def _insertion_sorted(values: list, order: list[int]) -> None:
    for i, place in enumerate(order):
        value, to = values[place], i
        if i < SHORT and value < values[order[0]]:  # past elements that are nan, too
            to = 0
        else:
            while to and value < values[order[to - 1]]:
                to -= 1
        if to != i:
            order.insert(to, order.pop(i))
