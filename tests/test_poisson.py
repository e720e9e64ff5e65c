"""poisson draws PyTorch's numbers, for small rates and large ones, and leaves the stream where PyTorch leaves it."""

import pytest

from tests.agreement import agree

RATES = {"small": [0.0, 0.5, 3.0, 9.9], "large": [10.0, 12.5, 100.0, 1e4], "mixed": [4.0, 40.0, 0.0, 7.5]}


@pytest.mark.oracle
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("rates", RATES)
def test_counts(rates, dtype):
    def draw(torch):
        torch.manual_seed(5)
        x = torch.tensor(RATES[rates], dtype=getattr(torch, dtype))
        own = torch.Generator().manual_seed(2)
        return torch.poisson(x), torch.poisson(x.expand(30, 4)), torch.rand(3), torch.poisson(x, generator=own)

    agree(draw)


@pytest.mark.oracle
@pytest.mark.parametrize("wrong", [[-1.0], [2]])
def test_refused(wrong):
    agree(lambda torch: torch.poisson(torch.tensor(wrong)))
