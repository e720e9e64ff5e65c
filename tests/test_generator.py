"""The CPU's random stream against PyTorch's, draw by draw."""

import math
import subprocess
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tensorbook import boxmuller, devices, generator, normal_draws
from tensorbook import settings as computing
from tensorbook.generator import Generator
from tests.oracle import require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle

FLOATS = [np.float16, np.float32, np.float64]
COUNTS = [0, 1, 2, 5, 15, 16, 17, 31, 32, 33, 100, 623, 624, 625, 640, 1003, 5000, 70_001, 200_000]


def tdtype(dtype):
    return getattr(torch, np.dtype(dtype).name)


def pair(seed=0):
    return Generator().manual_seed(seed), torch.Generator().manual_seed(seed)


def same_bits(got, expected):
    expected = expected.numpy()
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    assert got.tobytes() == expected.tobytes()


def same(got, expected, scale=1):
    """Equal in every bit; float64 within an ulp or two of the numbers that it is computed from."""
    if got.dtype == np.float64:
        assert got.shape == expected.shape
        np.testing.assert_allclose(got, expected.numpy(), rtol=4e-16, atol=1e-15 * scale)
    else:
        same_bits(got, expected)


@pytest.mark.parametrize("seed", [0, 1, 42, 2**31 + 5, 2**32, 2**40 + 3, 2**64 - 1, -1, -(2**63)])
def test_seeds(seed):
    ours, theirs = pair(seed)
    assert ours.initial_seed() == theirs.initial_seed()
    same_bits(ours.uniform(700), torch.rand(700, generator=theirs))


def test_the_seed_nobody_gave():
    assert Generator().initial_seed() == torch.Generator().initial_seed()
    same_bits(Generator().uniform(3), torch.rand(3, generator=torch.Generator()))
    g = Generator()
    drawn = g.seed()
    assert drawn == g.initial_seed() != generator.DEFAULT_SEED
    assert Generator().seed() != drawn


@pytest.mark.parametrize("seed", [2**64, -(2**63) - 1, "a", 1.5, True, None])
def test_bad_seeds(seed):
    with pytest.raises((RuntimeError, ValueError)) as expected:
        torch.Generator().manual_seed(seed)
    with pytest.raises(expected.type, match=str(expected.value).split(",")[0]):
        Generator().manual_seed(seed)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_uniform(dtype, count):
    ours, theirs = pair(3)
    same_bits(ours.uniform(count, dtype), torch.rand(count, dtype=tdtype(dtype), generator=theirs))
    for low, high in ((-2, 3), (-0.1, 0.1), (1, 1 + 2**-20), (1, 1), (0, 1e-3), (-30000, 30000)):
        expected = torch.empty(count, dtype=tdtype(dtype)).uniform_(low, high, generator=theirs)
        same(ours.uniform(count, dtype, low, high), expected, max(abs(low), abs(high)))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("dtype", FLOATS)
def test_normal(dtype, count):
    ours, theirs = pair(7)
    for _ in range(3):
        same(ours.normal(count, dtype), torch.randn(count, dtype=tdtype(dtype), generator=theirs))
    for mean, std in ((2, 3), (-0.1, 1), (0, 0.02), (5, 0)):
        expected = torch.empty(count, dtype=tdtype(dtype)).normal_(mean, std, generator=theirs)
        same(ours.normal(count, dtype, mean, std), expected)


def test_normal_has_no_negative_zero():
    ours, theirs = pair(1)
    got, expected = ours.normal(normal_draws.LARGE - 1), torch.randn(normal_draws.LARGE - 1, generator=theirs)
    same_bits(got, expected)
    words = np.zeros(16, np.uint32)  # eight radii of zero, and eight angles
    words[8:] = np.linspace(0, 2**24 - 1, 8)
    assert not np.signbit(boxmuller.waves(words)).any()


