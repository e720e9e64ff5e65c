"""Every uniform number that a normal number can be made of, given to PyTorch and to tensorbook.

    python -m tests.boxmuller_all

PyTorch draws its uniform numbers itself; but the words that its generator gives are its state, tempered. So a state is
made that gives the words wanted. A radius shows where the angle is 0, an angle where the radius is 1: every logarithm
and every sine and cosine is compared by itself. Takes a minute; tests/test_boxmuller.py takes some of them.
"""

import numpy as np

from tensorbook import boxmuller
from tensorbook.generator import REFILL, STATE
from tensorbook.words import untempered

WORDS = REFILL - 16  # a generator cannot stand before the first word of its state, but on the next block
RADIUS_ONE = 6601320  # sqrt(-2 ln(1 - u)) = 1 for u = this * 2**-24


def pytorch(words: np.ndarray) -> np.ndarray:
    """The normal numbers that PyTorch makes of words, WORDS in each row."""
    import torch

    states = np.zeros(len(words), STATE)
    states["seeded"], states["next"], states["left"] = 1, REFILL - WORDS, WORDS + 1
    states["key"][:, -WORDS:] = untempered(words)
    generator, out = torch.Generator(), torch.empty(words.shape)
    for row, state in zip(out, torch.from_numpy(states.view(np.uint8).reshape(len(words), -1)), strict=True):
        row.normal_(generator=generator.set_state(state.clone()))  # it would not see that a row begins later
    return out.numpy()


def differing(steps: np.ndarray) -> tuple[int, int]:
    """How many radii and how many cosines and sines differ, for uniform numbers of so many steps of 2**-24."""
    rows = -(-steps.size * 2 // WORDS)
    halves = np.zeros((rows, WORDS // 16, 2, 8), np.uint32)
    found = []
    for varied, other in ((0, 0), (1, RADIUS_ONE)):
        halves[:, :, varied] = np.resize(steps, halves[:, :, varied].shape)
        halves[:, :, 1 - varied] = other
        words = halves.reshape(rows, WORDS)
        ours = np.empty(words.shape, np.float32)
        for row in range(0, rows, 32):
            boxmuller.fill(ours[row : row + 32].reshape(-1), words[row : row + 32].reshape(-1).copy())
        found.append(int(np.count_nonzero(ours.view(np.int32) != pytorch(words).view(np.int32))))
    return found[0], found[1]


if __name__ == "__main__":
    radii = waves = 0
    for start in range(0, 2**24, 2**20):
        more_radii, more_waves = differing(np.arange(start, start + 2**20))
        radii, waves = radii + more_radii, waves + more_waves
    print(f"of 2**24 uniform numbers: {radii} radii differ, {waves} cosines and sines")
