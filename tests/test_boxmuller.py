"""Logarithm, sine and cosine against PyTorch's, one uniform number at a time."""

import numpy as np
import pytest

from tensorbook import boxmuller
from tests.oracle import require_torch

require_torch()
pytestmark = pytest.mark.oracle

from tests.boxmuller_all import differing  # noqa: E402


def test_uniform_numbers_one_by_one():
    """Some spread over all 2**24, and all that stand near a corner: an end, a quarter turn, a power of two."""
    corners = [0, 2**24, *(eighth * 2**21 for eighth in range(1, 8)), *(2**24 - 2**bit for bit in range(24))]
    near = np.concatenate([np.arange(corner - 30, corner + 30) for corner in corners]) % 2**24
    assert differing(np.append(near, np.arange(7, 2**24, 1999))) == (0, 0)


def test_pieces_of_every_size():
    words = np.random.default_rng(0).integers(0, 2**32, 2 * boxmuller.PAIRS, np.uint32)
    whole, waves = np.empty(words.size, np.float32), boxmuller.waves(words[: boxmuller.PAIRS])
    boxmuller.fill(whole, words.copy())
    blocks = whole[: boxmuller.PAIRS].reshape(-1, 2, 8).transpose(1, 0, 2)
    np.testing.assert_array_equal(waves.reshape(2, -1, 16)[:, :, :8], blocks)
    for size in (16, 160, 4096):
        part = np.empty(size, np.float32)
        boxmuller.fill(part, words[size : 2 * size].copy())
        np.testing.assert_array_equal(part, whole[size : 2 * size])


def test_numpys_own_functions_come_near():
    words = np.random.default_rng(1).integers(0, 2**24, 16_000, np.uint32)
    exact, near = np.empty(words.size, np.float32), np.empty(words.size, np.float32)
    boxmuller.fill_by_numpy(near, words.astype(np.float32) * np.float32(2**-24))
    boxmuller.fill(exact, words)
    np.testing.assert_allclose(near, exact, rtol=0, atol=1e-6)
