"""Ask PyTorch what an operation does, and hold tensorbook to the answer.

`observe` runs one lambda under one library and writes down, in plain Python, everything that can be seen of it: values,
shapes, dtypes, which outputs share memory with which inputs and with which strides, the grad_fn graph, gradients under
random cotangents to second order, or the exception. `compare` holds two such records against each other. What PyTorch
showed is asked for live where it is installed and read from tests/golden/ where it is not.
"""

import functools
import json
import os
import re
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import tensorbook

try:
    import torch
except ImportError:
    torch = None

GOLDEN = Path(__file__).parent / "golden"
NO_TORCH = "PyTorch is not installed (pip install torch==2.13.0)"
LAYOUTS = ("contiguous", "strided")
Maker = Callable[[np.random.Generator], np.ndarray]


def require_torch() -> ModuleType:
    """PyTorch itself; where it is not installed the test is skipped, or fails if nothing may be skipped."""
    if torch is None:
        if os.environ.get("TENSORBOOK_REQUIRE_ALL") == "1":
            raise RuntimeError(f"{NO_TORCH}, and TENSORBOOK_REQUIRE_ALL is set")
        pytest.skip(NO_TORCH, allow_module_level=True)
    return torch


@dataclass(frozen=True)
class Case:
    """One use of one operation: `call(torch, *tensors)`, with inputs drawn by `makers`."""

    name: str
    call: Callable[..., Any]
    makers: tuple[Maker, ...]
    differentiable: bool = True
    kink: bool = False  # drawn where the slope jumps, or rounded: gradients are asked for, but cannot be measured
    exact: bool = False  # values must be equal, not only close
    once: bool = False  # PyTorch has no second derivative
    rough: float = 0  # how far off PyTorch itself is, where that is more than the rounding of a sum

    def random(self, purpose: str) -> np.random.Generator:
        return np.random.default_rng(zlib.crc32(f"{self.name} {purpose}".encode()))

    def arrays(self) -> list[np.ndarray]:
        rng = self.random("inputs")
        return [maker(rng) for maker in self.makers]


def build(module: ModuleType, array: np.ndarray, layout: str = "contiguous", device: str = "cpu") -> Any:
    """A tensor of these values: either dense, or with its dims in reverse order in memory and gaps of nan between."""
    if layout == "contiguous" or array.ndim == 0:
        return module.tensor(array).to(device)
    gap = np.nan if array.dtype.kind == "f" else False if array.dtype.kind == "b" else 0
    memory = np.full((*array.shape[:0:-1], 2 * array.shape[0]), gap, array.dtype)
    memory[..., ::2] = array.T
    return module.tensor(memory).to(device)[..., ::2].permute(*range(array.ndim)[::-1])


def graph_of(node: Any) -> str:
    """A grad_fn and all that it leads to, as text: `AddBackward0(AccumulateGrad, MulBackward0(…))`."""
    if node is None:
        return "-"
    inputs = [graph_of(child) for child, _ in node.next_functions]
    return type(node).__name__ + (f"({', '.join(inputs)})" if inputs else "")


def numbers(tensor: Any) -> dict[str, Any]:
    return {
        "dtype": str(tensor.dtype).removeprefix("torch."),
        "shape": list(tensor.shape),
        "data": tensor.detach().clone().tolist(),  # the clone gives memory to PyTorch's zeros that have none
    }


def leaves(result: Any) -> list[Any]:
    """The tensors, and other values, in what an operation returns."""
    if isinstance(result, (tuple, list)) and type(result).__name__ != "Size":
        return [leaf for part in result for leaf in leaves(part)]
    return [result]


def is_tensor(value: Any) -> bool:
    return hasattr(value, "detach") and hasattr(value, "grad_fn")


def observe(case: Case, module: ModuleType, layout: str = "contiguous", device: str = "cpu", dtype: str = "") -> dict:
    """What can be seen of a case under a library. `dtype` replaces that of floating point inputs."""
    arrays = [a.astype(dtype) if dtype and a.dtype.kind == "f" else a for a in case.arrays()]
    inputs = [build(module, array, layout, device) for array in arrays]
    for tensor in inputs:
        if case.differentiable and tensor.is_floating_point():
            tensor.requires_grad_()
    before = [(tensor.detach().clone(), tensor._version) for tensor in inputs]
    try:
        outputs = leaves(case.call(module, *inputs))
    except Exception as error:
        return {"error": [type(error).__name__, str(error)]}
    storages = [tensor.untyped_storage().data_ptr() for tensor in inputs]

    def shown(output: Any) -> dict:
        if not is_tensor(output):
            return {"value": repr(output)}
        storage = output.untyped_storage().data_ptr()
        shares = [i for i, s in enumerate(storages) if s == storage and output.numel()]
        view = {"shares": shares, "stride": list(output.stride()), "offset": output.storage_offset()} if shares else {}
        return {
            **numbers(output),
            **view,
            "contiguous": output.is_contiguous(),
            "requires_grad": output.requires_grad,
            "graph": graph_of(output.grad_fn),
        }

    record = {"outputs": [shown(output) for output in outputs]}
    grad_needed = [tensor for tensor in inputs if tensor.requires_grad]
    recorded = [output for output in outputs if is_tensor(output) and output.requires_grad]
    if recorded and grad_needed:
        rng = case.random("cotangents")
        record["grads"], record["second"] = [
            [None if g is None else numbers(g) for g in grads]
            for grads in derivatives(module, recorded, grad_needed, rng, case.once)
        ]
    for tensor, (values, version) in zip(inputs, before, strict=True):
        assert tensor._version == version, "the operation counts as a write to its input"
        same = (tensor.detach() == values) | ((tensor != tensor) & (values != values))
        assert bool(same.all()), "the operation changed its input"
    return record