def test_large_normal_is_within_two_ulps():
    ours, theirs = pair(5)
    count = normal_draws.LARGE + 5  # with a last block that is drawn anew
    got, expected = ours.normal(count), torch.randn(count, generator=theirs).numpy()
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-6)
    same_bits(ours.uniform(9), torch.rand(9, generator=theirs))


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("count", [1, 5, 40])
def test_normal_into_a_tensor_that_is_not_contiguous(dtype, count):
    ours, theirs = pair(2)
    expected = torch.empty(2 * count, dtype=tdtype(dtype))[::2].normal_(1, 2, generator=theirs)
    same(ours.normal(count, dtype, 1, 2, contiguous=False), expected.contiguous())


def test_the_second_of_a_pair_waits():
    ours, theirs = pair(9)
    for count, dtype in ((3, np.float32), (3, np.float64), (20, np.float32), (1, np.float32), (1, np.float64)):
        same(ours.normal(count, dtype), torch.randn(count, dtype=tdtype(dtype), generator=theirs))
    ours.normal(1), ours.manual_seed(4)
    same(ours.normal(2), torch.randn(2, generator=theirs.manual_seed(4)))


@pytest.mark.parametrize("n", [0, 1, 2, 10, generator.MANY_SWAPS, generator.MANY_SWAPS + 1, 5000, 65_536, 70_001])
def test_permutation_of_many(n):
    ours, theirs = pair(4)
    for _ in range(3):
        same_bits(ours.permutation(n), torch.randperm(n, generator=theirs))
    same_bits(ours.uniform(3), torch.rand(3, generator=theirs))


@pytest.mark.parametrize("low, high", [(0, 10), (5, 100), (-3, 3), (7, 8)])
@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.int16, np.int8, np.float32, np.float64])
def test_integers(low, high, dtype):
    ours, theirs = pair(9)
    same_bits(
        ours.integers(low, high, 700, dtype), torch.randint(low, high, (700,), dtype=tdtype(dtype), generator=theirs)
    )


@pytest.mark.parametrize("high", [2**28 - 1, 2**28, 2**31, 2**32 - 1, 2**32, 2**40, 2**63 - 1])
@pytest.mark.parametrize("low", [0, -5])
def test_wide_integers(low, high):
    ours, theirs = pair(9)
    for shape in ((3,), (400, 2)):
        same_bits(ours.integers(low, high, shape), torch.randint(low, high, shape, generator=theirs))


def test_integers_to_the_end():
    ours, theirs = pair(9)
    for low in (-(2**63), -5, 5):
        same_bits(ours.integers(low, 2**63, 9), torch.empty(9, dtype=torch.int64).random_(low, None, generator=theirs))


@pytest.mark.parametrize(
    "low, high, dtype", [(5, 3, "int64"), (0, 300, "uint8"), (-1, 3, "uint8"), (0, 3, "bool"), (0, 129, "int8")]
)
def test_bad_ranges(low, high, dtype):
    with pytest.raises(RuntimeError) as expected:
        torch.randint(low, high, (2,), dtype=getattr(torch, dtype))
    with pytest.raises(RuntimeError, match=str(expected.value).split(" for ")[0]):
        Generator().integers(low, high, 2, dtype)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64", "bool", "float16", "float32", "float64"])
def test_random(dtype):
    ours, theirs = pair(6)
    for count in (3, 1000):
        expected = torch.empty(count, dtype=getattr(torch, dtype)).random_(generator=theirs)
        same_bits(ours.random(count, dtype), expected)


@pytest.mark.parametrize("n", [0, 1, 2, 10, 1000, 60_000])
def test_permutation(n):
    ours, theirs = pair(11)
    for _ in range(2):
        same_bits(ours.permutation(n), torch.randperm(n, generator=theirs))


