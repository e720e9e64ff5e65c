"""Random streams. On the CPU: PyTorch's own, so that the same seed gives the same numbers.

Everything here takes and gives arrays; `ops/random.py` makes tensors of them. PyTorch's generator is the Mersenne
Twister (Matsumoto and Nishimura, 1998), which gives 32 random bits at a time, a "word". What makes its numbers
PyTorch's is how many words go into a number and how: each method says so.
"""

import math
import os
from typing import Any

import numpy as np

from . import devices, memory
from . import draw_limits as limits
from .normal_draws import BUFFER, REFILL, NormalDraws, Shape, size
from .words import CHUNK, MASK_53, divide, halves_swapped, scale, unit32, unit64, untempered

DEFAULT_SEED = 67280421310721  # PyTorch's, for a Generator that nobody has seeded
MANY_SWAPS = 400  # from here on a permutation is worked out by sorting

# PyTorch's layout of a generator's state, 5056 bytes. `left` counts the words until the next refill of `key`.
STATE = np.dtype(
    [("seed", "<u8"), ("left", "<i4"), ("seeded", "<i4"), ("next", "<u8"), ("key", "<u8", 624), ("normal_x", "<f8")]
    + [("normal_y", "<f8"), ("normal_rho", "<f8"), ("normal_is_valid", "<i4"), ("unused", "V12")]
)


def swapped(partners: np.ndarray) -> np.ndarray:
    """0 … n - 1 after each place in turn was swapped with its partner, a later place or itself; all swaps at once.

    What place p holds when its turn comes was put there by the last turn before that chose p: by `source[p]`, which
    moved away what it held itself when its turn came. Following the sources to where there is none any more leads to
    the number that started there. Every step doubles how far all of them have been followed.

    >>> swapped(np.array([2, 2, 2]))
    array([2, 0, 1])
    """
    turn = _order(partners)  # grouped by the place that they chose
    chosen = partners[turn]
    again = np.flatnonzero(chosen[1:] == chosen[:-1])  # of two turns that chose one place, where the earlier stands
    source = np.arange(len(partners))
    source[chosen] = turn  # the last of a group wins
    own = again[turn[again + 1] == chosen[again + 1]]  # but a place that chose itself holds what lay there before
    source[chosen[own]] = turn[own]
    while not np.array_equal(further := source[source], source):
        source = further
    result = partners.copy()
    result[turn[again + 1]] = source[turn[again]]
    return result


def _order(values: np.ndarray) -> np.ndarray:
    """Where the values would stand in order, equal ones as they come. Sorting by 16 bits at a time is quickest."""
    order = np.argsort(values.astype(np.uint16), kind="stable")
    for shift in range(16, int(values.max()).bit_length(), 16):
        order = order[np.argsort((values[order] >> shift).astype(np.uint16), kind="stable")]
    return order


