"""One lambda under both libraries, whatever it returns: tensors in any nesting, or an error."""

from typing import Any

import numpy as np

from tests.oracle import is_tensor, same_error, under_both


def plain(value: Any) -> Any:
    """Tensors as (dtype, shape, values), wherever they are in a nest of containers."""
    if is_tensor(value):
        dtype, shape = str(value.dtype).removeprefix("torch."), tuple(value.shape)
        return "tensor", dtype, shape, value.requires_grad, np.array(value.detach().tolist(), dtype)
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, (tuple, list)):
        return type(value).__name__, [plain(v) for v in value]
    return value


def same(ours: Any, theirs: Any, where: str = "result") -> None:
    """Fail unless the two are equal, numbers up to rounding."""
    if isinstance(theirs, np.ndarray):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6, err_msg=where)
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for key in theirs:
            same(ours[key], theirs[key], f"{where}[{key!r}]")
    elif isinstance(theirs, (tuple, list)):
        assert type(ours) is type(theirs) and len(ours) == len(theirs), f"{where}: {ours}, PyTorch has {theirs}"
        for i, pair in enumerate(zip(ours, theirs, strict=True)):
            same(*pair, f"{where}[{i}]")
    elif isinstance(theirs, float):
        np.testing.assert_allclose(ours, theirs, rtol=2e-5, err_msg=where)
    else:
        assert ours == theirs, f"{where}: {ours}, PyTorch has {theirs}"


def agree(call: Any, wording: bool = True) -> Any:
    """Both give the same, or raise the same error (with `wording`: in the same words). Gives what PyTorch gave."""
    ours, theirs = under_both(lambda module: ("fine", plain(call(module))))
    if theirs[0] == "error":
        assert ours[0] == "error", f"PyTorch raises {theirs[1]}, tensorbook gives {ours[1]}"
        if wording:
            same_error(ours[1], theirs[1])
        assert ours[1][0] == theirs[1][0], f"raises {ours[1]}, PyTorch {theirs[1]}"
        return theirs[1]
    assert ours[0] == "fine", f"raises {ours[1]}, PyTorch gives {theirs[1]}"
    same(ours[1], theirs[1])
    return theirs[1]
