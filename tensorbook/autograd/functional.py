"""Whole matrices of derivatives, and products with them, of functions of tensors.

Each takes a function `func`, its `inputs` (a tensor or a tuple of tensors) and gives results that follow their
structure: a tensor for a tensor, a tuple for a tuple. `create_graph` makes the results differentiable; `strict` raises
where an output does not depend on an input, instead of giving zeros.
https://pytorch.org/docs/stable/autograd.html#functional-higher-level-api
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ops.creation import ones_like, zeros_like
from ..ops.joining import stack
from ..ops.view import alias_
from ..tensor import Tensor
from .backward import grad
from .grad_mode import enable_grad

Tensors = Tensor | Sequence[Tensor]


def _tuple(value: object, what: str, caller: str) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether it was a tuple, and a tuple. TypeError for anything but tensors."""
    several = isinstance(value, tuple)
    given = value if several else (value,)
    if what == "outputs":
        what = "outputs of the user-provided function"
    for i, x in enumerate(given):
        if not isinstance(x, Tensor):
            where = f"value at index {i}" if several else f"given {what}"
            raise TypeError(
                f"The {what} given to {caller} must be either a Tensor or a tuple of Tensors but the {where} has type "
                f"{type(x)}."
            )
    return several, given


class _Run:
    """The function run once on inputs of its own, and what is computed from that."""

    def __init__(self, func: Callable, inputs: Tensors, caller: str, create_graph: bool, strict: bool):
        self.several_in, given = _tuple(inputs, "inputs", caller)
        self.create_graph, self.strict = create_graph, strict
        self.inputs = [alias_(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in given]
        self.several_out, self.outputs = _tuple(func(*self.inputs), "outputs", caller)
        if strict:
            for i, y in enumerate(self.outputs):
                if not y.requires_grad:
                    raise RuntimeError(
                        f"Output {i} of the user-provided function does not require gradients. The outputs must be "
                        "computed in a differentiable manner from the input when running in strict mode."
                    )

    def value(self) -> object:
        outputs = self.outputs if self.create_graph else tuple(y.detach() for y in self.outputs)
        return outputs if self.several_out else outputs[0]

    def as_inputs(self, tensors: Sequence[Tensor]) -> object:
        tensors = tuple(t if self.create_graph else t.detach() for t in tensors)
        return tensors if self.several_in else tensors[0]

    def as_outputs(self, tensors: Sequence[Tensor]) -> object:
        tensors = tuple(t if self.create_graph else t.detach() for t in tensors)
        return tensors if self.several_out else tensors[0]


def _grad(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], vectors: Sequence[Tensor], record: bool, retain: bool = True
) -> list[Tensor | None]:
    """The gradients, None for those of an input that is not used."""
    pairs = [(y, v) for y, v in zip(outputs, vectors, strict=True) if y is not None and y.requires_grad]
    if not pairs:
        return [None] * len(inputs)
    ys, vs = zip(*pairs, strict=True)
    return list(grad(ys, inputs, vs, retain_graph=retain, create_graph=record, allow_unused=True))


def _filled(found: list[Tensor | None], like: Sequence[Tensor], run: _Run, refusal: str, constant: str = "") -> list:
    """Zeros where there is no gradient; with `strict` RuntimeError there, and where a result is to be differentiated
    (`constant` says the words) but is a constant."""
    for i, g in enumerate(found):
        if run.strict and g is None:
            raise RuntimeError(refusal.format(i))
        if run.strict and constant and not g.requires_grad:
            raise RuntimeError(constant.format(i))
    return [zeros_like(x) if g is None else g for g, x in zip(found, like, strict=True)]


