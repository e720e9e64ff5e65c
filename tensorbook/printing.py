"""How a tensor prints: PyTorch's text, to the character.

The work is in three steps, each a function below: `_texts` writes every number that will be shown in one common style
and width, `_brackets` lays those texts out as nested rows, and `tensor_str` adds what a reader must know besides the
values (device, size, dtype, grad_fn). Only public attributes of the tensor are read.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from . import dtypes


@dataclass
class PrintOptions:
    """The settings that `set_printoptions` changes."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}

_options = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print from now on.

    Args:
        precision: digits after the point of a floating point number (4).
        threshold: a tensor with more elements than this is summarised with `...` (1000).
        edgeitems: how many entries at the start and the end of each dim a summary keeps (3).
        linewidth: the width in characters at which a row wraps (80).
        profile: "default", "short" or "full"; sets the four above, which may then differ by name.
        sci_mode: True or False to force scientific notation on or off. None, also when not given, lets each tensor
            decide.

    Example:
        >>> import numpy as np
        >>> set_printoptions(precision=2)
        >>> array_str(np.array([3.14159, 2.71828]))
        '[3.14, 2.72]'
        >>> set_printoptions(profile="default")
        >>> array_str(np.array([3.14159, 2.71828]))
        '[3.1416, 2.7183]'
    """
    if profile is not None and profile not in PROFILES:
        raise ValueError(f"profile must be one of {', '.join(PROFILES)}, got {profile!r}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    for name, value in {**PROFILES.get(profile, {}), **{k: v for k, v in given.items() if v is not None}}.items():
        setattr(_options, name, value)
    _options.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The present settings, ready to be handed back to `set_printoptions`.

    Example:
        >>> get_printoptions()["edgeitems"]
        3
    """
    return asdict(_options)


@contextmanager
def printoptions(**changes: Any) -> Iterator[None]:
    """Print with other settings inside a `with` block; takes the arguments of `set_printoptions`."""
    before = get_printoptions()
    set_printoptions(**changes)
    try:
        yield
    finally:
        set_printoptions(**before)


def _significant(value: float) -> bool:
    """Only these decide on style and width: zero, infinity and nan fit into any."""
    return value != 0 and math.isfinite(value)


def _texts(values: list) -> tuple[list[str], int]:
    """Every value as text, padded to one width; and that width."""
    if not isinstance(values[0], float):  # ints and bools
        texts = [str(value) for value in values]
        width = max(len(text) for text in texts)
    else:
        style = _float_style([abs(value) for value in values if _significant(value)])
        if style == ".0f.":  # whole numbers: the point alone says that they are floats
            texts = [f"{value:.0f}." if math.isfinite(value) else f"{value}" for value in values]
        else:
            texts = [format(value, style) for value in values]
        width = max((len(text) for text, value in zip(texts, values, strict=True) if _significant(value)), default=1)
    return [text.rjust(width) for text in texts], width


def _float_style(sizes: list[float]) -> str:
    """The one format for all floats of a tensor, chosen by the magnitudes of its significant ones."""
    if not sizes:
        return ".0f."
    scientific = _options.sci_mode
    if scientific is None:
        scientific = max(sizes) / min(sizes) > 1000.0 or max(sizes) > 1.0e8 or min(sizes) < 1.0e-4
    if scientific:
        return f".{_options.precision}e"
    return ".0f." if all(size.is_integer() for size in sizes) else f".{_options.precision}f"


def _is_cut(length: int) -> bool:
    """True where a summary leaves out the middle of a dim of this length."""
    return length > 2 * _options.edgeitems


def _edges(array: np.ndarray) -> np.ndarray:
    """The corners of an array that a summary shows."""
    edge = _options.edgeitems
    for dim, length in enumerate(array.shape):
        if _is_cut(length):
            array = array.take([*range(edge), *range(length - edge, length)], axis=dim)
    return array


