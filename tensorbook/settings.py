"""How to compute: with how many threads, how exactly, and always the same. Handed on as `torch.set_num_threads` …"""

from __future__ import annotations

import os
import warnings

_PRECISIONS = ("highest", "high", "medium")
_state = {"threads": None, "interop": None, "precision": "highest", "deterministic": False, "warn only": False}


def get_num_threads() -> int:
    """How many threads an operation may use: what was set, else OMP_NUM_THREADS, else one for each processor."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return _state["threads"] or (int(said) if said.isdigit() and int(said) else processors())


def set_num_threads(count: int) -> None:
    """How many threads an operation may use from now on.

    NumPy's BLAS, which multiplies matrices, is told through the package threadpoolctl (scikit-learn brings it); a
    warning says where that is missing. Raises RuntimeError unless the count is a positive integer.
    """
    _check_count("set_num_threads", count)
    if count == get_num_threads():
        return
    _state["threads"] = count
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        warnings.warn(
            "Without the package threadpoolctl, products of matrices keep the threads that they have. "
            "OMP_NUM_THREADS, set before Python starts, is for them, too.",
            UserWarning,
            stacklevel=2,
        )
    else:
        threadpool_limits(count, "blas")


def get_num_interop_threads() -> int:
    """How many operations PyTorch may run at once; here they run one after the other, whatever it says."""
    return _state["interop"] or processors()


def set_num_interop_threads(count: int) -> None:
    """Remember a number for `get_num_interop_threads`."""
    _check_count("set_num_interop_threads", count)
    _state["interop"] = count


def processors() -> int:
    """How many this program may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_count(name: str, count: int) -> None:
    if not isinstance(count, int):
        raise RuntimeError(f"{name} expects an int, but got {type(count).__name__}")
    if count < 1:
        raise RuntimeError(f"{name} expects a positive integer")


def get_float32_matmul_precision() -> str:
    """What `set_float32_matmul_precision` was told; "highest" at first."""
    return _state["precision"]


def set_float32_matmul_precision(precision: str) -> None:
    """Allow PyTorch's GPUs products of less than float32's precision. Here they always have all of it."""
    if precision not in _PRECISIONS:
        warnings.warn(
            f"{precision} is not one of 'highest', 'high', or 'medium'; the current setting is unchanged.",
            UserWarning,
            stacklevel=2,
        )
        return
    _state["precision"] = precision


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for the same result from the same numbers every time. On a CPU that is so anyhow."""
    _state["deterministic"], _state["warn only"] = mode, warn_only


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return _state["deterministic"]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What `use_deterministic_algorithms` was told of `warn_only`."""
    return _state["warn only"]
