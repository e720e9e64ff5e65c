"""A layered drawing of a directed acyclic graph, in whole numbers, the same on every machine.

Every edge runs downward, from the operation that used a value to the one that made it. The steps are Sugiyama's:
put each node on a layer, order each layer so that few edges cross, choose x, then y, then route the edges.

An edge that crosses several layers would need a place on each of them. All long edges into one node share those places:
they join a *trunk* that runs down to the node. So a weight used in a thousand layers costs a thousand places, not a
million, and on the screen it is one line with a thousand branches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MARGIN = 16
NODE_GAP = 24  # between two boxes of a layer
TRUNK_GAP = 14  # between a trunk and its neighbour
LAYER_GAP = 34  # between two layers, more where an edge runs far sideways
PORT_GAP = 10  # between two edges that leave or enter the same box
TRUNK_WEIGHT = 6
SWEEPS = 6

Box = tuple[int, int, int, int]


@dataclass(slots=True)
class Segment:
    """A stretch of edge in the gap between two layers; `next` is the segment that it joins, -1 where it meets a box."""

    x0: int
    y0: int
    bend: int  # straight down from y0 to here, then over to (x1, y1)
    x1: int
    y1: int
    next: int = -1


@dataclass(slots=True)
class Layout:
    """Where everything is: boxes as (x, y, width, height), and for each edge the first of its chain of segments."""

    width: int
    height: int
    boxes: list[Box]
    layers: list[int]
    segments: list[Segment]
    first: list[int]

    def route(self, edge: int) -> list[int]:
        """The segments of an edge, from the box where it starts to the box where it ends."""
        found, segment = [], self.first[edge]
        while segment >= 0:
            found.append(segment)
            segment = self.segments[segment].next
        return found


def layout(sizes: Sequence[tuple[int, int]], edges: Sequence[tuple[int, int]]) -> Layout:
    """Lay out boxes of the given (width, height), joined by `edges` of (upper box, lower box); an edge may repeat.

    Raises ValueError where the edges go round in a circle.

    >>> found = layout([(80, 28), (80, 28), (60, 44)], [(0, 1), (1, 2)])
    >>> [box[1] for box in found.boxes]
    [16, 78, 140]
    """
    if not sizes:
        return Layout(2 * MARGIN, 2 * MARGIN, [], [], [], [])
    layers = _layers(len(sizes), edges)
    places = _Places(sizes, edges, layers)
    places.order()
    places.spread()
    return places.draw()


def _layers(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Longest path from above: each node stands right below the lowest of its consumers."""
    waiting, below = [0] * count, [[] for _ in range(count)]
    for upper, lower in edges:
        waiting[lower] += 1
        below[upper].append(lower)
    layers = [0] * count
    ready = [node for node in range(count) if not waiting[node]]
    for node in ready:
        for lower in below[node]:
            layers[lower] = max(layers[lower], layers[node] + 1)
            waiting[lower] -= 1
            if not waiting[lower]:
                ready.append(lower)
    if len(ready) != count:
        raise ValueError(f"a graph with {count} nodes goes round in a circle: {count - len(ready)} have no layer")
    return layers


