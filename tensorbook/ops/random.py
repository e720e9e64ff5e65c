"""Tensors of random numbers. On the CPU the same seed gives PyTorch's numbers (generator.py); on a GPU CuPy's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .. import devices, dtypes
from ..generator import Generator, default_generator
from ..memory_format import memory_format, preserve_format
from ..tensor import Tensor, make
from . import creation
from .creation import _lengths, finished
from .data import kind_of
from .define import op
from .inplace import apply, nothing  # noqa: F401 (the entries name it)
from .kernels import refuse
from .operands import in_order
from .view import sizes
from .words import c_type, scalar_type
from .writing import check_writable, recorded, written

_gpu_generators: dict[int, Generator] = {}


def _source(generator: Generator | None, place: devices.device) -> Generator:
    """The stream to draw from: the one given, or the default one of the device."""
    if generator is not None:
        if not isinstance(generator, Generator):
            raise TypeError(f"argument 'generator' must be a torch.Generator, not {type(generator).__name__}")
        if generator.device.type != place.type:
            raise RuntimeError(
                f"Expected a '{place.type}' device type for generator but found '{generator.device.type}'"
            )
        return generator
    if place.type == "cpu":
        return default_generator
    if place.index not in _gpu_generators:
        _gpu_generators[place.index] = Generator(place).manual_seed(default_generator.initial_seed())
    return _gpu_generators[place.index]


def manual_seed(seed: int) -> Generator:
    """Start every default stream anew from a seed; returns the CPU's.

    >>> import tensorbook as torch
    >>> _ = torch.manual_seed(0)
    >>> torch.rand(3)
    tensor([0.4963, 0.7682, 0.0885])
    """
    for generator in _gpu_generators.values():
        generator.manual_seed(seed)
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Start the default stream anew from a seed drawn by the operating system, and return that seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed that the default stream started from."""
    return default_generator.initial_seed()


def get_state(self: Generator) -> Tensor:
    """The stream's whole state, 5056 bytes; PyTorch's `set_state` understands it too."""
    return make(self.state_bytes())


def clone_state(self: Generator) -> Generator:
    """Another generator that will draw the same numbers from here on."""
    return Generator(self.device).set_state(self.state_bytes())


def restart(gpu: int) -> None:
    """Start a GPU's default stream, if anything was drawn from it, anew from its seed."""
    if gpu in _gpu_generators:
        _gpu_generators[gpu].manual_seed(_gpu_generators[gpu].initial_seed())


Generator.get_state, Generator.clone_state = get_state, clone_state


def get_rng_state() -> Tensor:
    """The default stream's state as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Continue the default stream from a state that get_rng_state gave."""
    default_generator.set_state(new_state.numpy())


# ---- new tensors


