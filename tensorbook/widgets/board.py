"""Boards: several tensors as cells side by side, where pointing at one cell lights up what it was made of.

A widget on a board says in `content()` which tensors (`Panel`), which cells of one belong to which cells of another
(`links`) and what there is to say about a cell (`words`). The board makes JSON of it, draws it as a still picture
(board_svg.py) and in the page (js/board.js), and asks a question first where it was made with `quiz=True`.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar

import traitlets

from .board_svg import draw
from .cells import GAP, MOST_CELLS, block, cell_size, indices, shown, values
from .inputs import Layout, exact, short
from .quiz import Quiz
from .svg import text_width

FEW = 100
"""A panel of so few cells shows its numbers, also beside one that has no room for them."""

Index = tuple[int, ...]
Words = dict[str, Any]
"""What is said about a cell: `head`, a line; `formula`, pieces `[text, colour]` (or `[…, weight]`); `note`, a line."""


@dataclass(kw_only=True)
class Panel:
    """One tensor, or one small table, on a board."""

    id: str
    title: str
    shape: Sequence[int]
    value: Callable[[Index], Any]
    """What stands in a cell: a number, a word, or None."""
    dtype: str = ""
    note: str = ""
    sign: str = ""
    """What stands between it and the panel before: `+`, `@`, `=`."""
    tone: int = 0
    """Its colour, when one of its cells is lit: 0 … 4 as the dims are coloured."""
    dims: Sequence[int] | None = None
    """The colour of each dim's numbers, 0 … 4; grey unless told."""
    first: Sequence[int] | None = None
    """The number of the first index of each dim, where that is not 0."""
    kind: Callable[[Index], str] = lambda index: ""
    """How a cell looks at rest: `ghost`, `pick`, `dim`, `bad`, `new` or nothing of these."""
    said: dict[str, str] = field(default_factory=dict)
    """What each kind means, for those who cannot see it."""
    heat: bool = False
    """Colour its cells by their values; done anyway where there is no room for numbers."""
    rows: Sequence[str] | None = None
    columns: Sequence[str] | None = None
    """Names instead of numbers for the rows and columns of a table."""
    new_line: bool = False
    """Begin a new line of panels with it."""
    label: Callable[[Index], str] | None = None
    """What a cell is called; `title[i, j]` unless told."""

    def name(self, index: Index) -> str:
        if self.label:
            return self.label(index)
        first = self.first or [0] * len(index)
        return cell_name(self.title, [i + f for i, f in zip(index, first, strict=True)])

    def json(self, cell: tuple[int, int, int], dims: list[list[int]], found: list[Any]) -> dict[str, Any]:
        cells, texts = indices(dims), [text_of(value) for value in found]
        kinds = {k: kind for k, index in enumerate(cells) if (kind := self.kind(index))}
        left = max((text_width(row, 11, mono=True) for row in self.rows), default=0) + 12 if self.rows else None
        if left is None and self.first and len(dims) > 1:
            left = text_width(str(self.first[-2]), 11, mono=True) + 16
        full = {
            k: whole
            for k, (value, text) in enumerate(zip(found, texts, strict=True))
            if value is not None and not isinstance(value, str) and (whole := exact(value, self.dtype)) != text
        }
        return {
            "id": self.id, "title": self.title, "note": self.note, "sign": self.sign, "tone": self.tone % 5,
            "dims": [f"i{d % 5}" for d in self.dims] if self.dims else ["dim"] * len(self.shape),
            "first": list(self.first or []), "shape": list(self.shape), "shown": dims, "cell": list(cell),
            "full": full, "texts": texts, "kinds": kinds, "said": self.said, "rows": self.rows,
            "columns": self.columns, "newLine": self.new_line, "names": [self.name(index) for index in cells],
            "shades": _shades(found) if (self.heat or cell[2] == 0) and not self.rows else None,
            **block(dims, cell, left),
        }  # fmt: skip


def text_of(value: Any) -> str:
    """What stands in a cell: a number in four digits, a word as it is."""
    return value if isinstance(value, str) else short(value)


def _shades(found: list[Any]) -> list[int]:
    """Values as percents of the largest, signed; 0 for what is no finite number."""
    numbers = [float(v) if isinstance(v, int | float) and isfinite(v) else 0.0 for v in found]
    most = max(map(abs, numbers), default=0) or 1.0
    return [round(100 * number / most) for number in numbers]


