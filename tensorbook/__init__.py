"""tensorbook: PyTorch's tensors and autograd on NumPy and CuPy, small enough to read.

    import tensorbook as torch

Code written for PyTorch runs as it stands, with the same numbers. This file only hands the public names on.
"""

import math as _math
import warnings as _warnings
from importlib import import_module as _import_module

from . import absent as _absent
from . import devices as _devices
from . import dtypes as _dtypes
from . import tensortypes as _tensortypes
from .devices import device, get_default_device, set_default_device
from .dtypes import bool as bool
from .dtypes import (
    can_cast,
    double,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    result_type,
    set_default_dtype,
    short,
    uint8,
)
from .dtypes import float as float
from .dtypes import int as int
from .generator import Generator, default_generator
from .layouts import layout, strided
from .memory_format import channels_last, channels_last_3d, contiguous_format, memory_format, preserve_format
from .ops import methods as _methods
from .printing import set_printoptions
from .settings import (
    are_deterministic_algorithms_enabled,
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    is_deterministic_algorithms_warn_only_enabled,
    set_float32_matmul_precision,
    set_num_interop_threads,
    set_num_threads,
    use_deterministic_algorithms,
)
from .size import Size
from .storage import TypedStorage, UntypedStorage
from .tensor import Tensor
from .tensortypes import set_default_tensor_type
from .version import __version__

# Arithmetic that overflows or divides by zero gives inf and nan without a warning, as in PyTorch. Only warnings that
# are raised in this package's own lines are meant; NumPy code beside it warns as ever.
_warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"tensorbook\.")

_methods.attach()
globals().update(_methods.functions())
globals().update(_tensortypes.types())

from . import autograd, cuda, linalg, random, return_types  # noqa: E402 (they use the methods attached above)
from .autograd import (  # noqa: E402
    enable_grad,
    inference_mode,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .ops.compiled import kept as _kept  # noqa: E402

_kept.save()

# What is imported when it is first asked for, so that `import tensorbook` stays quick: modules, and names from them.
_LATER = {
    name: name
    for name in (
        "accelerator", "amp", "backends", "datasets", "func", "jit", "nn", "optim", "safetensors", "serialization",
        "special", "testing", "utils",
    )
}  # fmt: skip
_LATER |= {"load": "serialization", "save": "serialization", "autocast": "amp", "vmap": "func"}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        raise AttributeError(_absent.told("module 'torch'", name))
    module = _import_module(f"{__name__}.{_LATER[name]}")
    found = globals()[name] = module if _LATER[name] == name else getattr(module, name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


pi, e, inf, nan = _math.pi, _math.e, _math.inf, _math.nan
newaxis = None


def is_tensor(obj: object) -> bool:
    """Whether it is a Tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the tensor's numbers have a fraction."""
    return input.is_floating_point()


def is_inference(input: Tensor) -> bool:
    """Whether the tensor was made in inference mode."""
    return input.is_inference()


def numel(input: Tensor) -> int:
    """How many elements there are."""
    return input.numel()
