"""What is made of the words (uint32) and pairs of words (uint64) that the Mersenne Twister gives."""

import numpy as np

from .boxmuller import MASK_24, PAIRS

CHUNK = 2 * PAIRS  # numbers worked on at a time
MASK_53, BITS_32 = np.array((1 << 53) - 1, np.uint64), np.array(32, np.uint64)


def unit32(words: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """float32 in [0, 1) from the low 24 bits of each word, which are lost on the way."""
    words &= MASK_24
    unit = np.empty(words.size, np.float32) if out is None else out
    unit[:] = words.view(np.int32)
    unit *= np.float32(2**-24)
    return unit


def unit64(words: np.ndarray) -> np.ndarray:
    """float64 in [0, 1) from the low 53 bits of each pair of words, which are lost on the way."""
    words &= MASK_53
    unit = words.view(np.int64).astype(np.float64)
    unit *= 2.0**-53
    return unit


def untempered(words: np.ndarray) -> np.ndarray:
    """The part of the twister's key that the words came from: its last step, the tempering, undone."""
    key = words ^ (words >> 18)
    key ^= (key << 15) & 0xEFC60000
    tempered = key
    for _ in range(4):  # each time seven more bits, counted from below, are right
        key = tempered ^ ((key << 7) & 0x9D2C5680)
    return key ^ (key >> 11) ^ (key >> 22)


def halves_swapped(words: np.ndarray) -> np.ndarray:
    """The halves of each uint64 change places, in place."""
    low = words << BITS_32
    words >>= BITS_32
    words |= low
    return words


def divide(words: np.ndarray, by: int) -> None:
    """Leave the remainders. NumPy takes several at a time for a quotient, but one by one for a remainder."""
    quotients = words // words.dtype.type(by)
    quotients *= words.dtype.type(by)
    words -= quotients


def scale(numbers: np.ndarray, by: float, plus: float) -> None:
    """numbers * by + plus, in place, with one rounding."""
    for start in range(0, numbers.size, CHUNK):
        part = numbers[start : start + CHUNK]
        wide = part.astype(np.float64)
        wide *= by
        wide += plus
        part[:] = wide