@dataclass(kw_only=True)
class Content:
    """What a board shows; see the module's words."""

    name: str
    expression: str = ""
    kind: str = ""
    facts: list[dict[str, str]] = field(default_factory=list)
    """Chips; one with `secret` true is not shown before the quiz is answered."""
    panels: list[Panel] = field(default_factory=list)
    links: dict[str, Callable[[Index], dict[str, Iterable[Index]]]] = field(default_factory=dict)
    """Of a panel: which cells of the others belong to one of its cells."""
    words: dict[str, Callable[[Index], Words]] = field(default_factory=dict)
    rest: tuple[str, Index] | None = None
    """The cell that is explained while none is pointed at."""
    heading: str = ""
    lines: list[list[list[Any]]] = field(default_factory=list)
    """Lines of pieces `[text, colour, weight?]`, under the heading."""
    legend: list[list[str]] = field(default_factory=list)
    """What the looks of cells mean: `[kind, colour, words]`."""
    refusal: dict[str, str] | None = None
    """`title`, `said` (the library's own words) and `rule`, where something does not work."""
    line: str = ""
    remark: str = ""
    more: dict[str, Any] = field(default_factory=dict)
    """What the widget's own module needs beside."""


class Board(Quiz):
    """A picture made of panels. A subclass says `content()`, and for a quiz `question` and `answer`."""

    target: ClassVar[str] = "out"
    """The panel whose cells are explained and can be pinned from Python."""
    most: ClassVar[int] = MOST_CELLS
    """The most cells that one panel draws."""
    secrets: ClassVar[tuple[str, ...]] = ("out",)
    """The panels that a quiz hides."""
    told: ClassVar[tuple[str, ...]] = ()
    """The panels whose cells are explained also while a quiz is open."""

    selected = traitlets.Tuple(allow_none=True, default_value=None).tag(sync=True)
    """The index of the cell of the target that is pinned, or None."""

    # What a subclass says ---------------------------------------------------------------------------------------------

    def content(self) -> Content:
        raise NotImplementedError(f"{type(self).__name__}.content")

    def summary(self) -> str:
        """The alternative text, in a sentence or two."""
        raise NotImplementedError(f"{type(self).__name__}.summary")

    # What the page asks for -------------------------------------------------------------------------------------------

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        match kind:
            case "select":
                self.selected = None if data["index"] is None else tuple(data["index"])
            case _:
                return super().receive(kind, data)

    def shape_of_target(self) -> tuple[int, ...] | None:
        """The shape that `selected` points into: as shown last."""
        panel = next((p for p in self.picture.get("panels", ()) if p["id"] == self.target), None)
        return tuple(panel["shape"]) if panel else None

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> Index | None:
        index, shape = proposal["value"], self.shape_of_target()
        if index is None:
            return None
        if shape is None or len(index) != len(shape) or not all(
            type(i) is int and -n <= i < n for i, n in zip(index, shape, strict=True)
        ):  # fmt: skip
            raise traitlets.TraitError(f"selected is {index}; expected an index into the shape {shape}, or None")
        return tuple(i % n for i, n in zip(index, shape, strict=True))

    # What is shown ----------------------------------------------------------------------------------------------------

    def compute(self) -> dict[str, Any]:
        content = self.content()
        hidden = () if self.revealed else self.secrets
        panels = [panel for panel in content.panels if panel.id not in hidden]
        made, numbers = self._panels(panels)
        links = {}
        for name, of in content.links.items():
            if name in numbers and self.revealed:
                links[name] = [_drawn(of(index), numbers) for index in numbers[name]]
        words = {
            name: [of(index) for index in numbers[name]]
            for name, of in content.words.items()
            if name in numbers and (self.revealed or name in self.told)
        }
        rest = None
        if content.rest and self.revealed and content.rest[1] in numbers.get(content.rest[0], {}):
            rest = [content.rest[0], numbers[content.rest[0]][content.rest[1]]]
        cut = [p.title for p, j in zip(panels, made, strict=True) if any(GAP in dim for dim in j["shown"])]
        return {
            "name": content.name, "expression": content.expression, "kind": content.kind,
            "facts": [fact for fact in content.facts if self.revealed or not fact.get("secret")],
            "panels": made, "links": links, "words": words, "rest": rest,
            "heading": content.heading if self.revealed else "", "lines": content.lines if self.revealed else [],
            "legend": content.legend, "warm": any(panel["shades"] for panel in made),
            "refusal": content.refusal if self.revealed else None,
            "cut": f"too large to draw whole: of {', '.join(cut)} the first and last of each long dim" if cut else "",
            "line": content.line if self.revealed else "", "remark": content.remark if self.revealed else "",
            "quiz": self.asking(), "target": self.target, **content.more,
        }  # fmt: skip

    def _panels(self, panels: list[Panel]) -> tuple[list[dict[str, Any]], dict[str, dict[Index, int]]]:
        """The panels as JSON, and of each the number of every index that is drawn."""
        dims = {p.id: shown(p.shape, self.most) for p in panels}
        numbers = {p.id: {index: k for k, index in enumerate(indices(dims[p.id]))} for p in panels}
        found = {p.id: [p.value(index) for index in numbers[p.id]] for p in panels}
        cells = [p for p in panels if not p.rows]
        many = max((len(numbers[p.id]) for p in cells), default=1)
        texts = [text_of(value) for p in cells for value in found[p.id]]
        ticks = [text_width(str(max(d)), 11, mono=True) + 6 for p in cells for d in dims[p.id][-1:] if d]
        size = cell_size(many, texts, max(ticks, default=0))
        made = []
        for p in panels:
            wide = [*map(str, found[p.id]), *(c + " " for c in p.columns or ())]
            own = (
                [text_of(value) for value in found[p.id]]
                if size[2] == 0 and len(numbers[p.id]) <= FEW and not p.rows
                else []
            )
            cell = cell_size(1, wide) if p.rows else cell_size(len(own), own) if own else size
            made.append(p.json(cell, dims[p.id], found[p.id]))
        return made, numbers

    def describe(self) -> str:
        if not self.revealed:
            return f"{type(self).__name__} asks: {self.question}"
        return self.summary()

    def resting(self) -> tuple[str, int] | None:
        """The panel and the number of the cell that is explained: the pinned one, else the one at rest."""
        panel = next((p for p in self.picture["panels"] if p["id"] == self.target), None)
        if panel and self.selected is not None:
            try:
                return self.target, indices(panel["shown"]).index(tuple(self.selected))
            except ValueError:  # pinned, but among those left out
                pass
        return tuple(self.picture["rest"]) if self.picture["rest"] else None

    def draw(self, theme: str) -> str:
        return draw(self.picture, self.alt, self.resting(), theme)

    def show(self) -> None:
        """Show it anew after it has changed; a pin that no longer fits goes."""
        with self.hold_sync():
            pinned, self.selected = self.selected, None
            self.refresh()
            if pinned is not None:
                with suppress(traitlets.TraitError):
                    self.selected = pinned