class Generator(NormalDraws):
    """A random stream with a state of its own.

    Args:
        device: "cpu" for PyTorch's stream, "cuda" for CuPy's (whose numbers are not PyTorch's).

    Example:
        >>> g = Generator().manual_seed(0)
        >>> g.uniform(3)
        array([0.4962566 , 0.7682218 , 0.08847743], dtype=float32)
        >>> g.initial_seed()
        0
    """

    def __new__(cls, device: Any = "cpu") -> "Generator":
        on_gpu = devices.device(device).type == "cuda"
        return super().__new__(CudaGenerator if on_gpu and cls is Generator else cls)

    def __init__(self, device: Any = "cpu"):
        self._device = devices.resolve(device)
        self._twister = np.random.MT19937(0)
        self._bulk = np.random.Generator(self._twister)  # gives many words as uint32, the twister itself as uint64
        self.manual_seed(DEFAULT_SEED)

    @property
    def device(self) -> devices.device:
        """Where the numbers are drawn."""
        return self._device

    # Seeds and state

    def manual_seed(self, seed: int) -> "Generator":
        """Start the stream anew from a seed of at most 64 bits (negative ones count from 2**64); returns itself."""
        if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
            raise RuntimeError(f"manual_seed expected a long, but got {type(seed).__name__}")
        if not -(2**63) <= seed < 2**64:
            raise ValueError(f"Overflow when unpacking long long: a seed has 64 bits, {seed} has more")
        self._seed = int(seed) % 2**64
        self._restart()
        return self

    def _restart(self) -> None:
        key = np.random.RandomState(self._seed % 2**32).get_state()[1]  # Knuth's recurrence, from the low 32 bits
        self._set_twister(key, REFILL)
        self._buffer, self._next = np.empty(BUFFER, np.uint32), BUFFER  # nothing left in it: the next word refills
        self._singles = self._doubles = None
        self._forget_normal()

    def _set_twister(self, key: np.ndarray, position: int) -> None:
        self._twister.state = {"bit_generator": "MT19937", "state": {"key": key, "pos": position}}

    def seed(self) -> int:
        """Start the stream anew from a seed that the operating system draws; returns that seed."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little"))
        return self._seed

    def initial_seed(self) -> int:
        """The seed that the stream last started from."""
        return self._seed

    def state_bytes(self) -> np.ndarray:
        """The stream's whole state: 5056 bytes (uint8), which PyTorch's `set_state` understands too."""
        self._give_back()
        block = (self._next - 1) // REFILL * REFILL  # where in the buffer the key's words begin
        position = self._next - block
        if self._next == BUFFER:
            key = self._twister.state["state"]["key"]
        else:
            key = untempered(self._buffer[block : block + REFILL])
        if position == REFILL and key[0] == self._seed % 2**32:  # nothing was drawn yet
            position = 0
        state = np.zeros((), STATE)
        state["seed"], state["seeded"], state["key"] = self._seed, 1, key
        state["next"], state["left"] = position, REFILL + 1 - position if position else 1
        if self._spare is not None:
            state["normal_is_valid"], state["normal_y"] = 1, self._spare
        return np.frombuffer(state.tobytes(), np.uint8).copy()

    def set_state(self, state: Any) -> "Generator":
        """Continue from a state that was got here or in PyTorch; returns itself."""
        state = np.ascontiguousarray(state)
        if state.dtype != np.uint8:
            raise TypeError(f"RNG state must be a torch.ByteTensor, got {state.dtype}")
        if state.size != STATE.itemsize:
            raise RuntimeError(
                f"Expected a CPUGeneratorImplState of size {STATE.itemsize} "
                f"but found the input RNG state size to be {state.size}"
            )
        state = state.reshape(-1).view(STATE)[0]
        position = REFILL if state["left"] == 1 else int(state["next"])
        if not state["seeded"] or state["left"] + position != REFILL + 1 or not 0 < position <= REFILL:
            raise RuntimeError("Invalid mt19937 state")
        self._seed = int(state["seed"])
        self._set_twister(state["key"].astype(np.uint32), 0)
        self._ready = None
        self._refill()
        self._next = position
        self._spare = float(state["normal_y"]) if state["normal_is_valid"] else None
        return self

    # Words, and the uniform numbers between 0 and 1 that all else is made of

    def _refill(self) -> None:
        self._buffer = self._twister.random_raw(BUFFER).astype(np.uint32)
        self._next = 0
        self._waves: np.ndarray | None = None
        self._singles: np.ndarray | None = None
        self._doubles: np.ndarray | None = None

    def _words(self, count: int) -> np.ndarray:
        """uint32, one word each."""
        if self._next + count > BUFFER:
            return self._many_words(count)
        words = self._buffer[self._next : self._next + count].copy()
        self._next += count
        return words

    def _many_words(self, count: int) -> np.ndarray:
        """The rest of the buffer, as many refills as fit in directly, and the start of a new buffer."""
        if self._ready is not None:
            self._give_back()
            return self._words(count)
        start = BUFFER - self._next
        rest = (count - start) % REFILL
        bulk = self._bulk.integers(0, 2**32, count - rest - start, np.uint32)
        if bulk.size == count:
            return bulk
        out = np.empty(count, np.uint32)
        out[:start] = self._buffer[self._next :]
        out[start : count - rest] = bulk
        self._next = BUFFER
        if rest:
            self._refill()
            out[count - rest :] = self._words(rest)
        return out

    def _double_words(self, count: int) -> np.ndarray:
        """uint64, two words each, the first one on top."""
        return halves_swapped(self._words(2 * count).view("<u8"))

    def _unit32(self, count: int) -> np.ndarray:
        """float32 in [0, 1): the low 24 bits of a word each, which is all that a float32 can hold."""
        start, end = self._next, self._next + count
        if end <= BUFFER:  # for few numbers NumPy's cost per call would be all there is: a buffer is made at once
            if self._singles is None:
                self._singles = unit32(self._buffer.copy())
            self._next = end
            return self._singles[start:end].copy()
        out = memory.empty((count,), np.dtype(np.float32))
        for start in range(0, count, CHUNK):
            part = out[start : start + CHUNK]
            unit32(self._words(part.size), part)
        return out

    def _unit64(self, count: int) -> np.ndarray:
        """float64 in [0, 1): the low 53 bits of two words each."""
        start, end = self._next, self._next + 2 * count
        if end <= BUFFER:
            if self._doubles is None:  # one from each word and its neighbour, wherever a draw may begin
                pairs = self._buffer[:-1].astype(np.uint64) << np.uint64(32) | self._buffer[1:]
                self._doubles = (pairs & MASK_53).view(np.int64) * 2.0**-53
            self._next = end
            return self._doubles[start:end:2].copy()
        out = np.empty(count)
        for start in range(0, count, CHUNK):
            part = out[start : start + CHUNK]
            part[:] = unit64(self._double_words(part.size))
        return out

    # Draws

    def uniform(self, shape: Shape, dtype: Any = np.float32, low: float = 0.0, high: float = 1.0) -> np.ndarray:
        """Floating point numbers in [low, high): one word each, for float64 two.

        Example:
            >>> Generator().manual_seed(0).uniform((1, 2), low=-1, high=1)
            array([[-0.00748682,  0.53644359]], dtype=float32)
        """
        dtype = np.dtype(dtype)
        if (low, high) != (0, 1):
            limits.uniform(low, high, dtype)
        values = self._unit64(size(shape)) if dtype == np.float64 else self._unit32(size(shape))
        if (low, high) != (0, 1):
            if dtype != np.float64:
                low, high = float(np.float32(low)), float(np.float32(high))
            width = high - low if dtype == np.float64 else float(np.float32(high - low))
            scale(values, width, low)
        if dtype == np.float16 or (low, high) != (0, 1):
            values = values.astype(dtype, copy=False)
            values[values == dtype.type(high)] = low  # rounded up to the end that is excluded
        return values.reshape(shape)

    def integers(self, low: int, high: int, shape: Shape, dtype: Any = np.int64) -> np.ndarray:
        """Whole numbers in [low, high), by the remainder of one word, or of two where the range has 2**28 or more.

        Example:
            >>> Generator().manual_seed(0).integers(0, 10, 5)
            array([4, 9, 3, 0, 3])
        """
        dtype = np.dtype(dtype)
        limits.integers(low, high, dtype)
        count, span = size(shape), high - low
        draw = self._words if span < 2**28 else self._double_words
        values = np.empty(count, np.int64 if dtype.kind == "f" else dtype)
        for start in range(0, count, CHUNK):
            part = values[start : start + CHUNK]
            words = draw(part.size)
            if span < 2**64:
                divide(words, span)
            part[:] = words
            if low and span < 2**64:
                part += np.array(low).astype(part.dtype)  # wraps where the remainder was above 2**63
        return values.astype(dtype, copy=False).reshape(shape)

    def random(self, shape: Shape, dtype: Any = np.int64) -> np.ndarray:
        """What `random_()` fills in: any non-negative integer that the dtype holds exactly.

        Example:
            >>> int(Generator().manual_seed(0).random(1)[0])
            3427142276538297868
        """
        dtype = np.dtype(dtype)
        span = limits.random_span(dtype)
        if dtype.itemsize == 8:
            values = self._double_words(size(shape))
        else:
            values = self._words(size(shape))
        divide(values, span)
        return values.astype(dtype).reshape(shape)

    def permutation(self, n: int, dtype: Any = np.int64) -> np.ndarray:
        """The numbers 0 … n - 1 in random order: each place is swapped with a later one (Fisher and Yates).

        Example:
            >>> Generator().manual_seed(0).permutation(5)
            array([4, 1, 2, 0, 3])
        """
        limits.permutation(n)
        if n > MANY_SWAPS:
            partners = np.arange(n)
            partners[:-1] += self._words(n - 1) % np.arange(n, 1, -1, dtype=np.uint32)
            return swapped(partners).astype(dtype, copy=False)
        order = list(range(n))
        for place, word in enumerate(self._words(max(n - 1, 0)).tolist()):
            other = place + word % (n - place)
            order[place], order[other] = order[other], order[place]
        return np.array(order, dtype)

    def bernoulli(self, p: float | np.ndarray, shape: Shape | None = None) -> np.ndarray:
        """True with probability p, as bools.

        Args:
            p: a number (two words for each draw), or an array with a probability for each element (one word, for
                float64 two).
            shape: how many, where p is a number.

        Example:
            >>> Generator().manual_seed(0).bernoulli(0.5, 4)
            array([False,  True, False,  True])
        """
        limits.bernoulli(p)
        if isinstance(p, np.ndarray):
            unit = self._unit64(p.size) if p.dtype == np.float64 else self._unit32(p.size)
            return unit.reshape(p.shape) < p
        below = np.uint64(math.ceil(p * 2.0**53))  # u < p, asked of the 53 bits themselves
        out = np.empty(size(shape), bool)
        for start in range(0, out.size, CHUNK):
            part = out[start : start + CHUNK]
            words = self._double_words(part.size)
            words &= MASK_53
            np.less(words, below, out=part)
        return out.reshape(shape)

    def exponential(self, shape: Shape, dtype: Any = np.float32, rate: float = 1.0) -> np.ndarray:
        """Waiting times, `rate` events per unit of time; two words each.

        Example:
            >>> Generator().manual_seed(0).exponential(2)
            array([0.46365955, 0.25537834], dtype=float32)
        """
        limits.exponential(rate)
        out = np.empty(size(shape), dtype)
        for start in range(0, out.size, CHUNK):
            part = out[start : start + CHUNK]
            part[:] = np.log1p(-self._unit64(part.size)) * (-1.0 / rate)
        return out.reshape(shape)

    def multinomial(self, weights: np.ndarray, count: int, replacement: bool = False) -> np.ndarray:
        """Indices drawn with probabilities proportional to the weights; int64.

        Args:
            weights: floating point, shape (n,) or (rows, n); each row is drawn from on its own.
            count: draws per row.
            replacement: whether an index may be drawn again.

        Example:
            >>> Generator().manual_seed(0).multinomial(np.float32([0, 10, 3, 0]), 5, replacement=True)
            array([2, 1, 1, 1, 1])
        """
        limits.multinomial(weights, count, replacement)
        if not replacement or count == 1:
            # A race of waiting times: the first `count` arrivals. One draw needs no more than its winner.
            with np.errstate(divide="ignore", invalid="ignore"):
                speed = weights / self.exponential(weights.shape, weights.dtype)
            return np.argsort(-speed, axis=-1, kind="stable")[..., :count]
        rows = weights.reshape(-1, weights.shape[-1])
        cumulative = np.cumsum(rows, axis=1, dtype=rows.dtype)
        cumulative /= cumulative[:, -1:].copy()
        unit = self._unit64(len(rows) * count).reshape(-1, count)
        drawn = [np.searchsorted(row, u) for row, u in zip(cumulative, unit, strict=True)]
        return np.stack(drawn).astype(np.int64, copy=False).reshape(*weights.shape[:-1], count)


class CudaGenerator(Generator):
    """A stream on a GPU: CuPy's own. `Generator("cuda")` makes one."""

    def _restart(self) -> None:
        self._stream = devices.module_for(self._device).random.RandomState(self._seed)

    def __init__(self, device: Any = "cuda"):
        self._device = devices.resolve(device)
        self.manual_seed(DEFAULT_SEED)

    def state_bytes(self) -> np.ndarray:
        raise NotImplementedError("CuPy does not tell the state of its stream; keep the seed and start anew from it")

    def set_state(self, state: Any) -> "Generator":
        raise NotImplementedError("CuPy's stream has no state that could be set; use manual_seed")

    def uniform(self, shape: Shape, dtype: Any = np.float32, low: float = 0.0, high: float = 1.0) -> Any:
        limits.uniform(low, high, np.dtype(dtype))
        unit = self._stream.random_sample(shape, np.float64 if dtype == np.float64 else np.float32)
        return (unit * (high - low) + low).astype(dtype, copy=False)

    def normal(
        self, shape: Shape, dtype: Any = np.float32, mean: float = 0.0, std: float = 1.0, contiguous: bool = True
    ) -> Any:
        limits.normal(std)
        drawn = self._stream.normal(0.0, 1.0, shape, np.float64 if dtype == np.float64 else np.float32)
        return (drawn * std + mean).astype(dtype, copy=False)

    def integers(self, low: int, high: int, shape: Shape, dtype: Any = np.int64) -> Any:
        limits.integers(low, high, np.dtype(dtype))
        return self._stream.randint(low, high, shape, np.int64).astype(dtype, copy=False)

    def random(self, shape: Shape, dtype: Any = np.int64) -> Any:
        return self.integers(0, limits.random_span(np.dtype(dtype)), shape, dtype)

    def permutation(self, n: int, dtype: Any = np.int64) -> Any:
        limits.permutation(n)
        return self._stream.permutation(n).astype(dtype, copy=False)

    def bernoulli(self, p: Any, shape: Shape | None = None) -> Any:
        limits.bernoulli(p)
        return self._stream.random_sample(p.shape if shape is None else shape) < p

    def exponential(self, shape: Shape, dtype: Any = np.float32, rate: float = 1.0) -> Any:
        limits.exponential(rate)
        return (np.log1p(-self._stream.random_sample(shape)) * (-1.0 / rate)).astype(dtype, copy=False)

    def _unit64(self, count: int) -> Any:
        return self._stream.random_sample(count)


default_generator = Generator()
default_generator.seed()
Generator.__module__ = "tensorbook"
