"""One number for each dimension, under the names that layers of one's own import from here in PyTorch."""

from functools import partial

from .conv import per_dim

_single, _pair, _triple, _quadruple = (partial(per_dim, dims=n) for n in (1, 2, 3, 4))
