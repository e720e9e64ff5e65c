"""What a loss surface is a cut through: a loss as a function of all parameters, and two directions among them."""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import tensorbook as torch

from .training_fit import to_numpy

Vector = np.ndarray


class Landscape:
    """A loss over a vector of parameters, cut by the plane `origin + a · directions[0] + b · directions[1]`.

    Attributes:
        names: What the two directions are called.
        here: The parameters to begin with.
    """

    names: tuple[str, str]
    origin: Vector
    directions: np.ndarray
    here: Vector

    def loss(self, parameters: Vector) -> float:
        raise NotImplementedError

    def gradient(self, parameters: Vector) -> tuple[float, Vector]:
        """The loss and its gradient."""
        raise NotImplementedError

    def point(self, a: float, b: float) -> Vector:
        """The parameters at a place of the plane."""
        return self.origin + a * self.directions[0] + b * self.directions[1]

    def project(self, parameters: Vector) -> tuple[float, float]:
        """The place of the plane that is nearest to some parameters."""
        a, b = np.linalg.lstsq(self.directions.T, parameters - self.origin, rcond=None)[0]
        return float(a), float(b)

    def heights(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """The loss at many places of the plane."""
        places = zip(a.ravel().tolist(), b.ravel().tolist(), strict=True)
        return np.array([self.loss(self.point(*place)) for place in places]).reshape(a.shape)


class FunctionLandscape(Landscape):
    """A function of two 0-d tensors."""

    def __init__(self, function: Callable[[Any, Any], Any]):
        self.function = function
        self.names = ("x", "y")
        self.origin, self.directions, self.here = np.zeros(2), np.eye(2), np.zeros(2)

    def loss(self, parameters: Vector) -> float:
        with torch.no_grad():
            return float(self.function(*torch.tensor(parameters.tolist(), dtype=torch.float64)))

    def gradient(self, parameters: Vector) -> tuple[float, Vector]:
        at = torch.tensor(parameters.tolist(), dtype=torch.float64, requires_grad=True)
        loss = self.function(at[0], at[1])
        loss.backward()
        return loss.item(), at.grad.numpy()


class ModelLandscape(Landscape):
    """The loss of a copy of a model, of tensorbook or of PyTorch, over all its data.

    Args:
        along: None, two names of single numbers ("weight[0, 2]"; "bias" where that has one), or "random": two random
            directions in which each filter is as long as the filter of the model is, and biases stay (Li et al. 2018);
            or "path", the two directions in which the states of a path differ most (its principal components).
        states: The path, for "path".
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[[Any, Any], Any],
        data: Any,
        along: Any = None,
        seed: int = 0,
        states: Sequence[Any] | None = None,
    ):
        if not hasattr(model, "named_parameters"):
            raise TypeError(f"model must be an nn.Module, or a function of two numbers, not {type(model).__name__}")
        if not callable(loss):
            raise TypeError(f"loss must be a function of (prediction, target), not {type(loss).__name__}")
        if not isinstance(data, (tuple, list)) or len(data) != 2:
            raise TypeError(f"data must be a pair (inputs, targets), not {type(data).__name__}")
        self.model, self.criterion, (self.inputs, self.targets) = copy.deepcopy(model), loss, data
        self.parameters = dict(self.model.named_parameters())
        # Written through these, the copy's parameters change in place: `detach` and `numpy` share their memory.
        self._memory = {name: parameter.detach().numpy() for name, parameter in self.parameters.items()}
        self.here = self._flat(self._memory)
        if along is None:
            along = self._both() if self.here.size == 2 else "random"
        self.origin = self.here.copy()
        if along == "path":
            self.names = ("component 1", "component 2")
            self.directions = self._components(states)
            return
        if along == "random":
            self.names = ("direction 1", "direction 2")
            rng = np.random.default_rng(seed)
            self.directions = np.stack([self._flat(self._random(rng)) for _ in range(2)])
            return
        if isinstance(along, str) or len(along) != 2 or along[0] == along[1]:
            raise ValueError(f'along must be "random", "path" or two names of single numbers, not {along!r}')
        self.names = (str(along[0]), str(along[1]))
        places = [self._place(name) for name in self.names]
        self.directions = np.eye(self.here.size)[places]
        self.origin[places] = 0.0  # so that the axes bear the numbers themselves

    def loss(self, parameters: Vector) -> float:
        self.move(parameters)
        return float(self._evaluate().item())

    def gradient(self, parameters: Vector) -> tuple[float, Vector]:
        self.move(parameters)
        for parameter in self.parameters.values():
            parameter.grad = None
        loss = self._evaluate()
        loss.backward()
        grads = {
            name: np.zeros(p.shape) if p.grad is None else p.grad.numpy() for name, p in self.parameters.items()
        }  # fmt: skip
        return float(loss.item()), self._flat(grads)

    def move(self, parameters: Vector) -> None:
        """Give the copy of the model these parameters."""
        start = 0
        for memory in self._memory.values():
            memory[...] = parameters[start : start + memory.size].reshape(memory.shape)
            start += memory.size

    def vector(self, state: Any) -> Vector:
        """Parameters that were kept (a state dict, or tensors in the model's order) as one vector."""
        if not isinstance(state, Mapping):
            state = dict(zip(self.parameters, state, strict=True))
        if missing := self.parameters.keys() - state.keys():
            raise ValueError(f"a state of the path lacks {', '.join(sorted(missing))}")
        return self._flat({name: to_numpy(state[name]) for name in self.parameters})

    def _evaluate(self) -> Any:
        return self.criterion(self.model(self.inputs), self.targets)

    def _flat(self, arrays: Mapping[str, np.ndarray]) -> Vector:
        return np.concatenate([np.asarray(arrays[name], dtype=float).ravel() for name in self.parameters])

    def _random(self, rng: np.random.Generator) -> dict[str, np.ndarray]:
        found = {}
        for name, memory in self._memory.items():
            direction = rng.standard_normal(memory.shape)
            if memory.ndim > 1:  # a filter is what makes one output: a row of a matrix
                rest = tuple(range(1, memory.ndim))
                lengths = np.sqrt((direction**2).sum(axis=rest, keepdims=True))
                direction *= np.sqrt((memory.astype(float) ** 2).sum(axis=rest, keepdims=True)) / lengths
            else:
                direction[...] = 0.0
            found[name] = direction
        if not any(direction.any() for direction in found.values()):
            raise ValueError("no parameter has two dims or more, so there are no filters; name two numbers with along")
        return found

    def _components(self, states: Sequence[Any] | None) -> np.ndarray:
        """The first two principal components of a path, seen from where the model is; each of length 1."""
        if states is None or len(states) < 3:
            raise ValueError('along="path" needs a path of at least three states of the model')
        away = np.stack([self.vector(state) for state in states]) - self.here
        _, sizes, components = np.linalg.svd(away, full_matrices=False)
        if sizes[1] < 1e-9 * sizes[0]:
            raise ValueError("the states of the path lie on one line, or are all the same: they span no plane")
        signs = np.sign(components[:2][[0, 1], np.abs(components[:2]).argmax(axis=1)])
        return components[:2] * signs[:, None]  # an SVD may turn either of them around

    def _both(self) -> list[str]:
        """The names of the two numbers of a model that has only two."""
        return [
            name if memory.size == 1 else f"{name}[{', '.join(map(str, index))}]"
            for name, memory in self._memory.items()
            for index in np.ndindex(memory.shape)
        ]

    def _place(self, name: str) -> int:
        """Where a number called "weight[0, 2]" stands in the vector of all parameters."""
        found = re.fullmatch(r"([\w.]+)(?:\[([\d, ]+)\])?", str(name))
        if found is None or found[1] not in self._memory:
            raise ValueError(f"{name!r} is no parameter of the model; there are {', '.join(self._memory)}")
        memory = self._memory[found[1]]
        index = tuple(int(i) for i in found[2].split(",")) if found[2] else (0,) * memory.ndim
        fits = len(index) == memory.ndim and all(i < n for i, n in zip(index, memory.shape, strict=False))
        if not fits or (found[2] is None and memory.size != 1):
            raise ValueError(f"{name!r} does not name one number of {found[1]}, which has shape {memory.shape}")
        before = sum(self._memory[other].size for other in list(self._memory)[: list(self._memory).index(found[1])])
        return before + int(np.ravel_multi_index(index, memory.shape)) if memory.ndim else before


def descend(
    landscape: Landscape, start: Vector, lr: float, steps: int
) -> tuple[list[tuple[float, float]], list[float]]:
    """Gradient descent over all parameters: the places of the plane nearest to it, and the losses, step by step."""
    parameters, places, losses = start.copy(), [], []
    for step in range(steps + 1):
        loss, gradient = landscape.gradient(parameters)
        if not math.isfinite(loss) or not np.isfinite(gradient).all():
            break
        places.append(landscape.project(parameters))
        losses.append(loss)
        if step < steps:
            with np.errstate(over="ignore"):
                parameters = parameters - lr * gradient
    return places, losses


class Line(torch.nn.Module):
    """y = w · x + b, for the example that is shown where no model is given."""

    def __init__(self) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
        self.b = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w * x + self.b


def example() -> tuple[Line, Callable[[Any, Any], Any], tuple[torch.Tensor, torch.Tensor]]:
    """A line and 20 points around y = 2 x + 0.5, the same everywhere."""
    x = torch.linspace(-1, 1, 20).double()
    noise = torch.randn(20, generator=torch.Generator().manual_seed(0))
    return Line(), torch.nn.MSELoss(), (x, 2 * x + 0.5 + 0.3 * noise)


def path_of(landscape: Landscape, states: Sequence[Any]) -> tuple[list[tuple[float, float]], list[float]]:
    """The places of a path that was kept, and its losses: pairs of numbers on the axes, or states of the model."""
    vectors = []
    for state in states:
        if not isinstance(state, Mapping) and len(state) == 2 and all(np.ndim(to_numpy(value)) == 0 for value in state):
            vectors.append(landscape.point(float(state[0]), float(state[1])))
        elif isinstance(landscape, ModelLandscape):
            vectors.append(landscape.vector(state))
        else:
            raise ValueError(f"a path over a function is a list of pairs of numbers, not of {type(state).__name__}")
    if not vectors:
        raise ValueError("the path is empty")
    return [landscape.project(vector) for vector in vectors], [landscape.loss(vector) for vector in vectors]
