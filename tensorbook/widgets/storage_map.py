"""StorageMap: several tensors over the memory that they read; write into one, and all that share the slot change."""

import re
import sys
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import Any

from .board import Board, Content, Index, Panel, Words, cell_name, counted, reader, tuple_text
from .cells import indices, shown
from .inputs import as_tensor, read, short
from .storage_groups import Member, Strip, group
from .view_code import parse

MOST, MOST_ALL = 300, 2000
"""The most cells that are drawn of one tensor or storage, and of all together."""
TONES = (0, 1, 3, 4)
"""The colours of the tensors, in turn; green is the storage's."""
MOST_TENSORS = 12


class StorageMap(Board):
    """Tensors over one strip of memory: slots that several read, what a write changes, versions, who is a view of whom.

    A value can be written, into the real tensor, and every alias flashes. `clone`, `detach`, `contiguous` and views
    make further tensors on the map, and show which of them keep the tie to the storage.

    Args:
        views: tensorbook tensors, `torch.Tensor`s or NumPy arrays, also mixed; up to 12.
        names: their names, in order; found among the caller's variables unless told.
        quiz: hide the storages and ask first which tensors share memory with the first.

    Raises `TypeError` for what is neither tensor nor array, `ValueError` for names that are no Python names or too many
    tensors, or none.

    Example:
        >>> import tensorbook as torch
        >>> x = torch.arange(6)
        >>> y = x.view(2, 3)[:, 1:]
        >>> storages = StorageMap(x, y)
        >>> print(storages.alt)
        1 storage. A, 6 × int64: x, y. 4 slots are read by more than one cell.
        >>> storages.write("y", (1, 1), 50)
        >>> x.tolist()
        [0, 1, 2, 3, 4, 50]
        >>> storages.add("z = y.clone()")
        'a copy in a storage of its own: the tie to y is broken'
    """

    module = "storage_map"
    target = "t0"

    def __init__(self, *views: Any, names: Sequence[str] | None = None, quiz: bool = False):
        if not 1 <= len(views) <= MOST_TENSORS:
            raise ValueError(f"{len(views)} tensors were given; expected 1 to {MOST_TENSORS}")
        for view in views:
            read(view)  # raises TypeError, naming what was given
        names = list(names) if names is not None else names_of(views, sys._getframe(1))
        if len(names) != len(views) or len(set(names)) < len(names):
            raise ValueError(f"names are {names}; expected {len(views)} different ones")
        for name in names:
            if not (isinstance(name, str) and name.isidentifier()):
                raise ValueError(f"a name is {name!r}; expected Python names such as 'x'")
        self._members = [Member(name, view) for name, view in zip(names, views, strict=True)]
        self._given = len(self._members)
        self._from = names[0]
        self._last, self._remark = "", ""
        self._refused: dict[str, str] | None = None
        super().__init__(quiz=quiz)
        self.refresh()

    @property
    def most(self) -> int:  # type: ignore[override]
        """Fewer cells of each are drawn where there are many tensors."""
        return min(MOST, MOST_ALL // (len(self._members) + len(group(self._members))))

    # What one can do --------------------------------------------------------------------------------------------------

    @property
    def tensors(self) -> dict[str, Any]:
        """The tensors on the map, by name."""
        return {member.name: member.tensor for member in self._members}

    def _member(self, name: str) -> Member:
        for member in self._members:
            if member.name == name:
                return member
        raise ValueError(f"there is no tensor {name!r} on the map; there are {', '.join(self.tensors)}")

    def write(self, name: str, index: Index, value: Any) -> None:
        """Write a value into an element of the real tensor; shows all that it changed.

        Raises `IndexError` for an index outside the tensor, and what the library raises for a value that does not fit.
        """
        member = self._member(name)
        shape = member.layout.shape
        if len(index) != len(shape) or not all(0 <= i < n for i, n in zip(index, shape, strict=True)):
            raise IndexError(f"{index} is no index into the shape {shape} of {name}")
        before = member.version
        tensor = member.tensor if member.is_array else member.tensor.detach()
        tensor[tuple(index)] = value
        self._last, self._refused = f"{cell_name(name, index)} = {value}", None
        self._from = name
        aliases = self._aliases(member, tuple(index))
        self._remark = f"also changed {_few(aliases)}" if aliases else "no other cell reads this slot"
        if before is not None:
            self._remark += f"; version {before} → {member.version}"
        elif member.is_array:
            self._remark += "; no version counts what is written through an array, so autograd cannot notice"
        self.show()

    def _aliases(self, member: Member, index: Index) -> list[str]:
        strip = next(s for s in group(self._members) if member in s.members)
        slots = set(strip.slots_of(member, index))
        return [
            cell_name(other.name, cell)
            for other in strip.members
            for cell in indices(shown(other.layout.shape, self.most))
            if (other is not member or cell != index) and slots & set(strip.slots_of(other, cell))
        ]

    def add(self, code: str) -> str:
        """Make a further tensor from one on the map: `z = x[1:].clone()`; says whether it shares memory with that.

        Raises `ValueError` for a line that cannot be read, or a name that is taken, and what the library raises.
        """
        match = re.match(r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.*)", code, re.S)
        name, rest = (match[1], match[2]) if match else (self._free_name(), code.strip())
        if name in self.tensors:
            raise ValueError(f"{name} is on the map already; choose another name")
        if len(self._members) >= MOST_TENSORS:
            raise ValueError(f"the map holds {MOST_TENSORS} tensors; remove one first")
        source = re.match(r"[^\W\d]\w*", rest)
        parent = self._member(source[0] if source else self._from)
        tensor = given = as_tensor(parent.tensor)
        steps = parse(rest, parent.name)
        for step in steps:
            tensor = step(tensor)
        roots = [own if base is None else base for own, base in ((given, given._base), (parent.tensor, parent.base))]
        made = Member(name, tensor, parent.name + "".join(step.code for step in steps), roots[0], roots[1])
        self._members.append(made)
        self._last, self._refused, self._from = f"{name} = {made.code}", None, parent.name
        self._remark = _tie(made, parent, tensor is given)
        self.show()
        return self._remark

    def point(self, tensor: Any, name: str) -> None:
        """Put a tensor on the map where it is not there yet, and make it the one further ones are made from.

        A linked GraphExplorer calls it when a node is picked.
        """
        known = next((member for member in self._members if member.tensor is tensor), None)
        if known is None:
            if len(self._members) >= MOST_TENSORS:
                raise ValueError(f"the map holds {MOST_TENSORS} tensors; remove one first")
            read(tensor)  # raises TypeError, naming what was given
            known = Member(name if name not in self.tensors else self._free_name(), tensor)
            self._members.append(known)
        self._from, self._refused = known.name, None
        self._last, self._remark = known.name, "picked in the graph"
        self.show()

    def remove(self) -> None:
        """Take the tensor that was added last from the map."""
        if len(self._members) > self._given:
            gone = self._members.pop()
            self._last, self._remark = f"del {gone.name}", "the storage goes with the last tensor that reads it"
            if self._from == gone.name:
                self._from = self._members[0].name
        self._refused = None
        self.show()

    def _free_name(self) -> str:
        letters = (c for c in "zyuvwpqrst")
        return next((c for c in letters if c not in self.tensors), f"z{len(self._members)}")

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        match kind:
            case "write":
                return self._attempt(lambda: self._write_typed(data))
            case "add":
                return self._attempt(lambda: self.add(str(data["code"])[:400]), str(data["code"]))
            case "from":
                self._from = self._member(str(data["name"])).name
                return self.refresh()
            case "remove":
                return self.remove()
        return super().receive(kind, data)

    def _write_typed(self, data: dict[str, Any]) -> None:
        member, index = self._locate(str(data["panel"]), tuple(data["index"]))
        self.write(member.name, index, number(str(data["value"]), member.layout.dtype))

    def _attempt(self, work: Any, code: str = "") -> None:
        """Do it; where it is refused, show why beside the picture, which stays."""
        try:
            work()
        except Exception as error:
            title = f"{code} is refused" if code else "this value was not written"
            self._refused = {"title": title, "said": f"{type(error).__name__}: {error}", "rule": ""}
            self.refresh()

    def _locate(self, panel: str, index: Index) -> tuple[Member, Index]:
        """The tensor and element that a cell of the picture is: of a slot, one that reads it."""
        strips = group(self._members)
        if panel.startswith("t"):
            return self._members[int(panel[1:])], index
        strip = strips[int(panel[1:])]
        for member in strip.members:
            for cell in indices(shown(member.layout.shape, self.most)):
                if index[0] in strip.slots_of(member, cell):
                    return member, cell
        raise ValueError(f"no tensor on the map reads slot {index[0]}")

    # The quiz ---------------------------------------------------------------------------------------------------------

    @property
    def secrets(self) -> tuple[str, ...]:  # type: ignore[override]
        return tuple(f"s{k}" for k in range(len(self._members)))

    @property
    def question(self) -> str:
        first, *others = self.tensors
        return f"Which of {', '.join(others) or 'the others'} share memory with {first}? Type their names, or none."

    @property
    def answer(self) -> str:
        first, *others = self._members
        strip = group(self._members)[0]
        return ", ".join(m.name for m in others if m in strip.members and first in strip.members) or "none"

    def is_right(self, guess: str) -> bool:
        def words(text: str) -> set[str]:
            return set(re.findall(r"\w+", text)) - {"and"}

        return words(guess) == words(self.answer)

    def hint(self, guess: str) -> str:
        return "not yet: slices, views, transposes and detach share; clone copies, and so do lists and masks"

    # What is shown ----------------------------------------------------------------------------------------------------

    def content(self) -> Content:
        strips = group(self._members)
        content = Content(
            name="StorageMap",
            expression=", ".join(self.tensors),
            facts=self._facts(strips),
            heading="who reads what",
            lines=[line for strip in strips for line in self._tree(strip)],
            refusal=self._refused,
            line=self._last,
            remark=self._remark,
            legend=[["ghost", "2", "read by none of these"], ["lit", "2", "the same slot"]],
            more={"from": self._from, "names": list(self.tensors), "ops": self._offers(),
                  "added": len(self._members) > self._given},
        )  # fmt: skip
        for k, strip in enumerate(strips):
            self._show_strip(content, f"s{k}", strip)
        first = self._members[0]
        if first.layout.numel:
            drawn = indices(shown(first.layout.shape, self.most))
            content.rest = ("t0", drawn[len(drawn) // 2])
        return content

    def _offers(self) -> list[list[str]]:
        member, name = self._member(self._from), self._free_name()
        n, own = len(member.layout.shape), member.name
        ops = [("[1:]", f"{own}[1:]")] if n else []
        ops += [("t()", f"{own}.t()")] if n == 2 else [("view(-1)", f"{own}.view(-1)")]
        ops += [(op, f"{own}.{op}") for op in ("detach()", "contiguous()", "reshape(-1)", "clone()")]
        return [[label, f"{name} = {code}"] for label, code in ops]

    def _facts(self, strips: list[Strip]) -> list[dict[str, Any]]:
        facts: list[dict[str, Any]] = [{"value": counted(len(strips), "storage"), "secret": True}]
        for strip in strips:
            several = sum(count > 1 for count in strip.counts(self.most).values())
            facts.append({
                "label": f"storage {strip.letter}", "value": f"{strip.slots:,} × {strip.narrow.layout.dtype}",
                "note": f"{several} read more than once" if several else "each slot read once at most",
                "tone": "d2" if several else "text", "secret": True,
            })  # fmt: skip
        return facts

    def _tree(self, strip: Strip) -> list[list[list[Any]]]:
        """The storage, and below it who reads it: bases first, their views below them."""
        bytes_ = strip.stop - strip.start
        lines = [[[f"storage {strip.letter}", "i2", 700], [f"  {bytes_:,} bytes", "dim"]]]
        members = strip.members
        roots = [m for m in members if not any(m.base is other.tensor for other in members)]
        for k, root in enumerate(roots):
            last = k == len(roots) - 1
            below = [m for m in members if m is not root and m.base is root.tensor]
            lines.append(self._branch("└─ " if last else "├─ ", root, self._standing(root, members)))
            for j, member in enumerate(below):
                stem = ("   " if last else "│  ") + ("└─ " if j == len(below) - 1 else "├─ ")
                lines.append(self._branch(stem, member, f"a view: its {member.base_word} is {root.name}"))
        return lines

    def _branch(self, stem: str, member: Member, standing: str) -> list[list[Any]]:
        look = ("dim",) if member.version is None else ("text", 600)
        version = [f"  {member.version_words}", *look]
        made = f" = {member.code}" if member.code else ""
        return [[stem, "dim"], [member.name, f"i{self._tone(member)}", 700], [made, "dim"],
                [f"  {tuple_text(member.layout.shape)}  {standing}", "dim"], version]  # fmt: skip

    def _standing(self, member: Member, members: list[Member]) -> str:
        if member.base is not None:
            return "a view of a tensor that is not on the map"
        first = next(m for m in members if m.base is None or m is member)
        word = member.base_word
        return f"no {word}" if first is member else f"shares the storage, without a {word}"

    def _tone(self, member: Member) -> int:
        return TONES[self._members.index(member) % len(TONES)]

    def _show_strip(self, content: Content, name: str, strip: Strip) -> None:
        counts = strip.counts(self.most)
        at: dict[int, list[tuple[str, Index]]] = {}
        ids = {id(member): f"t{self._members.index(member)}" for member in strip.members}
        for member in strip.members:
            for index in indices(shown(member.layout.shape, self.most)):
                for slot in strip.slots_of(member, index):
                    at.setdefault(slot, []).append((ids[id(member)], index))
        few = strip.slots <= self.most
        ticks = [f"{k} ×{counts[k]}" if counts.get(k, 0) > 1 else str(k) for k in range(strip.slots)] if few else None
        note = f"{strip.slots:,} × {strip.unit} bytes"
        if max(counts.values(), default=0) > 1:
            note += "; ×2: read by two cells"
        content.panels.append(Panel(
            id=name, title=f"storage {strip.letter}", shape=(strip.slots,), value=lambda i: strip.value(i[0]), tone=2,
            dtype=strip.narrow.layout.dtype, note=note,
            kind=lambda i: "" if i[0] in counts else "ghost", said={"ghost": "read by none of these"},
            columns=ticks, label=lambda i: f"slot {i[0]}", new_line=True,
        ))  # fmt: skip
        content.links[name] = lambda index: _by_panel(at.get(index[0], ()))
        content.words[name] = lambda index: self._slot_words(strip, index[0], at.get(index[0], []))
        for number_, member in enumerate(strip.members):
            own = ids[id(member)]
            layout = member.layout
            content.panels.append(Panel(
                id=own, title=member.name, shape=layout.shape, value=reader(layout, self.most), dtype=layout.dtype,
                tone=self._tone(member),
                note=f"{tuple_text(layout.shape)}, stride {tuple_text(layout.stride)}, from slot {layout.offset}",
                new_line=number_ == 0 and strip.slots > 8,
            ))  # fmt: skip
            content.links[own] = lambda index, m=member: self._joined(strip, name, m, index, at)
            content.words[own] = lambda index, m=member: self._cell_words(strip, m, index, at)

    def _joined(self, strip: Strip, name: str, member: Member, index: Index, at: dict) -> dict[str, list[Index]]:
        slots = strip.slots_of(member, index)
        found = _by_panel(place for slot in slots for place in at[slot])
        own = f"t{self._members.index(member)}"
        found[own] = [cell for cell in found[own] if cell != index]
        return {name: [(slot,) for slot in slots], **found}

    def _cell_words(self, strip: Strip, member: Member, index: Index, at: dict) -> Words:
        slots, own = strip.slots_of(member, index), f"t{self._members.index(member)}"
        others = [
            cell_name(self._members[int(panel[1:])].name, cell)
            for slot in slots[:1] for panel, cell in at[slot] if (panel, cell) != (own, index)
        ]  # fmt: skip
        value = member.layout.read(member.layout.slot(index), member.layout.slot(index) + 1)[0]
        where = f"slot {slots[0]}" if len(slots) == 1 else f"slots {slots[0]} to {slots[-1]}"
        return {
            "head": f"{cell_name(member.name, index)} is {where} of storage {strip.letter}",
            "formula": [[cell_name(member.name, index), f"i{self._tone(member)}", 700], [" = ", "dim"],
                        [short(value), "text", 700]],
            "note": f"write here, and {_few(others)} change{'s' * (len(others) == 1)} too" if others
            else "no other cell reads this slot",
        }  # fmt: skip

    def _slot_words(self, strip: Strip, slot: int, at: list[tuple[str, Index]]) -> Words:
        names = [cell_name(self._members[int(panel[1:])].name, cell) for panel, cell in at]
        return {
            "head": f"slot {slot} of storage {strip.letter}, from byte {slot * strip.unit}",
            "formula": [[short(strip.value(slot)), "text", 700]],
            "note": f"read by {_few(names)}" if names else "read by none of these",
        }

    def summary(self) -> str:
        strips = group(self._members)
        said = [f"{counted(len(strips), 'storage')}."]
        for s in strips:
            names = ", ".join(m.name for m in s.members)
            said.append(f"{s.letter}, {s.slots:,} × {s.narrow.layout.dtype}: {names}.")
        several = sum(count > 1 for s in strips for count in s.counts(self.most).values())
        return (
            f"{' '.join(said)} {counted(several, 'slot')} {'is' if several == 1 else 'are'} read by more than one cell."
        )


def _tie(made: Member, parent: Member, same: bool) -> str:
    """Does it share memory with what it was made from?"""
    if same:
        return f"{parent.name} itself: nothing was copied"
    strips = group([parent, made])
    if len(strips) == 2:
        return f"a copy in a storage of its own: the tie to {parent.name} is broken"
    if made.base is None:
        return f"shares the storage of {parent.name}, without a _base and outside its graph"
    return f"a view: it shares the storage of {parent.name}"


def names_of(values: Iterable[Any], frame: FrameType | None) -> list[str]:
    """What the caller calls these values: its own variables first; `x0`, `x1`, … for those without a name."""
    scopes = [frame.f_locals, frame.f_globals] if frame else []
    known: dict[int, str] = {}
    for scope in scopes:
        for name, value in list(scope.items()):
            if name.isidentifier() and not name.startswith("_") and id(value) not in known:
                known[id(value)] = name
    names: list[str] = []
    for k, value in enumerate(values):
        name = known.get(id(value), f"x{k}")
        names.append(name if name not in names else f"{name}_{k}")
    return names


def number(text: str, dtype: str) -> Any:
    """A number that was typed, for a tensor of this dtype; `ValueError` where it is none.

    >>> number("2.5", "float32"), number("7", "int64"), number("True", "bool"), number("-inf", "float64")
    (2.5, 7, True, -inf)
    """
    words = text.strip()
    try:
        if dtype == "bool":
            return {"true": True, "1": True, "false": False, "0": False}[words.lower()]
        return complex(words) if dtype.startswith("complex") else int(words) if "int" in dtype else float(words)
    except (ValueError, KeyError):
        kind = {"b": "True or False", "c": "a complex number"}.get(
            dtype[:1], "a whole number" if "int" in dtype else "a number"
        )
        raise ValueError(f"{text!r} was typed; expected {kind}, since the dtype is {dtype}") from None


def _by_panel(places: Iterable[tuple[str, Index]]) -> dict[str, list[Index]]:
    found: dict[str, list[Index]] = {}
    for panel, index in places:
        found.setdefault(panel, []).append(index)
    return found


def _few(names: Sequence[str], most: int = 4) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