def rand(
    *size: object, generator: Generator | None = None, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Evenly distributed between 0 and 1 (1 excluded)."""
    place = devices.resolve(device)
    shape = _lengths("rand", size)
    return finished(_source(generator, place).uniform(shape, _floating(dtype, "rand")), requires_grad)


def randn(
    *size: object, generator: Generator | None = None, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normally distributed, mean 0 and standard deviation 1."""
    place = devices.resolve(device)
    shape = _lengths("randn", size)
    return finished(_source(generator, place).normal(shape, _floating(dtype, "randn")), requires_grad)


def _floating(dtype: dtypes.dtype | None, name: str) -> np.dtype:
    kind = kind_of(dtype)
    if kind.kind != "f":
        raise NotImplementedError(f'"{name}" not implemented for {dtype}: only for floating point dtypes')
    return kind


def randint(
    *args: object, low: int | None = None, high: int | None = None, size: Sequence[int] | None = None,
    generator: Generator | None = None, dtype: dtypes.dtype = dtypes.int64, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """randint(high, size) or randint(low, high, size): whole numbers, low included, high excluded."""
    numbers = [a for a in args if isinstance(a, int)]
    shapes = [a for a in args if not isinstance(a, int)]
    size = size if size is not None else shapes[0] if shapes else None
    if size is None:
        raise TypeError("randint() expects a size, such as (2, 3), after the bounds")
    if len(numbers) == 2:
        low, high = numbers
    elif len(numbers) == 1:
        low, high = (numbers[0], high) if high is not None else (low or 0, numbers[0])
    low = low or 0
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    place = devices.resolve(device)
    return finished(_source(generator, place).integers(low, high, sizes((size,)), kind_of(dtype)), requires_grad)


def randperm(
    n: int, *, generator: Generator | None = None, dtype: dtypes.dtype = dtypes.int64, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The numbers from 0 to n - 1 in random order."""
    place = devices.resolve(device)
    refuse("randperm", np.empty(0, dtype.numpy))
    return finished(_source(generator, place).permutation(n, kind_of(dtype)), requires_grad)


def normal(
    mean: float | Tensor, std: float | Tensor = 1.0, size: Sequence[int] | None = None, *,
    generator: Generator | None = None, dtype: dtypes.dtype | None = None, device: object = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normally distributed with a mean and a standard deviation; either may be a tensor."""
    tensors = [x for x in (mean, std) if isinstance(x, Tensor)]
    if not tensors:
        place = devices.resolve(device)
        array = _source(generator, place).normal(sizes((size,)), _floating(dtype, "normal"), mean, std)
        return finished(array, requires_grad)
    shape = np.broadcast_shapes(*(x._array.shape for x in tensors))
    like = tensors[0]
    refuse("normal_kernel_cpu", like._array, "biu")
    if isinstance(std, Tensor) and (std._array < 0).any():
        raise RuntimeError("normal expects all elements of std >= 0.0")
    draw = make(_source(generator, like.device).normal(shape, like._array.dtype))
    return (draw * std + mean).detach().requires_grad_(requires_grad)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that stands in each place (or with p everywhere), else 0."""
    if p is not None:
        return bernoulli_(make(input._array.copy()), p, generator=generator)
    refuse("bernoulli_tensor_cpu_p_", input._array, "biu")
    drawn = _source(generator, input.device).bernoulli(input._array)
    return make(drawn.astype(input._array.dtype))


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:  # fmt: skip
    """Indices drawn with probabilities in proportion to the weights."""
    return make(in_order(_source(generator, input.device).multinomial(input._array, num_samples, replacement)))


def rand_like(
    input: Tensor, *, generator: Generator | None = None, dtype: object = None, device: object = None,
    requires_grad: bool = False, memory_format: memory_format = preserve_format,
) -> Tensor:  # fmt: skip
    """rand in another tensor's shape, dtype and device."""
    if not input._array.flags.c_contiguous and memory_format is preserve_format:  # filled in the order of its memory
        drawn = creation.empty_like(input, dtype=dtype, device=device)
        return drawn.uniform_(generator=generator).requires_grad_(requires_grad)
    drawn = rand(input.shape, generator=generator, dtype=dtype or input.dtype, device=device or input.device)
    return drawn.to(memory_format=memory_format).requires_grad_(requires_grad)


def randn_like(
    input: Tensor, *, generator: Generator | None = None, dtype: object = None, device: object = None,
    requires_grad: bool = False, memory_format: memory_format = preserve_format,
) -> Tensor:  # fmt: skip
    """randn in another tensor's shape, dtype and device."""
    if not input._array.flags.c_contiguous and memory_format is preserve_format:
        drawn = creation.empty_like(input, dtype=dtype, device=device)
        return drawn.normal_(generator=generator).requires_grad_(requires_grad)
    drawn = randn(input.shape, generator=generator, dtype=dtype or input.dtype, device=device or input.device)
    return drawn.to(memory_format=memory_format).requires_grad_(requires_grad)


def randint_like(
    input: Tensor, *bounds: int, low: int | None = None, high: int | None = None, generator: Generator | None = None,
    dtype: object = None, device: object = None,
) -> Tensor:  # fmt: skip
    """randint in another tensor's shape, dtype and device."""
    place = {"generator": generator, "dtype": dtype or input.dtype, "device": device or input.device}
    drawn = randint(*bounds, low=low, high=high, size=input.shape, **place)
    if input._array.flags.c_contiguous:
        return drawn
    strides = creation.like(input._array).strides  # PyTorch fills it in the order of its memory
    return make(_as_memory_lies(drawn._array, strides))


# ---- filling a tensor in place


def _as_memory_lies(drawn: np.ndarray, strides: tuple[int, ...]) -> np.ndarray:
    """PyTorch fills a tensor in the order of its memory: the dimension with the largest stride comes first."""
    order = sorted(range(drawn.ndim), key=lambda dim: -strides[dim])
    return drawn.reshape([drawn.shape[dim] for dim in order]).transpose(np.argsort(order).tolist())


def _filler(name: str, draw: object, node: str, doc: str) -> object:
    redraw = op(f"{name}(self; numbers)", "numbers", node, self="nothing(grad)")

    def method(self: Tensor, *args: float, generator: Generator | None = None, **kwargs: float) -> Tensor:
        kind = self._array.dtype.kind
        if kind != "f" and name in ("uniform_", "normal_", "exponential_"):
            refused = RuntimeError if name == "exponential_" else NotImplementedError
            raise refused(f"\"{name}\" not implemented for '{scalar_type(self)}': only for floating point dtypes")
        check_writable(self)
        drawn = draw(_source(generator, self.device), self, *args, **kwargs)
        if not self._array.flags.c_contiguous and not any(isinstance(a, Tensor) for a in args):
            drawn = _as_memory_lies(drawn, self._array.strides)
        if recorded(self):
            return apply(self, redraw, drawn.astype(self._array.dtype, copy=False), repeats=True)
        self._array[...] = drawn
        written(self)
        return self

    method.__name__, method.__doc__ = name, doc
    return method


def _draw_random(g: Generator, x: Tensor, low: int | None = None, high: int | None = None, **named: int) -> np.ndarray:
    if named.keys() - {"from", "to"}:
        raise TypeError(f"random_() received an invalid combination of arguments - got ({', '.join(named)})")
    low, high = named.get("from", low), named.get("to", high)
    if low is None and high is None:
        return g.random(x._array.shape, x._array.dtype)
    low, high = (0, low) if high is None else (low or 0, high)
    return g.integers(low, high, x._array.shape, x._array.dtype)


uniform_ = _filler(
    "uniform_",
    lambda g, x, a=0.0, b=1.0, **k: g.uniform(x._array.shape, x._array.dtype, k.get("from", a), k.get("to", b)),
    "UniformBackward0",
    "Fill with numbers evenly distributed between two bounds.",
)
normal_ = _filler(
    "normal_",
    lambda g, x, mean=0.0, std=1.0: g.normal(x._array.shape, x._array.dtype, mean, std, x.is_contiguous()),
    "NormalBackward0",
    "Fill with normally distributed numbers.",
)
random_ = _filler("random_", _draw_random, "RandomBackward0", "Fill with whole numbers.")
exponential_ = _filler(
    "exponential_",
    lambda g, x, lambd=1.0: g.exponential(x._array.shape, x._array.dtype, lambd),
    "ExponentialBackward0",
    "Fill with waiting times, lambd events per unit of time.",
)
bernoulli_ = _filler(
    "bernoulli_",
    lambda g, x, p=0.5: (g.bernoulli(p._array) if isinstance(p, Tensor) else g.bernoulli(p, x._array.shape)).astype(
        x._array.dtype
    ),
    "BernoulliBackward1",
    "Fill with 1 with probability p, else 0.",
)


def _draw_geometric(g: Generator, x: Tensor, p: float) -> np.ndarray:
    refuse("geometric_cpu", x._array, "b")
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    return np.ceil(np.log(g.uniform(x._array.shape, np.float64)) / np.log1p(-p))


def _draw_log_normal(g: Generator, x: Tensor, mean: float = 1.0, std: float = 2.0) -> np.ndarray:
    refuse("log_normal_cpu", x._array, "biu")
    if std <= 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    return np.exp(g.normal(x._array.shape, np.float64, mean, std, contiguous=False))


def _draw_cauchy(g: Generator, x: Tensor, median: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    if x._array.dtype.kind != "f":
        raise RuntimeError(
            "Cauchy distribution is a continuous probability distribution. dtype must be a floating point but you "
            f"specified {c_type(x)}"
        )
    if sigma <= 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    return median + sigma * np.tan(np.pi * (g.uniform(x._array.shape, np.float64) - 0.5))


geometric_ = _filler(
    "geometric_", _draw_geometric, "GeometricBackward0", "Fill with the number of the first success, at probability p."
)
log_normal_ = _filler(
    "log_normal_",
    _draw_log_normal,
    "LogNormalBackward0",
    "Fill with numbers whose logarithms are normal.",
)
cauchy_ = _filler(
    "cauchy_", _draw_cauchy, "CauchyBackward0", "Fill with Cauchy's distribution: a median, and no mean at all."
)
