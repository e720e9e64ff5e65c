"""One layer of an LSTM in one direction, as a single node: what PyTorch, too, does in float32 (by a library, oneDNN).

Hochreiter and Schmidhuber 1997. In each step, with all four gates side by side as `take keep new show`:

    gates = x @ w_ih.T + h @ w_hh.T + bias
    c     = sigmoid(keep) * c + sigmoid(take) * tanh(new)
    h     = sigmoid(show) * tanh(c)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import devices
from ..graph import Edge, Node, freed, grad_mode, modified, next_sequence
from ..tensor import Tensor, make
from .elementary import sigmoid, tanh
from .joining import cat, stack
from .matrix import linear


class Course(NamedTuple):
    """What a layer went through, step by step in the order of the input."""

    output: np.ndarray  # h of each step, (steps, batch, size)
    gates: np.ndarray  # take, keep, new, show: (steps, batch, 4, size), after sigmoid and tanh
    cells: np.ndarray  # c of each step
    shown: np.ndarray  # tanh(c)


def _order(steps: int, reverse: bool) -> range:
    return range(steps - 1, -1, -1) if reverse else range(steps)


def _run(x: np.ndarray, weights: list[np.ndarray], h: np.ndarray, c: np.ndarray, reverse: bool) -> Course:
    """All steps. sigmoid(z) is (tanh(z / 2) + 1) / 2, so one tanh serves the four gates."""
    xp, (w_ih, w_hh, *biases) = devices.module_of(x), weights
    (steps, batch, _), size = x.shape, w_hh.shape[1]
    halves = xp.asarray(np.repeat(np.array([0.5, 0.5, 1, 0.5], x.dtype), size))
    from_h = xp.ascontiguousarray((w_hh * halves[:, None]).T)
    gates = x.reshape(steps * batch, -1) @ (w_ih * halves[:, None]).T
    if biases:
        gates += (biases[0] + biases[1]) * halves
    gates = gates.reshape(steps, batch, 4 * size)
    rest = 1 - halves  # 1/2 for the gates that are sigmoids, 0 for the one that is not
    course = Course(xp.empty((steps, batch, size), x.dtype), gates.reshape(steps, batch, 4, size),
                    *(xp.empty((steps, batch, size), x.dtype) for _ in range(2)))  # fmt: skip
    for t in _order(steps, reverse):
        now = gates[t]
        now += h @ from_h
        xp.tanh(now, out=now)
        now *= halves
        now += rest
        take, keep, new, show = (course.gates[t, :, k] for k in range(4))
        c = xp.multiply(keep, c, out=course.cells[t])
        c += take * new
        h = xp.multiply(show, xp.tanh(c, out=course.shown[t]), out=course.output[t])
    return course


def _before(each: np.ndarray, first: np.ndarray, reverse: bool) -> np.ndarray:
    """The state before each step, from the states after it and the first."""
    xp = devices.module_of(each)
    return xp.concatenate([each[1:], first[None]] if reverse else [first[None], each[:-1]])


def _back(
    grads: list, x: np.ndarray, weights: list[np.ndarray], h: np.ndarray, c: np.ndarray, course: Course, reverse: bool
) -> tuple:
    """The gradients of the input, the weights, a bias and both first states."""
    xp, (w_ih, w_hh, *_), (steps, batch, size) = devices.module_of(x), weights, course.output.shape
    of_output, of_h, of_c = grads
    take, keep, new, show = (course.gates[:, :, k] for k in range(4))
    slopes = course.gates - course.gates * course.gates
    slopes[:, :, 2] = 1 - new * new
    for k, other in enumerate((new, _before(course.cells, c, reverse), take, course.shown)):
        slopes[:, :, k] *= other  # how the gate moves what it meets
    through = show - show * course.shown * course.shown  # from h to c
    of_gates = slopes  # step by step the one becomes the other
    of_h, of_c = (xp.zeros((batch, size), x.dtype) if g is None else g.copy() for g in (of_h, of_c))
    for t in reversed(_order(steps, reverse)):
        if of_output is not None:
            of_h = of_h + of_output[t]
        of_c += of_h * through[t]
        of_gates[t, :, :3] *= of_c[:, None]
        of_gates[t, :, 3] *= of_h
        of_c *= keep[t]
        of_h = of_gates[t].reshape(batch, 4 * size) @ w_hh
    rows = of_gates.reshape(steps * batch, 4 * size)
    of_w_ih = rows.T @ x.reshape(steps * batch, -1)
    of_w_hh = rows.T @ _before(course.output, h, reverse).reshape(steps * batch, size)
    return (rows @ w_ih).reshape(x.shape), of_w_ih, of_w_hh, rows.sum(0), of_h, of_c


class MkldnnRnnLayerBackward0(Node):
    """Keeps the input, the weights, the first states and the course."""

    __slots__ = ("biased", "course", "inputs", "reverse", "training", "versions")
    output_count = 3

    def output_shapes(self) -> list[tuple[int, ...]]:
        state = self.course.output.shape[1:]
        return [self.course.output.shape, state, state]

    def own_like(self) -> object:
        return self.course.output

    def _kept(self, keep: bool) -> tuple[Tensor | None, ...]:
        inputs = self.inputs
        if inputs is None:
            raise freed()
        for x, version in zip(inputs, self.versions, strict=True):
            if x is not None and x._version != version:
                raise modified(x._array, x.grad_fn, x._version, version)
        if not keep:
            self.inputs = None
        return inputs

    def arrays(self, grad: list, keep: bool) -> tuple:
        arrays = [None if x is None else x._array for x in self._kept(keep)]
        x, *weights, h, c = arrays
        weights = [w for w in weights if w is not None]
        of_x, of_w_ih, of_w_hh, of_bias, of_h, of_c = _back(grad, x, weights, h, c, self.course, self.reverse)
        every = of_x, of_w_ih, of_w_hh, of_bias, of_bias, of_h, of_c
        return tuple(None if edge is None else g for edge, g in zip(self.edges, every, strict=True))

    def tensors(self, grad: list, keep: bool) -> tuple:
        """Step by step over Tensors: the same once more, and back, so that it can be differentiated again."""
        x, w_ih, w_hh, b_ih, b_hh, h, c = self._kept(keep)
        steps, order = [], _order(x.size(0), self.reverse)
        for t in order:
            gates = linear(x[t], w_ih, b_ih) + linear(h, w_hh, b_hh)
            take, keep_, new, show = (f(g) for f, g in zip((sigmoid, sigmoid, tanh, sigmoid), gates.chunk(4, 1),
                                                           strict=True))  # fmt: skip
            steps.append((t, h, c, take, keep_, new, show))
            c = keep_ * c + take * new
            h = show * tanh(c)
        of_output, of_h, of_c = grad
        of_h = h * 0 if of_h is None else of_h
        of_c = c * 0 if of_c is None else of_c
        of_gates, earlier = {}, {}
        for t, before, cell, take, keep_, new, show in reversed(steps):
            of_h = of_h if of_output is None else of_h + of_output[t]
            shown = tanh(keep_ * cell + take * new)
            of_c = of_c + of_h * show * (1 - shown * shown)
            of_gates[t] = cat([of_c * new * take * (1 - take), of_c * cell * keep_ * (1 - keep_),
                               of_c * take * (1 - new * new), of_h * shown * show * (1 - show)], 1)  # fmt: skip
            of_c, of_h, earlier[t] = of_c * keep_, of_gates[t] @ w_hh, before
        rows = stack([of_gates[t] for t in sorted(of_gates)], 0).flatten(0, 1)
        first = stack([earlier[t] for t in sorted(earlier)], 0).flatten(0, 1)
        of_bias = rows.sum(0)
        every = ((rows @ w_ih).reshape(x.shape), rows.T @ x.flatten(0, 1), rows.T @ first, of_bias, of_bias, of_h, of_c)
        return tuple(None if edge is None else g for edge, g in zip(self.edges, every, strict=True))

    SHOWN = ("input", "weight0", "weight1", "weight2", "weight3", "hx_", "cx_")
    RESULTS = ("result0", "result1", "result2")
    TOLD = {"mode": 2, "num_layers": 1, "batch_first": False, "bidirectional": False, "batch_sizes": ()}
    FOLLOWS = ("hidden_size", "has_biases", "reverse", "train")

    def __dir__(self) -> list[str]:
        names = (*self.SHOWN, *self.RESULTS, *self.TOLD, *self.FOLLOWS)
        return [*super().__dir__(), *(f"_saved_{name}" for name in names)]

    def saved(self, name: str) -> object:
        if name in self.TOLD:
            return self.TOLD[name]
        if name in self.FOLLOWS:
            size = self.course.output.shape[2]
            return dict(zip(self.FOLLOWS, (size, self.biased, self.reverse, self.training), strict=True))[name]
        if name in self.SHOWN:
            return self._kept(True)[self.SHOWN.index(name)]
        if name not in self.RESULTS:
            return super().saved(name)
        self._kept(True)
        result = make(_results(self.course, self.reverse)[self.RESULTS.index(name)])
        result._node = Edge(self, self.RESULTS.index(name))
        return result


MkldnnRnnLayerBackward0.__module__ = "builtins"


def _results(course: Course, reverse: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    last = 0 if reverse else -1
    return course.output, course.output[last].copy(), course.cells[last].copy()


def fits(input: Tensor) -> bool:
    """Whether PyTorch would compute a layer so: in float32, and of something."""
    return input._array.dtype == np.float32 and input._array.size > 0


def lstm_layer(
    input: Tensor, h: Tensor, c: Tensor, weights: list[Tensor], reverse: bool, training: bool
) -> tuple[Tensor, Tensor, Tensor]:
    """The output of every step, and the last h and c.

    Args:
        input: (steps, batch, size).
        h, c: (batch, hidden size), the first states.
        weights: w_ih, w_hh, and b_ih, b_hh if there are any.
    """
    course = _run(input._array, [w._array for w in weights], h._array, c._array, reverse)
    results = [make(array) for array in _results(course, reverse)]
    inputs = (input, *weights, *[None] * (4 - len(weights)), h, c)
    edges = tuple([None if x is None else x._node for x in inputs])
    if grad_mode.enabled and any(edge is not None for edge in edges):
        node = MkldnnRnnLayerBackward0()
        node.edges, node.sequence, node.hooks, node.shape = edges, next_sequence(), None, None
        node.inputs, node.versions = inputs, [None if x is None else x._version for x in inputs]
        node.course, node.reverse, node.training, node.biased = course, reverse, training, len(weights) > 2
        for i, tensor in enumerate(results):
            tensor._node = Edge(node, i)
        if grad_mode.unusual:
            grad_mode.recorded(node)
    return tuple(results)