def _brackets(texts: Iterator[str], shape: tuple[int, ...], indent: int, width: int, summarize: bool) -> str:
    """Nested rows: takes from `texts`, in order, what a tensor of this shape shows."""
    if not shape:
        return next(texts)
    length, *inner = shape
    edge = _options.edgeitems
    cut = summarize and _is_cut(length)
    count = 2 * edge if cut else length
    if inner:
        rows = [_brackets(texts, tuple(inner), indent + 1, width, summarize) for _ in range(count)]
        if cut:
            rows.insert(edge, "...")
        separator = "," + "\n" * len(inner) + " " * (indent + 1)
        return "[" + separator.join(rows) + "]"
    row = [next(texts) for _ in range(count)]
    if cut:
        row.insert(edge, " ..." if edge else "...")
    per_line = max(1, (_options.linewidth - indent) // (width + 2))  # 2 for the comma and the space
    lines = [", ".join(row[start : start + per_line]) for start in range(0, len(row), per_line)]
    return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"


def array_str(array: np.ndarray, indent: int = 0) -> str:
    """The values of a NumPy array as PyTorch prints a tensor's, without the surrounding `tensor(…)`.

    Args:
        array: any shape; bool, integer or floating point.
        indent: the column at which the first bracket will stand, so that further lines align with it.

    Example:
        >>> import numpy as np
        >>> array_str(np.array([[1.0, -2.5], [0.0, np.inf]], dtype=np.float32))
        '[[ 1.0000, -2.5000],\\n [ 0.0000,     inf]]'
    """
    if array.size == 0:
        return "[]"
    summarize = array.size > _options.threshold
    shown = _edges(array) if summarize else array
    texts, width = _texts(shown.ravel().tolist()) if shown.size else ([], 1)
    return _brackets(iter(texts), array.shape, indent, width, summarize)


def _class_names(tensor: Any) -> set[str]:
    return {cls.__name__ for cls in type(tensor).__mro__}


def _notes(tensor: Any) -> Iterator[str]:
    """What follows the values: only what a reader could not guess from them."""
    default_dtype = str(dtypes.get_default_dtype())
    dtype, shape, empty = str(tensor.dtype), tuple(tensor.shape), tensor.numel() == 0
    if tensor.device.type != "cpu":
        yield f"device='{tensor.device}'"
    if (empty and len(shape) != 1) or (not empty and not _options.edgeitems):
        yield f"size={shape}"
    guessable = (default_dtype,) if empty else (default_dtype, "torch.int64", "torch.bool")
    if dtype not in guessable:
        yield f"dtype={dtype}"
    try:
        node = tensor.grad_fn
    except RuntimeError:  # of a view whose history is lost
        yield "grad_fn=<Invalid>"
        return
    if node is not None:
        yield f"grad_fn=<{type(node).__name__}>"
    elif tensor.requires_grad:
        yield "requires_grad=True"


def tensor_str(tensor: Any) -> str:
    """The text that `repr(tensor)` and `print(tensor)` show.

    Args:
        tensor: a tensor of any shape, dtype and device; a subclass shows its own name, a parameter says that it is one.

    Example:
        >>> import tensorbook as torch
        >>> print(tensor_str(torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)))
        tensor([[1., 2.],
                [3., 4.]], requires_grad=True)
        >>> print(tensor_str(torch.zeros(0, 3)))
        tensor([], size=(0, 3))
    """
    name = type(tensor).__name__
    prefix = "tensor(" if name in ("Tensor", "Parameter") else f"{name}("
    text = prefix + array_str(tensor.detach().cpu().numpy(), len(prefix))

    last_line = len(text) - text.rfind("\n") + 1
    for note in _notes(tensor):
        if last_line + len(note) + 2 > _options.linewidth:
            text += ",\n" + " " * len(prefix) + note
            last_line = len(prefix) + len(note)
        else:
            text += ", " + note
            last_line += len(note) + 2
    text += ")"
    if "Parameter" not in _class_names(tensor):
        return text
    return "Parameter containing:\n" + (text if name == "Parameter" else f"Parameter({text})")


def format_tensor(tensor: Any, spec: str) -> str:
    """The text of `f"{tensor:spec}"`: a 0-d tensor formats as its number, any other as `str` would.

    Example:
        >>> import tensorbook as torch
        >>> format_tensor(torch.tensor(2.5), ".3f")
        '2.500'
    """
    if tensor.dim() == 0 and type(tensor).__name__ == "Tensor":
        return format(tensor.detach().item(), spec)
    return object.__format__(tensor, spec)


def storage_str(storage: Any) -> str:
    """The text of a storage: its elements one below the other, then what it is.

    Args:
        storage: has `tolist()` and `device`, and `dtype` where its elements are not plain bytes.

    Example:
        >>> import tensorbook as torch
        >>> print(storage_str(torch.tensor([1.0, 2.0]).untyped_storage()))
         0
         0
         128
         63
         0
         0
         0
         64
        [torch.storage.UntypedStorage(device=cpu) of size 8]
    """
    values = storage.tolist()
    kind = f"dtype={storage.dtype}, " if hasattr(storage, "dtype") else ""
    rows = " " + "\n ".join(str(value) for value in values)
    return f"{rows}\n[torch.storage.{type(storage).__name__}({kind}device={storage.device}) of size {len(values)}]"
