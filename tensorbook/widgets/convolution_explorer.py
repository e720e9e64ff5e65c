"""ConvolutionExplorer: the window that moves over the input, and the sum of products behind each cell of the output."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from .board import Board, Content, Index, Panel, Words, cell_name, counted, middle, tuple_text
from .cells import DENSE
from .inputs import read
from .sums import ElementReader, written_sum

MOST = 1024
MOST_PRODUCTS = 40_000
"""The most products that are computed for a picture."""
LARGEST = 64
"""The largest stride, padding or dilation."""

Tap = tuple[int, int]
"""Along one dim: the index in the input, which may lie in the padding, and that in the kernel."""


class ConvolutionExplorer(Board):
    """A convolution (cross-correlation, as in PyTorch): point at an output cell to see its window, kernel and sum.

    Padding is drawn as ghost cells; stride, padding and dilation are sliders, and the output size is a formula with
    its numbers. The window can be played through the output. `transposed=True` shows conv_transpose.

    Args:
        input: a tensor or array: `(L,)` or `(H, W)` with a kernel without channels; `(C, L)`, `(N, C, L)`, `(C, H, W)`
            or `(N, C, H, W)` with one that has them.
        kernel: `(K,)` or `(kH, kW)`; or `(O, C, K)` or `(O, C, kH, kW)` as `F.conv1d` and `F.conv2d` take it
            (`(C, O, …)` where it is transposed).
        stride, padding, dilation: a number, or one for each spatial dim; `padding` may also be `"valid"` or `"same"`.
        transposed: show the transposed convolution.
        quiz: hide the output and ask for its shape first.

    Raises `TypeError` for what is no tensor, `ValueError` for kernels of other dims or settings out of range. Shapes
    that do not fit are explained in the picture.

    Example:
        >>> import numpy as np
        >>> explorer = ConvolutionExplorer(np.arange(25.0).reshape(5, 5), np.ones((3, 3)), stride=2, padding=1)
        >>> explorer.output_shape
        (3, 3)
        >>> explorer.alt.partition(": ")[2]
        'the output has shape (3, 3), each a sum of 9.'
    """

    module = "convolution_explorer"

    def __init__(
        self, input: Any, kernel: Any, stride: int | Sequence[int] = 1, padding: int | str | Sequence[int] = 0,
        dilation: int | Sequence[int] = 1, *, transposed: bool = False, quiz: bool = False,
    ):  # fmt: skip
        self._x, self._w = ElementReader(read(input)), ElementReader(read(kernel))
        n = len(self._w.shape)
        if n not in (1, 2, 3, 4):
            raise ValueError(f"the kernel has shape {self._w.shape}; expected 1 to 4 dims")
        self.spatial = n if n < 3 else n - 2
        """How many dims the window moves along."""
        self._channels = n > 2
        fit = (self.spatial + 1, self.spatial + 2) if self._channels else (self.spatial,)
        if len(self._x.shape) not in fit:
            raise ValueError(
                f"the input has shape {self._x.shape} and the kernel {self._w.shape}; expected an input of "
                f"{' or '.join(map(str, fit))} dims for this kernel"
            )
        self.transposed = bool(transposed)
        self._set(stride, padding, dilation)
        super().__init__(quiz=quiz)
        self.refresh()

    # The settings -----------------------------------------------------------------------------------------------------

    def set(
        self, *, stride: Any = None, padding: Any = None, dilation: Any = None, transposed: bool | None = None
    ) -> None:
        """Change some of the settings."""
        was = self.stride, self._asked_padding, self.dilation
        self._set(*(old if new is None else new for new, old in zip((stride, padding, dilation), was, strict=True)))
        if transposed is not None:
            self.transposed = bool(transposed)
        self.ask_again()
        self.show()

    def _set(self, stride: Any, padding: Any, dilation: Any) -> None:
        strides = self._each("stride", stride, 1)
        dilations = self._each("dilation", dilation, 1)
        if isinstance(padding, str):
            if padding not in ("valid", "same"):
                raise ValueError(f"padding is {padding!r}; expected a number, 'valid' or 'same'")
            if padding == "same" and any(step != 1 for step in strides):
                raise ValueError("padding='same' is not supported for strided convolutions")
            kernel = self._w.shape[-self.spatial :]
            total = [d * (k - 1) if padding == "same" else 0 for d, k in zip(dilations, kernel, strict=True)]
            pads = [(t // 2, t - t // 2) for t in total]
        else:
            pads = [(p, p) for p in self._each("padding", padding, 0)]
        self.stride, self.dilation, self._pads, self._asked_padding = strides, dilations, pads, padding

    def _each(self, name: str, value: Any, least: int) -> tuple[int, ...]:
        values = (value,) * self.spatial if isinstance(value, int) else tuple(value)
        if len(values) != self.spatial or not all(type(v) is int and least <= v <= LARGEST for v in values):
            raise ValueError(f"{name} is {value}; expected {least} to {LARGEST}, or {self.spatial} such numbers")
        return values

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        if kind == "set":
            known = ("stride", "padding", "dilation", "transposed")
            return self.set(**{name: value for name, value in data.items() if name in known})
        return super().receive(kind, data)

    # The arithmetic ---------------------------------------------------------------------------------------------------

    @property
    def _channel_count(self) -> int:
        return self._x.shape[-self.spatial - 1] if self._channels else 1

    @property
    def _kernel_channels(self) -> tuple[int, int]:
        """How many channels the kernel takes, and how many it makes."""
        if not self._channels:
            return 1, 1
        first, second = self._w.shape[:2]
        return (first, second) if self.transposed else (second, first)

    def _sizes(self) -> list[int]:
        """The spatial sizes of the output; below 1 where the kernel does not fit."""
        kernel, size = self._w.shape[-self.spatial :], self._x.shape[-self.spatial :]
        found = []
        for n, k, s, d, pads in zip(size, kernel, self.stride, self.dilation, self._pads, strict=True):
            reach = d * (k - 1) + 1
            found.append((n - 1) * s - sum(pads) + reach if self.transposed else (n + sum(pads) - reach) // s + 1)
        return found

    @property
    def output_shape(self) -> tuple[int, ...] | None:
        """The shape of the output, or None where the kernel does not fit the input."""
        return None if self._why_not() else self._shape

    @property
    def _shape(self) -> tuple[int, ...]:
        made = (self._kernel_channels[1],) if self._channels else ()
        return (*self._x.shape[: -self.spatial - len(made)], *made, *self._sizes())

    def _why_not(self) -> tuple[str, str] | None:
        """What PyTorch says where it refuses, and the rule; None where it does not."""
        takes, _ = self._kernel_channels
        if takes != self._channel_count:
            batched = [1] * (self.spatial + 2 - len(self._x.shape)) + list(self._x.shape)
            said = (
                f"Given groups=1, weight of size {list(self._w.shape)}, expected input{batched} to have "
                f"{takes} channels, but got {self._channel_count} channels instead"
            )
            at = "first" if self.transposed else "second"
            return said, f"The {at} dim of the kernel is the number of channels of the input: one slice for each."
        kernel, size = self._w.shape[-self.spatial :], self._x.shape[-self.spatial :]
        if 0 in kernel:
            return f"kernel size should be greater than zero, but got shape {list(kernel)}", "The kernel is empty."
        padded = [n + sum(pads) for n, pads in zip(size, self._pads, strict=True)]
        reach = [d * (k - 1) + 1 for k, d in zip(kernel, self.dilation, strict=True)]
        if self.transposed:
            if min(self._sizes()) < 1:
                return f"Output size is too small: {self._sizes()}", "More is cut off by the padding than there is."
            return None
        if any(r > n for r, n in zip(reach, padded, strict=True)):
            said = (
                f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
                f"({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size"
            )
            return (
                said,
                "With its dilation the kernel reaches dilation · (k - 1) + 1 cells: more than the padded input.",
            )
        return None

    def _taps(self, dim: int, out: int) -> list[Tap]:
        """Along one spatial dim: what the output cell `out` reads, and with which cell of the kernel."""
        s, d, k, before = self.stride[dim], self.dilation[dim], self._w.shape[dim - self.spatial], self._pads[dim][0]
        if not self.transposed:
            return [(out * s + j * d - before, j) for j in range(k)]
        n = self._x.shape[dim - self.spatial]
        hits = ((out + before - j * d, j) for j in range(k))
        return [(at // s, j) for at, j in hits if at % s == 0 and 0 <= at // s < n]

    @property
    def most(self) -> int:  # type: ignore[override]
        """Fewer cells are drawn where each is a sum of many."""
        return min(MOST, max(64, MOST_PRODUCTS // max(1, self._channel_count * prod(self._w.shape[-self.spatial :]))))

    def _terms(self, index: Index) -> list[tuple[Index, Index, bool]]:
        if index not in self._known:
            self._known[index] = self._products(index)
        return self._known[index]

    def _products(self, index: Index) -> list[tuple[Index, Index, bool]]:
        """The products behind a cell of the output: the index in the input and in the kernel, and is it inside?"""
        places = index[len(index) - self.spatial :]
        taps = list(product(*(self._taps(dim, out) for dim, out in enumerate(places))))
        size = self._x.shape[-self.spatial :]
        lead = index[: len(index) - self.spatial - 1] if self._channels else ()
        found = []
        for c in range(self._channel_count if self._channels else 1):
            for tap in taps:
                at, by = tuple(i for i, _ in tap), tuple(j for _, j in tap)
                inside = all(0 <= i < n for i, n in zip(at, size, strict=True))
                made = index[-self.spatial - 1] if self._channels else 0
                pair = () if not self._channels else (c, made) if self.transposed else (made, c)
                found.append(((*lead, *((c,) if self._channels else ()), *at), (*pair, *by), inside))
        return found

    # What is shown ----------------------------------------------------------------------------------------------------

    question = "What shape does the output have? Type it, such as (2, 3), or no where the kernel does not fit."

    @property
    def answer(self) -> str:
        return "no" if self.output_shape is None else tuple_text(self.output_shape)

    def hint(self, guess: str) -> str:
        return (
            "not yet: how far does the kernel reach with its dilation, and how often does the stride fit into the rest?"
        )

    @property
    def code(self) -> str:
        """The line that computes the output with `torch.nn.functional`."""
        name = f"F.conv{'_transpose' * self.transposed}{self.spatial}d"
        one = "" if self._channels else "[None, None]"

        def of(values: tuple[int, ...]) -> Any:
            return values[0] if len(set(values)) == 1 else values

        pads = self._asked_padding if isinstance(self._asked_padding, str) else of(tuple(p for p, _ in self._pads))
        settings = f"stride={of(self.stride)}, padding={pads!r}, dilation={of(self.dilation)}"
        return f"y = {name}(x{one}, w{one}, {settings}){'[0, 0]' * (not self._channels)}"

    def content(self) -> Content:
        refused = self._why_not()
        shape = None if refused else self._shape
        content = Content(
            name=f"conv{'_transpose' * self.transposed}{self.spatial}d",
            expression=f"(x {tuple_text(self._x.shape)}, w {tuple_text(self._w.shape)})",
            kind=f"{self._x.layout.dtype} · {self._x.layout.kind}",
            facts=self._facts(shape),
            panels=[self._input(), self._kernel()],
            heading="the size of the output",
            lines=self._formulas(),
            line=self.code,
            more={
                "settings": {
                    "stride": max(self.stride), "padding": max(max(p) for p in self._pads),
                    "dilation": max(self.dilation),
                },
                "transposed": self.transposed,
            },
        )  # fmt: skip
        if refused:
            content.refusal = {
                "title": "the kernel does not fit",
                "said": f"RuntimeError: {refused[0]}",
                "rule": refused[1],
            }
            content.remark = "does not run"
            return content
        self._sums: dict[Index, Any] = {}
        self._known: dict[Index, list[tuple[Index, Index, bool]]] = {}
        content.panels.append(Panel(
            id="out", title="y", shape=shape or (), value=self._sum, tone=2, sign="=", heat=True,
            note=tuple_text(shape or ()), dtype=self._x.layout.dtype,
        ))  # fmt: skip
        content.links["out"] = self._links
        content.words["out"] = self._words
        content.legend = [["lit", "0", "the window"], ["lit", "1", "its weights"]]
        if any(map(sum, self._pads)) and not self.transposed:
            content.legend.append(["ghost", "0", "padding: counts as 0"])
        if shape is not None and (at := middle(shape, self.most)) is not None:
            content.rest = ("out", at)
        content.remark = f"shape {tuple_text(shape or ())}"
        return content

    def _facts(self, shape: tuple[int, ...] | None) -> list[dict[str, Any]]:
        pads = self._asked_padding if isinstance(self._asked_padding, str) else tuple(p for p, _ in self._pads)
        facts: list[dict[str, Any]] = [
            {"label": "input", "value": tuple_text(self._x.shape), "tone": "d0"},
            {"label": "kernel", "value": tuple_text(self._w.shape), "tone": "d1"},
        ]
        for name, value in (("stride", self.stride), ("padding", pads), ("dilation", self.dilation)):
            alike = not isinstance(value, str) and len(set(value)) == 1
            facts.append({"label": name, "value": str(value[0]) if alike else str(value)})
        value = (
            {"value": "does not fit", "tone": "warn"} if shape is None else {"value": tuple_text(shape), "tone": "d2"}
        )
        return [*facts, {"label": "output", **value, "secret": True}]

    def _padded(self) -> list[tuple[int, int]]:
        return [(0, 0)] * self.spatial if self.transposed else self._pads

    def _input(self) -> Panel:
        pads = [(0, 0)] * (len(self._x.shape) - self.spatial) + self._padded()
        shape = tuple(n + sum(p) for n, p in zip(self._x.shape, pads, strict=True))

        def own(index: Index) -> Index | None:
            at = tuple(i - before for i, (before, _) in zip(index, pads, strict=True))
            return at if all(0 <= i < n for i, n in zip(at, self._x.shape, strict=True)) else None

        return Panel(
            id="x", title="x", shape=shape, tone=0, heat=True, dtype=self._x.layout.dtype,
            value=lambda index: 0 if (at := own(index)) is None else self._x[at],
            kind=lambda index: "ghost" if own(index) is None else "", said={"ghost": "padding, counts as 0"},
            first=[-before for before, _ in pads], note=tuple_text(self._x.shape),
        )  # fmt: skip

    def _kernel(self) -> Panel:
        return Panel(
            id="w", title="w", shape=self._w.shape, value=lambda index: self._w[index], tone=1, heat=True, sign="∗",
            dtype=self._w.layout.dtype, note=tuple_text(self._w.shape),
        )  # fmt: skip

    def _formulas(self) -> list[list[list[Any]]]:
        """The size of each spatial dim, as the formula with its numbers."""
        names = {1: ["length"], 2: ["height", "width"]}[self.spatial]
        size, kernel = self._x.shape[-self.spatial :], self._w.shape[-self.spatial :]
        lines = []
        for name, n, k, s, d, pads, out in zip(
            names, size, kernel, self.stride, self.dilation, self._pads, self._sizes(), strict=True
        ):
            pad = f"2·{pads[0]}" if pads[0] == pads[1] else f"{sum(pads)}"
            body: list[list[Any]] = [[f"{name.ljust(6)}  ", "dim"]]
            if self.transposed:
                body += [["(", "dim"], [str(n), "i0", 700], [f" - 1)·{s} - {pad} + {d}·(", "dim"], [str(k), "i1", 700],
                         [" - 1) + 1 = ", "dim"]]  # fmt: skip
            else:
                body += [["⌊(", "dim"], [str(n), "i0", 700], [f" + {pad} - {d}·(", "dim"], [str(k), "i1", 700],
                         [f" - 1) - 1) / {s}⌋ + 1 = ", "dim"]]  # fmt: skip
            lines.append([*body, [str(out), "i2" if out > 0 else "alert", 700]])
        words = "(input - 1)·stride - 2·padding + dilation·(kernel - 1) + 1"
        if not self.transposed:
            words = "⌊(input + 2·padding - dilation·(kernel - 1) - 1) / stride⌋ + 1"
        return [*lines, [[f"{'':6}  {words}", "dim"]]]

    def _sum(self, index: Index) -> Any:
        if index not in self._sums:
            self._sums[index] = sum(self._x[at] * self._w[by] for at, by, inside in self._terms(index) if inside)
        return self._sums[index]

    def _links(self, index: Index) -> dict[str, list[Index]]:
        pads = [0] * (len(self._x.shape) - self.spatial) + [before for before, _ in self._padded()]
        terms = self._terms(index)
        return {
            "x": [tuple(i + p for i, p in zip(at, pads, strict=True)) for at, _, _ in terms],
            "w": [by for _, by, _ in terms],
        }

    def _words(self, index: Index) -> Words:
        terms = self._terms(index)
        inside = [(self._x[at], self._w[by]) for at, by, within in terms if within]
        formula = written_sum(inside, self._sum(index), prod(self._shape) <= DENSE)
        outside = len(terms) - len(inside)
        note = f"{counted(len(terms), 'product')}" + (f", {outside} with padding, which are 0" if outside else "")
        return {"head": f"{cell_name('y', index)} is the sum of", "formula": formula, "note": note}

    def summary(self) -> str:
        alike = [v[0] if len(set(v)) == 1 else v for v in (self.stride, self.dilation)]
        pads = self._asked_padding
        pads = pads[0] if isinstance(pads, tuple | list) and len(set(pads)) == 1 else pads
        said = (
            f"x of shape {tuple_text(self._x.shape)}, kernel {tuple_text(self._w.shape)}, stride {alike[0]}, "
            f"padding {pads}, dilation {alike[1]}"
        )
        if refused := self._why_not():
            return f"{said}: {refused[0]}."
        terms = self._channel_count * prod(self._w.shape[-self.spatial :])
        each = "made of up to" if self.transposed else "each a sum of"
        return f"{said}: the output has shape {tuple_text(self._shape)}, {each} {terms}."
