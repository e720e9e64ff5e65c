"""Twenty thousand programs of views, indices and writes (view_programs.py), a thousand to a test."""

import pytest

from tests.oracle import require_torch
from tests.view_programs import Writer, run_programs

require_torch()
pytestmark = pytest.mark.oracle
PART = 1000
ONCE_DIFFERENT = [
    27346, 51568, 54232, 62069, 63636, 64271, 68552, 70047, 71830, 76139, 80162, 80798, 86796, 87100, 90492, 91432,
    92425, 94040, 106022, 109406, 119335, 131212, 132315, 132594, 134382, 134448, 141295, 145508, 159438, 159915,
    164094, 165992, 170654, 178593, 187573, 190362,
]  # fmt: skip


@pytest.mark.parametrize("part", range(20))
def test_programs(part):
    accepted, _ = run_programs(part * PART, (part + 1) * PART)
    assert accepted > 5 * PART  # the programs are not all refused


def test_programs_that_once_differed():
    for seed in ONCE_DIFFERENT:
        run_programs(seed, seed + 1)


def test_a_seed_always_writes_the_same_program():
    assert Writer(3).first() == Writer(3).first() != Writer(4).first()