@pytest.mark.parametrize("p", [0, 0.3, 0.5, 1 / 3, 1])
def test_bernoulli(p):
    ours, theirs = pair()
    for count in (3, 1000, 100_000):
        got = ours.bernoulli(p, count)
        if bernoulli_is_from_the_twister():
            same_bits(got, torch.empty(count, dtype=torch.bool).bernoulli_(p, generator=theirs))
        assert abs(got.mean() - p) < 5 * math.sqrt(p * (1 - p) / count) + 1e-12


@pytest.mark.parametrize("dtype", FLOATS)
def test_bernoulli_of_probabilities(dtype):
    ours, theirs = pair()
    p = torch.rand(30, 10, dtype=tdtype(dtype), generator=torch.Generator().manual_seed(1))
    for _ in range(2):
        same_bits(ours.bernoulli(p.numpy()), torch.bernoulli(p, generator=theirs).bool())


def bernoulli_is_from_the_twister():
    """On Intel processors PyTorch may let MKL draw, from another stream."""
    theirs = torch.Generator().manual_seed(0)
    drawn = torch.empty(64).bernoulli_(0.5, generator=theirs).bool().numpy()
    return np.array_equal(drawn, Generator().manual_seed(0)._unit64(64) < 0.5)


@pytest.mark.parametrize("rate", [1, 2.5])
@pytest.mark.parametrize("dtype", FLOATS)
def test_exponential(dtype, rate):
    if not bernoulli_is_from_the_twister():
        pytest.skip("on this processor PyTorch draws exponential numbers from MKL's stream")
    ours, theirs = pair()
    for count in (5, 3000):
        expected = torch.empty(count, dtype=tdtype(dtype)).exponential_(rate, generator=theirs)
        same(ours.exponential(count, dtype, rate), expected)


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(
    "shape, count, replacement",
    [((20,), 5, False), ((20,), 1000, True), ((4, 5), 3, False), ((4, 5), 30, True), ((7,), 1, True), ((7,), 7, False)],
)
def test_multinomial(dtype, shape, count, replacement):
    if not replacement and not bernoulli_is_from_the_twister():
        pytest.skip("on this processor PyTorch draws exponential numbers from MKL's stream")
    ours, theirs = pair(3)
    weights = torch.rand(shape, generator=torch.Generator().manual_seed(1)).to(tdtype(dtype))
    for _ in range(2):
        expected = torch.multinomial(weights, count, replacement, generator=theirs)
        same_bits(ours.multinomial(weights.numpy(), count, replacement), expected)


@pytest.mark.parametrize(
    "weights, count, replacement",
    [
        ([0.5, -1.0], 1, False),
        ([0.0, 0.0], 1, False),
        ([0.5, 0.5], 3, False),
        ([0.5, 0.5], 0, False),
        ([1, 2], 1, False),
        ([[[0.5]]], 1, False),
        (1.0, 1, False),
        ([0.5, math.nan], 1, False),
        ([0.0, 0.0], 3, True),
    ],
)
def test_bad_weights(weights, count, replacement):
    with pytest.raises(RuntimeError) as expected:
        torch.multinomial(torch.tensor(weights), count, replacement)
    weights = torch.tensor(weights).numpy()
    with pytest.raises(RuntimeError) as got:
        Generator().multinomial(weights, count, replacement)
    assert str(expected.value).split(", got")[0] in str(got.value)


@pytest.mark.parametrize(
    "ours, theirs",
    [
        (lambda g: g.uniform(3, low=3, high=1), lambda t: t.uniform_(3, 1)),
        (lambda g: g.uniform(3, low=math.nan), lambda t: t.uniform_(math.nan, 1)),
        (lambda g: g.normal(3, std=-1), lambda t: t.normal_(0, -1)),
        (lambda g: g.bernoulli(1.5, 3), lambda t: t.bernoulli_(1.5)),
        (lambda g: g.bernoulli(math.nan, 3), lambda t: t.bernoulli_(math.nan)),
        (lambda g: g.bernoulli(np.float32([2])), lambda t: torch.bernoulli(t + 2)),
        (lambda g: g.exponential(3, rate=0), lambda t: t.exponential_(0)),
    ],
)
def test_bad_parameters(ours, theirs):
    with pytest.raises(RuntimeError):
        theirs(torch.zeros(3))
    with pytest.raises(RuntimeError):
        ours(Generator())