def derivatives(
    module: ModuleType, outputs: list, inputs: list, rng: np.random.Generator, once: bool = False
) -> tuple[list, list]:
    """Gradients of a random combination of the outputs, and (unless `once`) of a random combination of those."""

    def cotangents(tensors: list) -> list:
        drawn = [rng.normal(size=tuple(t.shape)) for t in tensors]
        return [module.tensor(d).to(t.dtype).to(t.device) for d, t in zip(drawn, tensors, strict=True)]

    grad = module.autograd.grad
    first = grad(outputs, inputs, cotangents(outputs), create_graph=not once, allow_unused=True)
    again = [g for g in first if g is not None]
    weights = cotangents(again)  # drawn for all, so that both libraries see the same numbers
    pairs = [(g, w) for g, w in zip(again, weights, strict=True) if g.requires_grad]
    if not pairs:
        return list(first), [None] * len(inputs)
    again, weights = zip(*pairs, strict=True)
    return list(first), list(grad(again, inputs, weights, allow_unused=True))


@functools.cache
def recorded(file: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{file}.json").read_text(encoding="utf-8"))


def expected(case: Case, layout: str = "contiguous", dtype: str = "") -> dict:
    """What PyTorch shows: asked for, or as recorded (for strided inputs where they make a difference)."""
    if torch is not None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # PyTorch's own, of arguments that will go one day
            return observe(case, torch, layout, dtype=dtype)
    records = recorded("ops")
    return records.get(f"{case.name} ({layout})", records[case.name])


# How far two sums of the same numbers in another order may lie apart.
TOLERANCE = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-11}


def same_numbers(got: dict, want: dict, what: str, exact: bool = False, rough: float = 0) -> None:
    assert got["dtype"] == want["dtype"], f"{what}: dtype {got['dtype']}, PyTorch has {want['dtype']}"
    assert got["shape"] == want["shape"], f"{what}: shape {got['shape']}, PyTorch has {want['shape']}"
    a, b = (np.array(side["data"], want["dtype"]) for side in (got, want))
    tolerance = 0 if exact or a.dtype.kind != "f" else max(TOLERANCE.get(got["dtype"], 0), rough)
    scale = max(1.0, np.abs(b[np.isfinite(b)]).max(initial=0)) if b.dtype.kind == "f" else 1
    np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * scale, err_msg=what)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z_]{3,}|\d+", re.sub(r"https?://\S+", "", text.lower())))


def same_error(got: list[str], want: list[str]) -> None:
    """The same type, every number that PyTorch names, and most of its words (or hardly any others)."""
    assert got[0] == want[0], f"raises {got[0]}: {got[1]!r}\nPyTorch raises {want[0]}: {want[1]!r}"
    gist = want[1].split("Exception raised from")[0].split("(Could this error")[0].strip().split("\n")[0]
    theirs, ours = words(gist), words(got[1])
    told = f"says {got[1]!r}\nPyTorch says {gist!r}"
    assert {w for w in theirs if w.isdigit()} <= ours, told
    shared = len(theirs & ours)
    assert shared >= 0.6 * len(theirs) or shared >= 0.8 * len(ours), told


def compare(
    got: dict, want: dict, *, exact: bool = False, strides: bool = True, graph: bool = True, rough: float = 0
) -> None:
    """Fail unless two records tell the same; numbers may lie `rough` apart."""
    if "error" in got or "error" in want:
        assert "error" in got, f"PyTorch raises {want['error']}"
        assert "error" in want, f"raises {got['error']}, PyTorch does not"
        return same_error(got["error"], want["error"])
    assert len(got["outputs"]) == len(want["outputs"])
    for i, (ours, theirs) in enumerate(zip(got["outputs"], want["outputs"], strict=True)):
        if "value" in theirs:
            assert ours.get("value") == theirs["value"]
            continue
        same_numbers(ours, theirs, f"output {i}", exact, rough)
        names = ["requires_grad", "shares"] + (["stride", "offset"] if strides else []) + (["graph"] if graph else [])
        for name in names:
            assert ours.get(name) == theirs.get(name), (
                f"output {i}: {name} {ours.get(name)}, PyTorch has {theirs.get(name)}"
            )
    for order in ("grads", "second"):
        assert len(got.get(order, [])) == len(want.get(order, []))
        for i, (ours, theirs) in enumerate(zip(got.get(order, []), want.get(order, []), strict=True)):
            what = f"{order} of input {i}"
            if theirs is None or ours is None:
                # A second derivative that is zero everywhere may be None in one and zeros in the other.
                known = ours or theirs
                assert ours is theirs or (order == "second" and not np.any(known["data"])), what
            else:
                same_numbers(ours, theirs, what, rough=rough)
    return None


def under_both(call: Callable[[ModuleType], Any]) -> tuple[Any, Any]:
    """What a lambda gives under tensorbook and under PyTorch; an exception is given as its type's name and text."""

    def run(module: ModuleType) -> Any:
        try:
            return call(module)
        except Exception as error:
            return "error", [type(error).__name__, str(error)]

    return run(tensorbook), run(require_torch())
