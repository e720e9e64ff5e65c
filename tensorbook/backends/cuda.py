"""CUDA as a backend: whether it is there, and how it multiplies matrices."""

from types import SimpleNamespace

from ..devices import gpu_count

matmul = SimpleNamespace(
    allow_tf32=False, allow_fp16_reduced_precision_reduction=True, allow_bf16_reduced_precision_reduction=True
)


def is_built() -> bool:
    """Whether CuPy is there and finds a GPU."""
    return gpu_count() > 0