def _drawn(belong: dict[str, Iterable[Index]], numbers: dict[str, dict[Index, int]]) -> dict[str, list[int]]:
    return {
        name: [numbers[name][index] for index in found if index in numbers[name]]
        for name, found in belong.items()
        if name in numbers
    }


def middle(shape: Sequence[int], most: int = MOST_CELLS) -> Index | None:
    """An index in the middle of what is drawn; None where there is no element."""
    drawn = [[i for i in dim if i != GAP] for dim in shown(shape, most)]
    return tuple(dim[len(dim) // 2] for dim in drawn) if all(drawn) else None


def reader(layout: Layout, most: int = MOST_CELLS) -> Callable[[Index], Any]:
    """Reads the values of the cells that are drawn of a tensor, all at once."""
    slots = sorted({layout.slot(index) for index in indices(shown(layout.shape, most))})
    found = dict(zip(slots, values(layout, slots), strict=True))
    return lambda index: found.get(layout.slot(index))


def cell_name(name: str, index: Sequence[int]) -> str:
    """`a[1, 2]`, or `a` for a scalar."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def tuple_text(numbers: Iterable[int]) -> str:
    """A shape as Python writes it.

    >>> tuple_text([3]), tuple_text([])
    ('(3,)', '()')
    """
    return str(tuple(int(n) for n in numbers))


def counted(count: int, thing: str) -> str:
    """A number of things.

    >>> counted(1, "element"), counted(1200, "element")
    ('1 element', '1,200 elements')
    """
    return f"{count:,} {thing}{'' if count == 1 else 's'}"