class _Places:
    """What stands on the layers: the boxes (0 .. n - 1), then the places that trunks pass through."""

    def __init__(self, sizes: Sequence[tuple[int, int]], edges: Sequence[tuple[int, int]], layers: list[int]) -> None:
        count = len(sizes)
        self.sizes, self.edges, self.boxes = sizes, edges, count
        self.layer = list(layers)
        self.width = [width for width, _ in sizes]
        self.trunks: list[list[int]] = []
        top = list(layers)  # the highest layer that a trunk into this node needs
        for upper, lower in edges:
            top[lower] = min(top[lower], layers[upper] + 1)
        self.trunk_of: dict[int, tuple[int, list[int]]] = {}
        for node in range(count):
            if top[node] < layers[node]:
                trunk = list(range(len(self.layer), len(self.layer) + layers[node] - top[node]))
                self.layer.extend(range(top[node], layers[node]))
                self.width.extend([0] * len(trunk))
                self.trunk_of[node] = (top[node], trunk)
        total = len(self.layer)
        # links join neighbouring layers only; the link of each edge is where it starts
        self.links: list[tuple[int, int]] = []
        self.edge_link: list[int] = []
        for upper, lower in edges:
            target = lower
            if layers[lower] > layers[upper] + 1:
                start, trunk = self.trunk_of[lower]
                target = trunk[layers[upper] + 1 - start]
            self.edge_link.append(len(self.links))
            self.links.append((upper, target))
        self.trunk_link: dict[int, int] = {}  # place → the link that leaves it
        for node, (_, trunk) in self.trunk_of.items():
            for place, following in zip(trunk, [*trunk[1:], node], strict=True):
                self.trunk_link[place] = len(self.links)
                self.links.append((place, following))
        self.above: list[list[int]] = [[] for _ in range(total)]
        self.below: list[list[int]] = [[] for _ in range(total)]
        for upper, lower in self.links:
            self.above[lower].append(upper)
            self.below[upper].append(lower)
        self.rows: list[list[int]] = [[] for _ in range(max(self.layer) + 1)]

    # order: fewer crossings ------------------------------------------------------------------------------------

    def order(self) -> None:
        """Depth first from the roots, then barycentre sweeps; ties keep their order, and the best order wins."""
        total, seen = len(self.layer), set()
        for root in (place for place in range(total) if not self.above[place]):
            stack = [root]
            while stack:
                place = stack.pop()
                if place not in seen:
                    seen.add(place)
                    self.rows[self.layer[place]].append(place)
                    stack.extend(reversed(self.below[place]))
        rank = [0] * total
        self._rank(rank)
        best, fewest = [list(row) for row in self.rows], self._crossings(rank)
        for sweep in range(SWEEPS):
            if not fewest:
                break
            down = sweep % 2 == 0
            for row in self.rows if down else reversed(self.rows):
                near = self.above if down else self.below
                middle = {p: sum(rank[q] for q in near[p]) / len(near[p]) if near[p] else rank[p] for p in row}
                row.sort(key=middle.__getitem__)
                for index, place in enumerate(row):
                    rank[place] = index
            crossings = self._crossings(rank)
            if crossings < fewest:
                best, fewest = [list(row) for row in self.rows], crossings
        self.rows = best

    def _rank(self, rank: list[int]) -> None:
        for row in self.rows:
            for index, place in enumerate(row):
                rank[place] = index

    def _crossings(self, rank: list[int]) -> int:
        """Pairs of links that cross, counted by insertion into a Fenwick tree (Barth, Jünger and Mutzel)."""
        total = 0
        for row, lower_row in zip(self.rows, self.rows[1:], strict=False):
            size = len(lower_row)
            if len(row) < 2 or size < 2:
                continue
            tree, inserted = [0] * (size + 1), 0
            for place in row:
                ends = sorted(rank[q] + 1 for q in self.below[place])
                for end in ends:
                    index, before = end, 0
                    while index:
                        before += tree[index]
                        index &= index - 1
                    total += inserted - before
                for end in ends:
                    inserted += 1
                    while end <= size:
                        tree[end] += 1
                        end += end & -end
        return total

    # x: straight where it matters ------------------------------------------------------------------------------

    def spread(self) -> None:
        """Each place as near to its neighbours as the order allows; what leads to a deep part stays straight."""
        depth = [1] * self.boxes
        below: list[list[int]] = [[] for _ in depth]
        for upper, lower in self.edges:
            below[upper].append(lower)
        for row in reversed(self.rows):
            for place in row:
                if place < self.boxes:
                    depth[place] = 1 + max((depth[lower] for lower in below[place]), default=0)
        self.weight = [d**3 for d in depth] + [TRUNK_WEIGHT] * (len(self.layer) - self.boxes)
        self.x = [0] * len(self.layer)
        for row in self.rows:
            self._place(row, [0] * len(row))
        for _ in range(3):
            for row in reversed(self.rows):
                self._toward(row, self.below)
            for row in self.rows:
                self._toward(row, self.above)
        self._straighten()

    def _toward(self, row: list[int], near: list[list[int]]) -> None:
        wish = []
        for place in row:
            total = weight = 0
            for other in near[place]:
                pull = self.weight[other] if place < self.boxes else 50 if other >= self.boxes else 1
                total += pull * self.x[other]
                weight += pull
            wish.append(_nearest(total, weight) if weight else self.x[place])
        self._place(row, wish)

    def _apart(self, left: int, right: int) -> int:
        gap = TRUNK_GAP if self.boxes <= left or self.boxes <= right else NODE_GAP
        return (self.width[left] + 1) // 2 + gap + (self.width[right] + 1) // 2

    def _place(self, row: list[int], wish: list[int]) -> None:
        """The positions nearest to `wish`, by weighted least squares, that keep order and gaps: isotonic regression."""
        offset, offsets, blocks = 0, [], []
        for index, place in enumerate(row):
            if index:
                offset += self._apart(row[index - 1], place)
            offsets.append(offset)
            weight = self.weight[place]
            total, length = weight * (wish[index] - offset), 1
            while blocks and blocks[-1][0] * weight > total * blocks[-1][1]:
                earlier = blocks.pop()
                total, weight, length = total + earlier[0], weight + earlier[1], length + earlier[2]
            blocks.append((total, weight, length))
        index = 0
        for total, weight, length in blocks:
            for _ in range(length):
                self.x[row[index]] = _nearest(total, weight) + offsets[index]
                index += 1

    def _straighten(self) -> None:
        """Move the places of each trunk onto as few vertical lines as their neighbours leave room for."""
        rank = [0] * len(self.layer)
        self._rank(rank)
        for node, (_, trunk) in self.trunk_of.items():
            run: list[int] = []
            low, high = -(1 << 40), 1 << 40
            for place in [*trunk, None]:
                if place is not None:
                    row, index = self.rows[self.layer[place]], rank[place]
                    left, right = row[index - 1] if index else None, row[index + 1] if index + 1 < len(row) else None
                    lowest = -(1 << 40) if left is None else self.x[left] + self._apart(left, place)
                    highest = 1 << 40 if right is None else self.x[right] - self._apart(place, right)
                    if max(low, lowest) <= min(high, highest):
                        low, high = max(low, lowest), min(high, highest)
                        run.append(place)
                        continue
                wish = self.x[node] if place is None else sum(self.x[p] for p in run) // len(run)
                for member in run:
                    self.x[member] = min(max(wish, low), high)
                if place is not None:
                    run, low, high = [place], lowest, highest

    # y and the edges -------------------------------------------------------------------------------------------

    def draw(self) -> Layout:
        shift = MARGIN - min(self.x[p] - self.width[p] // 2 for p in range(len(self.x)))
        self.x = [x + shift for x in self.x]
        width = MARGIN + max(self.x[p] + (self.width[p] + 1) // 2 for p in range(len(self.x)))
        start, end = self._ports()
        reach = [0] * len(self.rows)
        for link, (upper, _) in enumerate(self.links):
            reach[self.layer[upper]] = max(reach[self.layer[upper]], abs(start[link] - end[link]))
        tops, bottoms, y = [], [], MARGIN
        for row, far in zip(self.rows, reach, strict=True):
            height = max((self.sizes[p][1] for p in row if p < self.boxes), default=0)
            tops.append(y)
            bottoms.append(y + height)
            y += height + LAYER_GAP + min(far // 24, 36)
        boxes = [
            (self.x[node] - width_ // 2, tops[self.layer[node]], width_, height)
            for node, (width_, height) in enumerate(self.sizes)
        ]
        segments = []
        for link, (upper, lower) in enumerate(self.links):
            level = self.layer[upper]
            y0 = tops[level] + (self.sizes[upper][1] if upper < self.boxes else 0)
            following = self.trunk_link[lower] if lower >= self.boxes else -1
            segments.append(Segment(start[link], y0, bottoms[level], end[link], tops[level + 1], following))
        return Layout(width, bottoms[-1] + MARGIN, boxes, self.layer[: self.boxes], segments, list(self.edge_link))

    def _ports(self) -> tuple[list[int], list[int]]:
        """Where each link leaves its upper and enters its lower place: as straight as the boxes allow, and apart."""
        out: list[list[int]] = [[] for _ in self.layer]
        into: list[list[int]] = [[] for _ in self.layer]
        for link, (upper, lower) in enumerate(self.links):
            out[upper].append(link)
            into[lower].append(link)
        start, end = [0] * len(self.links), [0] * len(self.links)
        for place, links in enumerate(out):
            wish = [self.x[self.links[link][1]] for link in links]
            for link, x in zip(links, self._along(place, wish), strict=True):
                start[link] = x
        for place, links in enumerate(into):
            for link, x in zip(links, self._along(place, [start[link] for link in links]), strict=True):
                end[link] = x
        return start, end

    def _along(self, place: int, wish: list[int]) -> list[int]:
        """Positions along one side of a place, near to `wish` and in its order, PORT_GAP apart where there is room."""
        room = max(self.width[place] // 2 - 10, 0)
        low, high = self.x[place] - room, self.x[place] + room
        if len(wish) == 1 or not room:
            return [min(max(x, low), high) for x in wish]
        gap = min(PORT_GAP, 2 * room // (len(wish) - 1))
        order = sorted(range(len(wish)), key=wish.__getitem__)
        found = [0] * len(wish)
        last = low - gap
        for left, index in enumerate(order):
            limit = high - gap * (len(order) - 1 - left)
            last = found[index] = min(max(wish[index], last + gap), limit)
        return found


def _nearest(total: int, weight: int) -> int:
    """total / weight to the nearest whole number: rounding down would let a long chain drift to the left."""
    return (2 * total + weight) // (2 * weight)
