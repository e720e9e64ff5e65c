"""The picture of a graph as plain JSON: what is drawn while some blocks are folded, where, and what each step shows."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from typing import Any

from .graph_blocks import Block
from .graph_layout import layout
from .graph_story import LIMIT, Story
from .graph_words import computed, leaf_filled, operation_ran
from .svg import text_width

PHASES = ("forward", "backward", "again", "again, retained")
START, MOST = 60, 1_200  # boxes drawn at first, and at most
BOX, LEAF = 32, 48  # heights
RETAINED = (
    "The first pass was backward(retain_graph=True): nothing was freed. Each .grad grows by the same gradient again."
)
NOTHING_SAVED = (
    "This graph saved no tensors, so the first pass freed none: a second backward() works even without "
    "retain_graph=True, and adds to each .grad."
)
SECOND_STOPS = (
    "The second backward() stops at {}: the first one freed what it saved. backward(retain_graph=True) the first time "
    "would have kept it. (RuntimeError)"
)


def first_open(story: Story, most: int = START) -> set[str]:
    """Blocks to open so that at most so many boxes are drawn: level after level from the outside."""
    found: set[str] = set()
    held = Counter(story.home)  # boxes that stand in a block itself
    boxes = held[None] + sum(isinstance(item, Block) for item in story.items)
    level = [item for item in story.items if isinstance(item, Block)]
    while level:
        inner = [item for block in level for item in block.items if isinstance(item, Block)]
        boxes += sum(held[block] for block in level) + len(inner) - len(level)
        if boxes > most:
            break
        found |= {block.key for block in level}
        level = inner
    return found


class View:
    """One picture of a story; `picture` is the result."""

    def __init__(self, story: Story, opened: set[str], phase: str) -> None:
        self.story, self.opened, self.phase = story, opened, phase
        self.glimpses: list[dict[str, Any]] = []
        self.renumbered: dict[int, int] = {}  # glimpse of the story → of this picture
        self._gather()
        self._count_steps()
        self._join()
        self.picture = self._picture()

    # what is drawn ---------------------------------------------------------------------------------------------

    def _gather(self) -> None:
        """`shown` are the spots and folded blocks, `at[spot]` is the place there of each spot."""
        stands: dict[Block | None, Block | None] = {None: None}  # for all in this block

        def stand(block: Block | None) -> Block | None:
            if block not in stands:
                outer = stand(block.parent)
                stands[block] = outer or (None if block.key in self.opened else block)
            return stands[block]

        self.shown: list[int | Block] = []
        self.inside: dict[Block, list[int]] = {}
        self.at: list[int] = []
        places: dict[Block, int] = {}
        for spot, home in enumerate(self.story.home):
            block = stand(home)
            if block is None:
                self.at.append(len(self.shown))
                self.shown.append(spot)
                continue
            if block not in places:
                places[block] = len(self.shown)
                self.shown.append(block)
            self.at.append(places[block])
            self.inside.setdefault(block, []).append(spot)

    def _count_steps(self) -> None:
        """`told` are the steps of this phase, `step_of[spot]` is when a spot runs, `failed` where the phase stops."""
        story = self.story
        self.failed: int | None = None
        if self.phase == "forward":
            self.told = [{"node": at} for at in reversed(story.order) if at in story.told]
        else:
            self.told, self.failed = story.steps, story.failed
        if self.phase == "again":
            for number, told in enumerate(story.steps):
                if self._keeps(told["node"]):
                    self.told, self.failed = story.steps[:number], told["node"]
                    break
        self.step_of = {told["node"]: number for number, told in enumerate(self.told, 1)}

    def _keeps(self, spot: int) -> int:
        """How many tensors the spot saved for backward."""
        return sum("version" in entry for entry in self.story.saved.get(spot, ()))

    def _join(self) -> None:
        """Edges between what is shown; those of a folded block to one other box are one."""
        self.edges: list[dict[str, Any]] = []
        known: dict[tuple[int, int], dict[str, Any]] = {}
        forward = self.phase == "forward"
        for link in self.story.links:
            pair = source, target = self.at[link.source], self.at[link.target]
            if source == target:
                continue
            step = self.step_of.get(link.source) if forward or link.kind == "grad" else None
            folded = isinstance(self.shown[source], Block) or isinstance(self.shown[target], Block)
            edge = known.get(pair) if folded else None
            if edge is None:
                text = "" if forward else link.text
                edge = {"from": source, "to": target, "slot": link.slot, "port": link.port, "kind": link.kind}
                edge |= {"text": text, "steps": [], "count": 0}
                if link.glimpse is not None and not forward:
                    edge["glimpse"] = self._use(link.glimpse)
                if link.numbers and not (forward or folded):
                    edge["numbers"] = link.numbers
                known[pair] = edge
                self.edges.append(edge)
            elif link.kind == "grad":
                edge["kind"], edge["text"] = "grad", "" if forward else "gradients"
                edge.pop("glimpse", None)
            edge["count"] += link.kind == "grad"
            if step is not None:
                edge["steps"].append(step)
        self.leaving: dict[int, list[dict[str, Any]]] = {}
        self.arriving: dict[int, list[dict[str, Any]]] = {}
        for edge in self.edges:
            edge["steps"].sort()
            if edge["kind"] == "grad":
                self.leaving.setdefault(edge["from"], []).append(edge)
                self.arriving.setdefault(edge["to"], []).append(edge)

    def _use(self, glimpse: int | None) -> int | None:
        if glimpse is None:
            return None
        if glimpse not in self.renumbered:
            self.renumbered[glimpse] = len(self.glimpses)
            self.glimpses.append(self.story.glimpses[glimpse])
        return self.renumbered[glimpse]

    # the whole -------------------------------------------------------------------------------------------------

    def _picture(self) -> dict[str, Any]:
        story = self.story
        sizes = [self._size(at, len(self.arriving.get(at, ()))) for at in range(len(self.shown))]
        places = layout(sizes, [(edge["from"], edge["to"]) for edge in self.edges])
        boxes = [list(box) for box in places.boxes]
        segments = [[s.x0, s.y0, s.bend, s.x1, s.y1, s.next] for s in places.segments]
        if self.phase == "forward":  # upside down, so that the data run downward
            tall = places.height
            boxes = [[x, tall - y - high, wide, high] for x, y, wide, high in boxes]
            segments = [[x0, tall - y0, tall - bend, x1, tall - y1, on] for x0, y0, bend, x1, y1, on in segments]
        for edge, first in zip(self.edges, places.first, strict=True):
            edge["path"] = first
        return {
            "title": story.title,
            "expression": story.expression,
            "shape": story.shape,
            "count": story.count,
            "leaves": story.leaves,
            "phase": self.phase,
            "phases": list(PHASES if story.failed is None and not story.cut else PHASES[:2]),
            "folds": len(story.blocks),
            "folded": sum(isinstance(item, Block) for item in self.shown),
            "width": places.width,
            "height": places.height,
            "nodes": [self._node(at, box) for at, box in enumerate(boxes)],
            "edges": self.edges,
            "segments": segments,
            "steps": [self._step(number, told) for number, told in enumerate(self.told, 1)],
            "glimpses": self.glimpses,
            "notes": self._notes(),
            "failed": None if self.failed is None else self.at[self.failed],
            "summary": story.summary,
            "empty": "",
        }

    def _label(self, at: int) -> tuple[str, str, str]:
        """Kind, label and what stands at the right: the shape, or how many nodes are folded."""
        item = self.shown[at]
        if isinstance(item, Block):
            return "block", item.label, f"{len(self.inside[item]):,} nodes"
        spot = self.story.spots[item]
        return spot.kind, spot.label, spot.shape

    def _size(self, at: int, gradients: int) -> tuple[int, int]:
        """Width and height of the box, the same on every machine."""
        kind, label, shape = self._label(at)
        sides, least, height = (56, 136, LEAF) if kind == "leaf" else (56, 80, BOX)
        text = text_width(label, 13, weight=600) + text_width(shape, 11, mono=True)
        text += 4 * sum(letter in "mMwW" for letter in label)  # wider than the average letter
        width = int(sides + text + (30 if gradients > 1 or kind == "block" else 0))
        return -(-max(width, least) // 8) * 8, height

    def _node(self, at: int, box: list[int]) -> dict[str, Any]:
        item, (kind, label, shape) = self.shown[at], self._label(at)
        found: dict[str, Any] = {"kind": kind, "label": label, "shape": shape, "box": box}
        if isinstance(item, Block):
            return found | self._block(item)
        story, spot = self.story, self.story.spots[item]
        home = story.home[item]
        found |= {"key": spot.key, "name": spot.name, "step": self.step_of.get(item)}
        if self.phase == "forward" and kind == "leaf":
            found["step"] = 0  # it is there before the first
        if spot.variable:
            found["variable"] = spot.variable
        if spot.alias:
            found["called"] = story.called(item)
        if home is not None:
            found["in"] = [block.key for block in home.around()]
        if kind == "data":
            return found | {"value": self._use(spot.value)}
        if spot.line:
            found["line"] = spot.line
        found |= story.told.get(item, {})
        if item in story.saved:
            found["saved"] = [self._saved(entry) for entry in story.saved[item]]
            found["next"] = [[name, port, None if to is None else self.at[to]] for name, port, to in story.next[item]]
            if any(entry.get("stale") for entry in found["saved"]):
                found["stale"] = True
        return found

    def _saved(self, entry: dict[str, Any]) -> dict[str, Any]:
        if "version" in entry and self.phase == "again":
            return {"name": entry["name"], "text": "freed by the first backward()", "bad": True}
        if "glimpse" not in entry:
            return entry
        return entry | {"glimpse": self._use(entry["glimpse"])}

    def _block(self, block: Block) -> dict[str, Any]:
        story, spots = self.story, self.inside[block]
        runs = [spot for spot in spots if story.spots[spot].kind != "data"]
        if self.phase == "forward":
            runs = [spot for spot in runs if story.spots[spot].kind == "op"]
        ran = sorted(self.step_of[spot] for spot in runs if spot in self.step_of)
        operations = Counter(story.spots[spot].name for spot in spots if story.spots[spot].kind == "op")
        leaves = [story.spots[spot].label for spot in spots if story.spots[spot].kind == "leaf"]
        return {
            "key": block.key,
            "name": block.kind,
            "step": ran[-1] if len(ran) == len(runs) else None,
            "ran": ran,
            "runs": len(runs),
            "inside": [list(pair) for pair in operations.most_common(8)],
            "kinds": len(operations),
            "holds": leaves[:8],
            "leaves": len(leaves),
            "in": [outer.key for outer in block.around()][1:],
        }

    # the steps -------------------------------------------------------------------------------------------------

    def _step(self, number: int, told: dict[str, Any]) -> dict[str, Any]:
        spot, at = told["node"], self.at[told["node"]]
        start = f"step {number} of {len(self.told)}: "
        if self.phase == "forward":
            saved = [entry["name"] for entry in self.story.saved.get(spot, ()) if "version" in entry]
            one = self.story.spots[spot]
            words = computed(one.name if one.alias else one.key, self.story.told[spot]["forward"], one.shape, saved)
            return {"node": at, "words": start + words, "incoming": [], "frees": 0}
        found = {"node": at, "incoming": [], "frees": self._keeps(spot)}
        leaf = self.story.spots[spot].kind == "leaf"
        before, after, grew = told.get("before"), told.get("after"), told.get("grew", "")
        if self.phase.startswith("again") and after is not None:
            before, after, grew = after, told.get("twice", after), told.get("grew twice", "")
        if leaf:
            seen = (None if one is None else self.story.glimpses[one] for one in (before, after))
            found["words"] = start + leaf_filled(self.story.called(spot), *seen)
        else:
            found["words"] = start + self._ran(number, spot)
        if not isinstance(self.shown[at], Block):
            found["incoming"] = [self._use(one) for one in told["incoming"]]
            if told.get("added"):
                found["added"] = told["added"]
            if leaf:
                found |= {"before": self._use(before), "after": self._use(after), "grew": grew}
        return found

    def _ran(self, number: int, spot: int) -> str:
        story, at = self.story, self.at[spot]
        if isinstance(self.shown[at], Block):
            return f"{story.called(spot)} runs, in {self.shown[at].label}"
        leaving = self.leaving.get(at, [])
        waiting = []
        for target in dict.fromkeys(edge["to"] for edge in leaving):
            left = sum(edge["count"] - bisect(edge["steps"], number) for edge in self.arriving[target])
            if left and not isinstance(self.shown[target], Block):
                waiting.append((self._called(target), left))
        return operation_ran(story.called(spot), [(e["text"], self._called(e["to"])) for e in leaving], waiting)

    def _called(self, at: int) -> str:
        item = self.shown[at]
        return item.label if isinstance(item, Block) else self.story.called(item)

    def _notes(self) -> list[dict[str, str]]:
        """What one has to know about this pass; `tone` is "warn" where it stops short."""
        story, notes = self.story, []
        backward = self.phase != "forward"
        if backward and not story.scalar:
            notes.append(
                f"The output has shape {story.shape}, so backward() needs a gradient to start from. "
                "Here it starts from ones, as for the sum of all elements."
            )
        if story.cut:
            notes.append(
                f"This graph has {story.count:,} nodes. Its backward pass was run for the first {len(story.steps)} "
                f"steps, those nearest to the output; values are shown for graphs of up to {LIMIT:,} nodes."
            )
        hooked = [story.called(at) for at, spot in enumerate(story.spots) if spot.hooked]
        if backward and hooked:
            have = "have hooks" if len(hooked) > 1 else "has a hook"
            notes.append(f"{', '.join(hooked[:4])} {have}: backward() would call it, this picture does not.")
        found = [{"tone": "", "text": text} for text in notes]
        if backward and story.stopped:
            found.append({"tone": "warn", "text": story.stopped})
        elif self.phase == "again, retained":
            found.append({"tone": "", "text": RETAINED})
        elif self.phase == "again" and self.failed is None:
            found.append({"tone": "", "text": NOTHING_SAVED})
        elif self.phase == "again":
            found.append({"tone": "warn", "text": SECOND_STOPS.format(story.called(self.failed))})
        return found
