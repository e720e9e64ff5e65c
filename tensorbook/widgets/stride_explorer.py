"""StrideExplorer: where in memory each element of a tensor lies, and what each view op does to that."""

from dataclasses import dataclass
from typing import Any

import traitlets

from .cells import GAP, shown
from .inputs import Layout, as_tensor, read
from .quiz import Quiz
from .stride_path import sentence
from .stride_picture import hidden, picture, why_refused
from .stride_svg import draw
from .view_code import Step, parse, suggestions


@dataclass(frozen=True)
class _State:
    """A tensor on the way: the step that made it (None: it was given), and whether that step copied."""

    tensor: Any
    layout: Layout
    step: Step | None = None
    effect: str = ""
    """`same`, `view` or `copy`."""


class StrideExplorer(Quiz):
    """A tensor's cells beside the slots of its storage: point at either and both light up, with the offset written out.

    Every view op is a button, or can be typed as code; it runs on the real tensor, in the kernel. `as_strided` has
    sliders that reach as far as the storage does. `path` draws the way that a walk in index order takes.

    Args:
        x: a tensorbook tensor, a `torch.Tensor` or a NumPy array, of any number of dims.
        name: what to call it in the code that is shown (default `x`).
        path: draw the walk through memory, and say how much of each cache line it uses.
        quiz: hide strides, offsets, values and the storage, and ask for the slot of one cell first, anew after each
            step; `question` and `answer` say what is asked, `predict(guess)` and `reveal()` end it.

    Raises `TypeError` for anything that has no strides, `ValueError` for a name that is no Python name.

    Example:
        >>> import numpy as np
        >>> explorer = StrideExplorer(np.arange(12, dtype="float32").reshape(3, 4))
        >>> explorer.selected = (1, 2)
        >>> print(explorer.alt.replace(". ", ".\\n"))
        x: shape (3, 4), stride (4, 1), offset 0, a view of 12 float32 elements, contiguous.
        x[1, 2] is storage slot 6.
    """

    module = "stride_explorer"

    selected = traitlets.Tuple(allow_none=True, default_value=None).tag(sync=True)
    """The index of the cell that is pinned, or None."""
    path = traitlets.Bool(False).tag(sync=True)
    """Whether the walk through memory in index order is drawn."""

    def __init__(self, x: Any, *, name: str | None = None, path: bool = False, quiz: bool = False):
        self.name = "x" if name is None else name
        if not (isinstance(self.name, str) and self.name.isidentifier()):
            raise ValueError(f"name is {name!r}; expected a Python name such as 'x'")
        self.result = "z" if self.name == "y" else "y"
        self._states = [_State(x, read(x))]
        self._undone: list[_State] = []
        self._refusal: dict[str, str] | None = None
        super().__init__(quiz=quiz)
        self.path = bool(path)
        self.ask_again()
        self.refresh()

    # What one can read and do in Python -------------------------------------------------------------------------------

    @property
    def tensor(self) -> Any:
        """The tensor that is shown: the one given, or what the steps made of it."""
        return self._states[-1].tensor

    @property
    def layout(self) -> Layout:
        return self._states[-1].layout

    @property
    def code(self) -> str:
        """The Python line that makes the tensor shown: `y = x[:, ::2].t()`."""
        return f"{self.result} = {self._expression}"

    @property
    def _expression(self) -> str:
        return self.name + "".join(state.step.code for state in self._states[1:])

    @property
    def shown_name(self) -> str:
        return self.result if len(self._states) > 1 else self.name

    def run(self, code: str) -> Any:
        """Run a line such as `x[:, ::2].t()` from the given tensor, show what it makes, and return that.

        Only view ops with written-out arguments are read. Raises `ValueError` for other code, and whatever the op
        raises where it refuses; the picture then stays, with the reason beside it.
        """
        if refused := self._try(code):
            raise refused
        return self.tensor

    def point(self, x: Any, name: str = "x") -> None:
        """Show another tensor, without steps; a linked GraphExplorer calls it when a node is picked."""
        states = [_State(x, read(x))]
        self.name, self.result = name, "z" if name == "y" else "y"
        self._undone = []
        self._show(states)

    def undo(self) -> None:
        """Take the last step back."""
        if self._refusal is None and len(self._states) > 1:
            self._undone.append(self._states[-1])
            self._show(self._states[:-1])
        else:
            self._show(self._states)

    def redo(self) -> None:
        """Take the step again that was taken back last."""
        if self._undone:
            self._show([*self._states, self._undone.pop()])

    # The quiz ---------------------------------------------------------------------------------------------------------

    def ask_again(self) -> None:
        super().ask_again()
        self._asked = self._middle()
        if self._asked is None:  # there is no element to ask for
            self.revealed = True

    @property
    def question(self) -> str:
        if self._asked is None:
            return ""
        at = f"{self.shown_name}{list(self._asked) if self._asked else ''}"
        return f"In which slot of the storage does {at} lie? The slots are numbered from 0."

    @property
    def answer(self) -> str:
        return "" if self._asked is None else str(self.layout.slot(self._asked))

    def hint(self, guess: str) -> str:
        return "not yet: begin at the offset, and for each dim add the index times the stride of that dim"

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> tuple[int, ...] | None:
        index, shape = proposal["value"], self.layout.shape
        if index is None:
            return None
        if len(index) != len(shape) or not all(
            type(i) is int and -n <= i < n for i, n in zip(index, shape, strict=True)
        ):
            raise traitlets.TraitError(f"selected is {index}; expected an index into the shape {shape}, or None")
        return tuple(i % n for i, n in zip(index, shape, strict=True))

    @traitlets.observe("selected")
    def _tell_selected(self, _change: Any) -> None:
        self.alt = self.describe()

    # What the page asks for -------------------------------------------------------------------------------------------

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        match kind:
            case "run":
                self._try(str(data["code"]))  # a refusal is part of the picture
            case "undo":
                self.undo()
            case "redo":
                self.redo()
            case "select":
                self.selected = None if data["index"] is None else tuple(data["index"])
            case _:
                return super().receive(kind, data)

    def _try(self, code: str) -> Exception | None:
        """Run a line; where it is refused, show why and return the error."""
        try:
            steps = parse(code, self.name)
        except ValueError as error:
            return self._refuse(error, code, "this line was not run", "")
        states = self._states[: 1 + _common(steps, self._states[1:])]
        for step in steps[len(states) - 1 :]:
            before = states[-1]
            try:
                given = as_tensor(before.tensor)
                tensor = step(given)
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                return self._refuse(
                    error, code, f"{step.code} is refused", why_refused(step.name, before.layout, words)
                )
            after = read(tensor)
            shares = tensor._base is not None or (after.memory != 0 and after.memory == before.layout.memory)
            states.append(_State(tensor, after, step, "same" if tensor is given else "view" if shares else "copy"))
        self._undone = []
        self._show(states)
        return None

    def _refuse(self, error: Exception, code: str, title: str, rule: str) -> Exception:
        said = str(error) if rule == "" and title.startswith("this") else f"{type(error).__name__}: {error}"
        self._refusal = {"title": title, "said": said, "rule": rule, "code": code}
        self.refresh()
        return error

    def _show(self, states: list[_State]) -> None:
        """Show other states; the pin follows its slot where memory is shared, else its index where that still fits."""
        before, pinned = self.layout, self.selected
        with self.hold_sync():
            self.selected = None
            moved_on = states is not self._states
            self._states, self._refusal = states, None
            if moved_on:
                self.ask_again()
            if pinned is not None:
                same_memory = before.memory == self.layout.memory
                moved = self.layout.find(before.slot(pinned)) if same_memory else None
                if moved is None and not same_memory and before.shape == self.layout.shape:
                    moved = pinned
                self.selected = moved
            self.refresh()

    # What is shown ----------------------------------------------------------------------------------------------------

    def compute(self) -> dict[str, Any]:
        layout = self.layout
        drawn = picture(layout)
        rest = self.resting() if self.revealed else self._asked
        return {
            "name": self.shown_name,
            "base": self.name,
            "line": self.code,
            "expression": self._expression,
            "steps": len(self._states) - 1,
            "undone": len(self._undone),
            "remark": self._remark(),
            "facts": self._facts(),
            "rest": list(rest or ()),
            "storage": self._storage_note(),
            # Which storage it is: told apart by the line up to the last copy, so that the picture is the same anywhere.
            "source": "".join(s.step.code for s in self._states[1 : 1 + (self._last_copy() or 0)]),
            "ops": [list(op) for op in suggestions(layout)],
            "refusal": self._refusal,
            "quiz": self.asking(),
            "walk": sentence(layout) if self.revealed else "",
            "strided": self._strided() if self.revealed else None,
            **(drawn if self.revealed else hidden(drawn)),
        }

    def _strided(self) -> dict[str, Any] | None:
        """What the sliders of as_strided begin with: the layout as it is, and the line without its last as_strided."""
        layout, steps = self.layout, self._states[1:]
        if not layout.slots or not layout.numel or any(stride < 0 for stride in layout.stride):
            return None
        if steps and steps[-1].step.name == "as_strided":
            steps = steps[:-1]
        return {
            "line": self.name + "".join(state.step.code for state in steps),
            "size": list(layout.shape),
            "stride": list(layout.stride),
            "offset": layout.offset,
            "slots": layout.slots,
        }

    def _last_copy(self) -> int | None:
        """The number of the last step that copied."""
        return max((i for i, state in enumerate(self._states) if state.effect == "copy"), default=None)

    def _remark(self) -> str:
        """View or copy, in words."""
        copy, last = self._last_copy(), len(self._states) - 1
        if last == 0:
            return "the tensor as it was given"
        if copy is None:
            if all(state.effect == "same" for state in self._states[1:]):
                return f"{self.name} itself: nothing was copied"
            return "a view: nothing was copied"
        made = f"{self._states[copy].step.code.lstrip('.')} copied {_elements(self._states[copy].layout.numel)}"
        return f"a copy: {made}" if copy == last else f"a view of a copy: {made}"

    def _facts(self) -> list[dict[str, str]]:
        layout, copied = self.layout, self._last_copy() is not None
        why = layout.why_not_contiguous()
        is_view = layout.is_view or layout.slots > layout.numel
        owns = {
            "value": f"view of {_elements(layout.slots)}" if is_view else "owns its storage",
            "tone": "warn" if copied else "d2",
            "title": f"the storage has room for {_elements(layout.slots)}",
        }
        order = {
            "value": "not contiguous" if why else "contiguous",
            "tone": "warn" if why else "d2",
            "title": f"row-major order would differ: {why}" if why else "walking the indices in order never jumps",
        }
        shape = {"label": "shape", "value": _tuple(layout.shape), "title": "how many elements along each dim"}
        if not self.revealed:
            return [shape, owns]
        return [
            shape,
            {"label": "stride", "value": _tuple(layout.stride), "title": "slots to move for one step along each dim"},
            {"label": "offset", "value": str(layout.offset), "title": "the slot of the first element"},
            owns,
            order | ({"note": why} if why else {}),
        ]

    def _storage_note(self) -> str:
        layout = self.layout
        size = f"{layout.slots:,} × {layout.dtype}, {layout.slots * layout.itemsize:,} bytes"
        if len(self._states) == 1:
            return size
        new = self._last_copy() is not None
        return f"{size}, {'new: not shared with' if new else 'shared with'} {self.name}"

    def resting(self) -> tuple[int, ...] | None:
        """The cell that is explained while none is pointed at: the pinned one, else one in the middle."""
        return self._middle() if self.selected is None else self.selected

    def _middle(self) -> tuple[int, ...] | None:
        """The cell in the middle of those that are drawn."""
        if self.layout.numel == 0:
            return None
        drawn = ([i for i in dim if i != GAP] for dim in shown(self.layout.shape))
        return tuple(dim[len(dim) // 2] for dim in drawn)

    def describe(self) -> str:
        if not self.revealed:
            return f"StrideExplorer asks about {self.shown_name}, shape {_tuple(self.layout.shape)}: {self.question}"
        layout, index = self.layout, self.resting()
        whose = f"a view of {layout.slots:,} {layout.dtype} elements"
        if not layout.is_view:
            whose = f"{layout.numel:,} {layout.dtype} {'element' if layout.numel == 1 else 'elements'} of its own"
        why = layout.why_not_contiguous()
        what = self.code if len(self._states) > 1 else self.name
        said = (
            f"{what}: shape {_tuple(layout.shape)}, stride {_tuple(layout.stride)}, offset {layout.offset}, {whose}, "
            f"{f'not contiguous ({why})' if why else 'contiguous'}."
        )
        if index is None:
            return f"{said} It has no elements."
        at = f"[{', '.join(map(str, index))}]" if index else ""
        return f"{said} {self.shown_name}{at} is storage slot {layout.slot(index)}."

    def draw(self, theme: str) -> str:
        return draw(self.picture, self.alt, self.resting() if self.revealed else self._asked, theme, self.path)


def _common(steps: list[Step], states: list[_State]) -> int:
    """How many of the first steps have been run already: their tensors are kept."""
    count = 0
    for step, state in zip(steps, states, strict=False):
        if step.code != state.step.code:
            break
        count += 1
    return count


def _tuple(numbers: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, numbers))}{',' if len(numbers) == 1 else ''})"


def _elements(count: int) -> str:
    return f"{count:,} element{'' if count == 1 else 's'}"
