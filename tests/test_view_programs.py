"""Twenty thousand programs of views, indices and writes (view_programs.py), a thousand to a test."""

import pytest

from tests.oracle import require_torch
from tests.view_programs import Writer, run_programs

require_torch()
pytestmark = pytest.mark.oracle
PART = 1000


@pytest.mark.parametrize("part", range(20))
def test_programs(part):
    accepted, _ = run_programs(part * PART, (part + 1) * PART)
    assert accepted > 5 * PART  # the programs are not all refused


def test_a_seed_always_writes_the_same_program():
    assert Writer(3).first() == Writer(3).first() != Writer(4).first()