DRAWS = {
    "uniform": (lambda g, n: g.uniform(n), lambda g, n: torch.rand(n, generator=g)),
    "uniform64": (lambda g, n: g.uniform(n, "f8"), lambda g, n: torch.rand(n, dtype=torch.float64, generator=g)),
    "normal": (lambda g, n: g.normal(n), lambda g, n: torch.randn(n, generator=g)),
    "normal16": (lambda g, n: g.normal(n, "f2"), lambda g, n: torch.randn(n, dtype=torch.float16, generator=g)),
    "normal64": (lambda g, n: g.normal(n, "f8"), lambda g, n: torch.randn(n, dtype=torch.float64, generator=g)),
    "integers": (lambda g, n: g.integers(0, 9, n), lambda g, n: torch.randint(0, 9, (n,), generator=g)),
    "wide": (lambda g, n: g.integers(0, 2**50, n), lambda g, n: torch.randint(0, 2**50, (n,), generator=g)),
    "permutation": (lambda g, n: g.permutation(n), lambda g, n: torch.randperm(n, generator=g)),
}


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1),
    draws=st.lists(st.tuples(st.sampled_from(sorted(DRAWS)), st.integers(0, 50) | st.integers(0, 1500)), max_size=25),
    keep=st.integers(0, 24),
)
def test_any_sequence_of_draws_and_its_state(seed, draws, keep):
    ours, theirs = pair(seed)
    for step, (name, count) in enumerate(draws):
        if step == keep:  # the state travels both ways, to the byte
            state = theirs.get_state()
            np.testing.assert_array_equal(ours.state_bytes(), state.numpy())
            ours, theirs = (
                Generator().set_state(state),
                torch.Generator().set_state(torch.from_numpy(ours.state_bytes())),
            )
        mine, its = DRAWS[name]
        same(mine(ours, count), its(theirs, count))
    np.testing.assert_array_equal(ours.state_bytes(), theirs.get_state().numpy())


@pytest.mark.parametrize("size", [624, 640, 4096, 10_000, 40_000])
def test_numbers_made_ahead(size, monkeypatch):
    """A run of draws of one size, broken off at any place by a draw of another kind, or by a look at the state."""
    monkeypatch.setattr(normal_draws, "AHEAD", 64_000)
    monkeypatch.setattr(normal_draws, "CHUNK", 16_000)
    monkeypatch.setitem(computing._state, "threads", 3)
    breaks = [
        lambda ours, theirs: same_bits(ours.uniform(3), torch.rand(3, generator=theirs)),
        lambda ours, theirs: same_bits(ours.normal(21), torch.randn(21, generator=theirs)),
        lambda ours, theirs: same_bits(ours.uniform(3000), torch.rand(3000, generator=theirs)),
        lambda ours, theirs: same_bits(ours.uniform(2, "f8"), torch.rand(2, dtype=torch.float64, generator=theirs)),
        lambda ours, theirs: same_bits(ours.normal(9_000 + size), torch.randn(9_000 + size, generator=theirs)),
        lambda ours, theirs: np.testing.assert_array_equal(ours.state_bytes(), theirs.get_state().numpy()),
        lambda ours, theirs: (ours.manual_seed(5), theirs.manual_seed(5)),
        lambda ours, theirs: ours.set_state(theirs.get_state()),
    ]
    ours, theirs = pair(2)
    made_ahead = False
    for length in (3, 4, 5, 6, 9):
        for interrupt in breaks:
            for _ in range(length if size < 40_000 else 4):
                same_bits(ours.normal(size), torch.randn(size, generator=theirs))
            made_ahead = made_ahead or ours._ready is not None
            interrupt(ours, theirs)
    for _ in range(20):
        same_bits(ours.normal(size), torch.randn(size, generator=theirs))
    assert made_ahead == (624 < size <= 32_000)


