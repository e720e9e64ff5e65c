"""How a Generator draws normal numbers: by Box and Muller's method, as PyTorch does, few or many at a time."""

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import boxmuller, memory
from . import draw_limits as limits
from .boxmuller import BLOCK
from .threads import share
from .words import CHUNK, scale, unit32, unit64

REFILL = 624  # words that the twister makes at a time
BUFFER = 4 * REFILL  # words kept ready for small draws
AHEAD = 4 * CHUNK  # normal numbers made ahead at most
LARGE = 1 << 20  # from here on normal numbers may differ from PyTorch's in the last bit, being three times as fast

Shape = int | Sequence[int]


def size(shape: Shape) -> int:
    return shape if isinstance(shape, int) else math.prod(shape)


class NormalDraws:
    """The part of `Generator` for normal numbers. It works on the generator's buffer of words and moves its place."""

    def _forget_normal(self) -> None:
        """Nothing is kept or made ahead."""
        self._ready: np.ndarray | None = None  # numbers made ahead
        self._run, self._run_end = 0, None  # how many were drawn in an unbroken run, and where it ended
        self._waves: np.ndarray | None = None
        self._spare: float | None = None  # the second normal number of a pair, kept for the next call

    def normal(
        self,
        shape: Shape,
        dtype: Any = np.float32,
        mean: float = 0.0,
        std: float = 1.0,
        contiguous: bool = True,
    ) -> np.ndarray:
        """Normally distributed numbers, by Box and Muller's method.

        Fewer than 16, and those for a tensor that is not contiguous, are made pair by pair in float64; the second of
        a pair may wait for the next call. Otherwise they are made in blocks of 16; where the last block is not full,
        the last 16 numbers are drawn anew. float32 and float16 agree with PyTorch in every bit below a
        million numbers (`LARGE`); more of them, and float64, within the last bit or two.

        Example:
            >>> from tensorbook import Generator
            >>> Generator().manual_seed(0).normal(3)
            array([ 1.5409961, -0.2934289, -2.1787894], dtype=float32)
        """
        limits.normal(std)
        count, dtype = size(shape), np.dtype(dtype)
        if count < BLOCK or not contiguous:
            pairs = self._normal_by_pairs(count)
            return np.array([value * std + mean for value in pairs], dtype).reshape(shape)
        out = self._made_ahead(count) if self._ready is not None and dtype == np.float32 else None
        if out is None:
            out = memory.empty((count,), np.dtype(np.float64 if dtype == np.float64 else np.float32))
            rest = count % BLOCK
            self._fill_normal(out, count - rest, rest if dtype != np.float16 else 0)
        if mean != 0 or std != 1:
            if dtype != np.float64:
                mean, std = float(np.float32(mean)), float(np.float32(std))
            scale(out, std, mean)
        return out.astype(dtype, copy=False).reshape(shape)

    def _normal_by_pairs(self, count: int) -> list[float]:
        values = []
        if count and self._spare is not None:
            values.append(self._spare)
            self._spare = None
        uniform = self._unit64((count - len(values) + 1) // 2 * 2).tolist()
        for u1, u2 in zip(uniform[0::2], uniform[1::2], strict=True):
            radius, angle = math.sqrt(-2 * math.log1p(-u2)), 2 * math.pi * u1
            values += [radius * math.cos(angle), radius * math.sin(angle)]
        if len(values) > count:
            self._spare = values.pop()
        return values

    def _fill_normal(self, out: np.ndarray, whole: int, skipped: int) -> None:
        """Fill `whole` numbers, which are whole blocks; what is left over by the last block, after skipping words."""
        first, last = out[:whole], out[-BLOCK:] if whole < out.size else out[:0]
        if out.dtype == np.float64 or out.size >= LARGE:
            draw, unit = (self._double_words, unit64) if out.dtype == np.float64 else (self._words, unit32)
            for blocks in (first, last):
                self._fill(blocks, draw, lambda part, words: boxmuller.fill_by_numpy(part, unit(words)))
                draw(skipped)
                skipped = 0
        elif whole + skipped + last.size <= REFILL:
            self._fill_few_normal(first, skipped, last)
        elif last.size and whole + BLOCK <= CHUNK:
            words = self._words(whole + skipped + BLOCK)
            numbers = np.empty(whole + BLOCK, np.float32)
            boxmuller.fill(numbers, np.append(words[:whole], words[-BLOCK:]))
            first[:], last[:] = numbers[:whole], numbers[whole:]
        else:
            self._fill_many_normal(first)
            self._words(skipped)
            self._fill(last, self._words, boxmuller.fill)

    def _fill(self, out: np.ndarray, draw: Callable, make: Callable) -> None:
        """Fill by parts. Words come one after the other, but what is made of them may wait: threads share it."""
        parts = iter([out[start : start + CHUNK] for start in range(0, out.size, CHUNK)])
        turn = threading.Lock()

        def work() -> None:
            while True:
                with turn:
                    part = next(parts, None)
                    if part is None:
                        return
                    words = draw(part.size)
                make(part, words)

        if out.size > CHUNK:
            share(work)
        else:
            work()

    def _fill_few_normal(self, first: np.ndarray, skipped: int, last: np.ndarray) -> None:
        """Fill from at most as many words as the twister makes at a time.

        For few words NumPy's cost per call would be all there is. But in every block, word i and word i + 8 make a
        pair of numbers; so the pairs of a whole buffer are made at once, wherever the blocks may come to begin.
        """
        count = first.size + skipped + last.size
        if self._next + count > BUFFER:
            self._give_back()
        if self._next + count > BUFFER:
            left = self._buffer[self._next :]  # the next block begins with these
            self._refill()
            self._next = self._waves_start = -len(left)
            self._waves = boxmuller.waves(np.append(left, self._buffer))
        elif self._waves is None:
            self._waves_start = self._next
            self._waves = boxmuller.waves(self._buffer[self._next :])
        start = self._next - self._waves_start
        self._next += count
        for out, at in ((first, start), (last, start + count - last.size)):
            blocks = self._waves[:, at : at + out.size].reshape(2, -1, BLOCK)[:, :, : BLOCK // 2]
            out.reshape(-1, 2, BLOCK // 2)[:] = blocks.transpose(1, 0, 2)

    def _made_ahead(self, count: int) -> np.ndarray | None:
        """Numbers that are ready; None where there are not enough, or such a draw would not take them (see below)."""
        end = self._given + count
        if count % BLOCK or not REFILL < count < LARGE or end >= self._ready.size:
            return None
        part = self._ready[self._given : end].copy()
        self._given = end
        return part

    def _fill_many_normal(self, out: np.ndarray) -> None:
        """More than that. In an unbroken run of such draws, numbers are made ahead: as many as the run has had.

        Many at a time cost less each, and threads can share the work. Where another kind of draw breaks the run,
        `_give_back` takes the stream back to where it would be.
        """
        while out.size:
            if self._ready is None:
                if self._run_end != (id(self._buffer), self._next):
                    self._run = 0
                ahead = min(self._run, AHEAD)
                if ahead < 2 * out.size:
                    self._fill(out, self._words, boxmuller.fill)
                    self._run += out.size
                    self._run_end = id(self._buffer), self._next
                    return
                self._before = self._twister.state, self._buffer, self._next
                ready = np.empty(ahead, np.float32)
                self._fill(ready, self._words, boxmuller.fill)
                self._run += ahead
                self._ready, self._given = ready, 0
                self._next_after, self._next = self._next, BUFFER  # as if the buffer were empty: `_words` looks here
            part = self._ready[self._given : self._given + out.size]
            out[: part.size] = part
            out = out[part.size :]
            self._given += part.size
            if self._given == self._ready.size:
                self._ready, self._next = None, self._next_after
                self._run_end = id(self._buffer), self._next

    def _give_back(self) -> None:
        """Forget what was made ahead and not handed out; the words that were handed out are drawn once more."""
        if self._ready is not None:
            self._twister.state, self._buffer, self._next = self._before
            self._ready = self._waves = self._singles = self._doubles = None
            self._words(self._given)
