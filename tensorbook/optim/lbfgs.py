"""L-BFGS: Newton's method with the curvature guessed from the last few steps.

Nocedal and Wright, Numerical Optimization, 2nd edition, 2006, algorithm 7.4.
https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..autograd.grad_mode import enable_grad, no_grad
from ..ops.creation import zeros_like
from ..ops.joining import cat
from ..tensor import Tensor
from .elementwise import check_lr, number
from .line_search import strong_wolfe
from .optimizer import Optimizer


class LBFGS(Optimizer):
    """Each step runs several iterations, and calls `closure` several times.

    Args:
        params: tensors; only one group.
        lr: the length of a step along the direction found; a number or a tensor of one element.
        max_iter: iterations per step.
        max_eval: calls of the closure per step; by default max_iter * 1.25.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where neither the loss nor a parameter changes more.
        history_size: how many past steps to remember.
        line_search_fn: None for steps of length lr, or "strong_wolfe" to search along the direction.

    >>> import tensorbook as torch
    >>> w = torch.tensor([3.0, -2.0], requires_grad=True)
    >>> optimizer = torch.optim.LBFGS([w], line_search_fn="strong_wolfe")
    >>> def closure():
    ...     optimizer.zero_grad()
    ...     loss = ((w - torch.tensor([1.0, 2.0])) ** 4).sum()
    ...     loss.backward()
    ...     return loss
    >>> first = optimizer.step(closure)
    >>> first.item() > 200, closure().item() < 1e-6
    (True, True)
    """

    def __init__(
        self,
        params: Iterable,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ):
        check_lr(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Tensor]:
        return self.param_groups[0]["params"]

    def _flat_grad(self) -> Tensor:
        """All gradients in one row."""
        return cat([(zeros_like(p) if p.grad is None else p.grad.detach()).reshape(-1) for p in self._params])

    def _walk(self, direction: Tensor, t: float) -> None:
        """Move the parameters t times along a direction."""
        start = 0
        for p in self._params:
            p.add_(direction[start : start + p.numel()].view(p.shape), alpha=t)
            start += p.numel()

    @no_grad()
    def step(self, closure: Callable) -> Tensor:
        """Run up to max_iter iterations. Returns the loss before the first.

        `closure` computes the loss and its gradients anew.
        """
        closure = enable_grad()(closure)
        group, state = self.param_groups[0], self.state[self._params[0]]
        lr, search = number(group["lr"]), group["line_search_fn"]
        small = group["tolerance_change"]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = closure()
        loss, evaluations = float(first_loss), 1
        state["func_evals"] += 1
        grad = self._flat_grad()
        if flat(grad, group):
            return first_loss

        for iteration in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                state.update(d=-grad, old_dirs=[], old_stps=[], ro=[], H_diag=1)
                t = min(1.0, 1.0 / grad.abs().sum().item()) * lr
            else:
                learn(state, grad, group["history_size"])
                state["d"] = newton_direction(state, grad, group["history_size"])
                t = lr
            direction = state["d"]
            state["prev_flat_grad"], state["prev_loss"] = grad.clone(), loss
            state["t"] = t
            slope = grad.dot(direction).item()
            if slope > -small:
                break

            used = 0
            if search is None:
                self._walk(direction, t)
                if iteration < group["max_iter"]:
                    loss, used = float(closure()), 1
                    grad = self._flat_grad()
            elif search == "strong_wolfe":
                most = group["max_eval"] - evaluations
                evaluate = self._evaluator(closure, direction)
                loss, grad, t, used = strong_wolfe(evaluate, direction, t, loss, grad, slope, max_evaluations=most)
                self._walk(direction, t)
                state["t"] = t
            else:
                raise RuntimeError("only 'strong_wolfe' is supported")
            evaluations += used
            state["func_evals"] += used
            if (
                evaluations >= group["max_eval"]
                or flat(grad, group)
                or (direction * t).abs().max() <= small
                or abs(loss - state["prev_loss"]) < small
            ):
                break
        return first_loss

    def _evaluator(self, closure: Callable, direction: Tensor) -> Callable[[float], tuple[float, Tensor]]:
        """The loss and its gradient as functions of how far one walks. The parameters stay where they are."""
        start = [p.clone() for p in self._params]

        def evaluate(t: float) -> tuple[float, Tensor]:
            self._walk(direction, t)
            loss, grad = float(closure()), self._flat_grad()
            for p, value in zip(self._params, start, strict=True):
                p.copy_(value)
            return loss, grad

        return evaluate


def flat(grad: Tensor, group: dict) -> bool:
    """Whether no element of the gradient is worth a step."""
    return bool(grad.abs().max() <= group["tolerance_grad"])


def learn(state: dict, grad: Tensor, history_size: int) -> None:
    """Remember the last step and by how much it changed the gradient, if the loss curves upward along it."""
    change, step = grad - state["prev_flat_grad"], state["d"] * state["t"]
    curvature = change.dot(step)
    if curvature > 1e-10:
        if len(state["old_dirs"]) == history_size:
            for name in ("old_dirs", "old_stps", "ro"):
                state[name].pop(0)
        state["old_dirs"].append(change)
        state["old_stps"].append(step)
        state["ro"].append(1.0 / curvature)
        state["H_diag"] = curvature / change.dot(change)


def newton_direction(state: dict, grad: Tensor, history_size: int) -> Tensor:
    """Minus the inverse curvature times the gradient, without ever forming the matrix: the two-loop recursion."""
    changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
    weights = state.setdefault("al", [None] * history_size)
    direction = -grad
    for i in reversed(range(len(changes))):
        weights[i] = steps[i].dot(direction) * ro[i]
        direction -= weights[i] * changes[i]
    direction *= state["H_diag"]
    for i in range(len(changes)):
        direction += (weights[i] - changes[i].dot(direction) * ro[i]) * steps[i]
    return direction