def test_bad_states():
    for state in (np.zeros(5056), np.zeros(50, np.uint8), np.zeros(5056, np.uint8)):
        with pytest.raises((TypeError, RuntimeError)) as expected:
            torch.Generator().set_state(torch.from_numpy(state))
        with pytest.raises(expected.type, match=str(expected.value)):
            Generator().set_state(state)


def test_a_generator_leaves_others_alone():
    a, b = Generator().manual_seed(1), Generator().manual_seed(1)
    before = generator.default_generator.state_bytes()
    a.uniform(1000)
    np.testing.assert_array_equal(b.uniform(5), Generator().manual_seed(1).uniform(5))
    np.testing.assert_array_equal(before, generator.default_generator.state_bytes())


class Curand:
    """Stands in for cupy.random.RandomState where there is no GPU: the same calls, NumPy's numbers."""

    def __init__(self, seed):
        self.numpy = np.random.default_rng(seed)

    def random_sample(self, size, dtype=np.float64):
        return self.numpy.random(size, dtype)

    def normal(self, loc, scale, size, dtype):
        return (self.numpy.normal(size=size) * scale + loc).astype(dtype)

    def randint(self, low, high, size, dtype):
        return self.numpy.integers(low, high, size, dtype)

    def permutation(self, n):
        return self.numpy.permutation(n)


def test_a_generator_on_a_gpu_draws_from_cupy(monkeypatch):
    cupy = types.SimpleNamespace(random=types.SimpleNamespace(RandomState=Curand))
    monkeypatch.setattr(devices, "resolve", devices.device)
    monkeypatch.setattr(devices, "module_for", lambda device: cupy)
    g = Generator("cuda:1").manual_seed(3)
    assert isinstance(g, Generator)
    assert (str(g.device), g.initial_seed()) == ("cuda:1", 3)
    draws = [
        lambda: g.uniform((50, 60), np.float16, -1, 2),
        lambda: g.normal(3000, np.float32, 5, 2),
        lambda: g.integers(-4, 4, 3000, np.int8),
        lambda: g.random((3000,), np.uint8),
        lambda: g.permutation(3000),
        lambda: g.bernoulli(0.25, 3000),
        lambda: g.bernoulli(np.full(3000, 0.25, np.float32)),
        lambda: g.exponential(3000, np.float32, 0.5),
        lambda: g.multinomial(np.float32([0, 1, 3]), 3000, replacement=True),
        lambda: g.multinomial(np.ones((1000, 6), np.float32), 3),
    ]
    means = [0.5, 5, -0.5, 127.5, 1499.5, 0.25, 0.25, 2, 1.75, 2.5]
    types_drawn = ["float16", "float32", "int8", "uint8", "int64", "bool", "bool", "float32", "int64", "int64"]
    for draw, mean, dtype in zip(draws, means, types_drawn, strict=True):
        g.manual_seed(8)
        values = draw()
        assert values.dtype == dtype
        assert values.size == 3000
        deviation = values.astype(float).std()
        assert abs(values.astype(float).mean() - mean) < 5 * deviation / math.sqrt(3000)
        g.manual_seed(8)
        np.testing.assert_array_equal(draw(), values)
    with pytest.raises(NotImplementedError, match="keep the seed"):
        g.state_bytes()
    with pytest.raises(NotImplementedError, match="manual_seed"):
        g.set_state(b"")


def test_default_seed_differs_from_run_to_run():
    code = "import tensorbook; print(tensorbook.initial_seed())"
    drawn = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(2)}
    assert len(drawn) == 2
    assert all(int(seed) >= 0 for seed in drawn)