def _vectors(v: Tensors | None, like: Sequence[Tensor], several: bool, caller: str, refusal: str) -> list[Tensor]:
    """The given vectors, checked; a one where there is none and one element."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(refusal)
        return [ones_like(like[0])]
    _, v = _tuple(v, "v", caller)
    if len(v) != len(like):
        if several:
            raise RuntimeError(f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}.")
        raise RuntimeError("The given v should contain a single Tensor.")
    for i, (given, x) in enumerate(zip(v, like, strict=True)):
        if given.shape != x.shape:
            which = f"Entry {i} in v" if len(like) > 1 else "v"
            raise RuntimeError(f"{which} has invalid size: should be {x.shape} but got {given.shape}.")
    return list(v)


BY_INPUT = (
    "The vector v can only be None if the input to the user-provided function is a single Tensor with a single element."
)
BY_OUTPUT = "The vector v can only be None if the user-provided function returns a single Tensor with a single element."
UNUSED = "The output of the user-provided function is independent of input {}. This is not allowed in strict mode."
CONSTANT = (
    "The jacobian of the user-provided function is independent of input {}. This is not allowed in strict mode when "
    "create_graph=True."
)
NO_HESSIAN = (
    "While computing the hessian, found that the jacobian of the user-provided function with respect to input {} is "
    "independent of the input. This is not allowed in strict mode. You should ensure that your function is twice "
    "differentiable and that the jacobian depends on the inputs (this would be violated by a linear function for "
    "example)."
)


def jacobian(
    func: Callable, inputs: Tensors, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> object:  # fmt: skip
    """All first derivatives: shape (*output.shape, *input.shape); for tuples a tuple by output of tuples by input.

    `vectorize` and `strategy` are accepted as in PyTorch; the rows are computed one by one.

    >>> import tensorbook as torch
    >>> torch.autograd.functional.jacobian(lambda x: x**2, torch.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    if strategy == "forward-mode" and create_graph:
        raise NotImplementedError(
            'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not supported '
            "together (yet)."
        )
    if strategy == "forward-mode" and not vectorize:
        raise NotImplementedError("Computing Jacobian using forward-AD is only implemented for `vectorize=True`.")
    if strict and vectorize:
        raise RuntimeError(
            "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported together. "
            "Please either set `strict=False` or `vectorize=False`."
        )
    with enable_grad():
        run = _Run(func, inputs, "jacobian", create_graph, strict)
        blocks = []
        for i, y in enumerate(run.outputs):
            refusal = f"Output {i} of the user-provided function is independent of input {{}}. "
            refusal += "This is not allowed in strict mode."
            rows = []
            for j in range(y.numel()):
                one = zeros_like(y.detach()).reshape(-1)
                one[j] = 1
                found = _grad([y], run.inputs, [one.reshape(y.shape)], create_graph)
                rows.append(_filled(found, run.inputs, run, refusal, CONSTANT if create_graph else ""))
            columns = zip(*rows, strict=True) if rows else [[zeros_like(x)] for x in run.inputs]
            shaped = [stack(list(c)).reshape((*y.shape, *x.shape)) for c, x in zip(columns, run.inputs, strict=True)]
            blocks.append(run.as_inputs(shaped))
    return tuple(blocks) if run.several_out else blocks[0]


def hessian(
    func: Callable, inputs: Tensors, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> object:  # fmt: skip
    """All second derivatives of a function with one output element: shape (*input.shape, *input.shape).

    >>> import tensorbook as torch
    >>> torch.autograd.functional.hessian(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    if outer_jacobian_strategy not in ("forward-mode", "reverse-mode"):
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')
    several, _ = _tuple(inputs, "inputs", "hessian")

    def gradient(*xs: Tensor) -> object:
        y = _single(func(*xs), "hessian")
        if strict and not y.requires_grad:
            raise RuntimeError(
                "Output 0 of the user-provided function does not require gradients. The outputs must be computed in a "
                "differentiable manner from the input when running in strict mode."
            )
        found = _grad([y], xs, [ones_like(y)], True)
        if strict:
            for i, g in enumerate(found):
                if g is None:
                    raise RuntimeError(UNUSED.format(i))
                if not g.requires_grad:
                    raise RuntimeError(NO_HESSIAN.format(i))
        found = tuple(zeros_like(x) if g is None else g for g, x in zip(found, xs, strict=True))
        return found if several else found[0]

    strategy = outer_jacobian_strategy if vectorize else "reverse-mode"
    return jacobian(gradient, inputs, create_graph, strict, vectorize, "reverse-mode" if create_graph else strategy)


def _single(output: object, caller: str) -> Tensor:
    several, outputs = _tuple(output, "outputs", caller)
    if several:
        raise RuntimeError(f"The function given to {caller} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {caller} should contain a single element")
    return outputs[0]


def vjp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The function's value, and a vector (shaped as the output) times its Jacobian.

    >>> import tensorbook as torch
    >>> torch.autograd.functional.vjp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        run = _Run(func, inputs, "vjp", create_graph, strict)
        vectors = _vectors(v, run.outputs, run.several_out, "vjp", BY_OUTPUT)
        found = _grad(run.outputs, run.inputs, vectors, create_graph)
        found = _filled(found, run.inputs, run, UNUSED, CONSTANT if create_graph else "")
    return run.value(), run.as_inputs(found)


def _pushed(
    outputs: Sequence[Tensor], inputs: Sequence[Tensor], vectors: list[Tensor], run: _Run, constant: str = ""
) -> list:
    """The Jacobian of the outputs times vectors: the vector-Jacobian product, which is linear, differentiated."""
    probes = [zeros_like(y.detach()).requires_grad_() for y in outputs]
    pulled = _filled(_grad(outputs, inputs, probes, True), inputs, run, UNUSED)
    found = _grad(pulled, probes, vectors, run.create_graph)
    return _filled(found, outputs, run, UNUSED, constant)


def jvp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The function's value, and its Jacobian times a vector (shaped as the input).

    >>> import tensorbook as torch
    >>> torch.autograd.functional.jvp(lambda x: x**2, torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor([1., 4.]), tensor([2., 4.]))
    """
    with enable_grad():
        several, given = _tuple(inputs, "inputs", "jvp")
        vectors = _vectors(v, given, several, "jvp", BY_INPUT)
        run = _Run(func, inputs, "jvp", create_graph, strict)
        found = _pushed(run.outputs, run.inputs, vectors, run, CONSTANT if create_graph else "")
    return run.value(), run.as_outputs(found)


def vhp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The value of a function with one output element, and a vector times its Hessian.

    >>> import tensorbook as torch
    >>> torch.autograd.functional.vhp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        run, vectors, slope = _gradient(func, inputs, v, create_graph, strict, "vhp")
        found = _grad(slope, run.inputs, vectors, create_graph)
        found = _filled(found, run.inputs, run, NO_HESSIAN)
    return run.value(), run.as_inputs(found)


def hvp(
    func: Callable, inputs: Tensors, v: Tensors | None = None, create_graph: bool = False, strict: bool = False
) -> tuple:
    """The value of a function with one output element, and its Hessian times a vector. `vhp` gives the same faster.

    >>> import tensorbook as torch
    >>> torch.autograd.functional.hvp(lambda x: (x**3).sum(), torch.tensor([1.0, 2.0]), torch.ones(2))
    (tensor(9.), tensor([ 6., 12.]))
    """
    with enable_grad():
        run, vectors, slope = _gradient(func, inputs, v, create_graph, strict, "hvp")
        found = _pushed(slope, run.inputs, vectors, run)
    return run.value(), run.as_inputs(found)


def _gradient(
    func: Callable, inputs: Tensors, v: Tensors | None, create_graph: bool, strict: bool, caller: str
) -> tuple[_Run, list[Tensor], list[Tensor]]:
    """A run, the vectors checked, and the gradient, recorded."""
    several, given = _tuple(inputs, "inputs", caller)
    vectors = _vectors(v, given, several, caller, BY_INPUT)
    run = _Run(func, inputs, caller, create_graph, strict)
    y = _single(run.outputs if run.several_out else run.outputs[0], caller)
    slope = _grad([y], run.inputs, [ones_like(y)], True)
    return run, vectors, _filled(slope, run.inputs, run, UNUSED, NO_HESSIAN)
