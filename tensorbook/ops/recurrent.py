"""Recurrent layers: the same cell for every step, which hands its state on to the next.

https://pytorch.org/docs/stable/nn.html#recurrent-layers
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..tensor import Tensor
from .arithmetic import add, mul, sub
from .dropout import dropout
from .elementary import relu, sigmoid, tanh
from .joining import cat, stack
from .lstm import fits, lstm_layer
from .matrix import linear, matmul
from .splitting import split, unbind, unsafe_chunk
from .view import contiguous, narrow, select, t, transpose

State = tuple[Tensor, ...]  # (h,), or (h, c) of an LSTM

# ---- one step: from what the input has to say (`gates`), the state before and the weights to the state after


def _elman(squash: Callable) -> Callable:
    """Elman 1990."""

    def step(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None, _: Tensor | None) -> State:
        return (squash(add(linear(state[0], weight, bias), gates)),)

    return step


def _lstm(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None, projection: Tensor | None) -> State:
    """Hochreiter and Schmidhuber 1997; with a projection of h as Sak and others 2014."""
    h, c = state
    take, keep, new, show = unsafe_chunk(add(linear(h, weight, bias), gates), 4, 1)
    c = add(mul(sigmoid(keep), c), mul(sigmoid(take), tanh(new)))
    h = mul(sigmoid(show), tanh(c))
    return (h if projection is None else matmul(h, t(projection))), c


def _gru(gates: Tensor, state: State, weight: Tensor, bias: Tensor | None, _: Tensor | None) -> State:
    """Cho and others 2014."""
    (h,) = state
    from_input, from_state = unsafe_chunk(gates, 3, 1), unsafe_chunk(linear(h, weight, bias), 3, 1)
    reset = sigmoid(add(from_state[0], from_input[0]))
    keep = sigmoid(add(from_state[1], from_input[1]))
    new = tanh(add(from_input[2], mul(from_state[2], reset)))
    return (add(mul(sub(h, new), keep), new),)


STEPS = {"RNN_TANH": _elman(tanh), "RNN_RELU": _elman(relu), "LSTM": _lstm, "GRU": _gru}


def cell(
    mode: str, input: Tensor, state: State, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None
) -> State:
    """One step of a single cell: input (batch, input size), state (batch, hidden size)."""
    return STEPS[mode](linear(input, w_ih, b_ih), state, w_hh, b_hh, None)


# ---- one layer in one direction


def _dense(step: Callable, gates: Tensor, state: State, weights: tuple, reverse: bool) -> tuple[Tensor, State]:
    """All sequences have one length."""
    outputs = []
    for now in reversed(unbind(gates, 0)) if reverse else unbind(gates, 0):
        state = step(now, state, *weights)
        outputs.append(state[0])
    return stack(outputs[::-1] if reverse else outputs, 0), state


def _packed(
    step: Callable, gates: Tensor, state: State, weights: tuple, reverse: bool, batch_sizes: list[int]
) -> tuple[Tensor, State]:
    """The batch gets smaller where sequences end; in reverse it grows, each sequence with its own first state."""
    outputs, ended, first = [], [], state
    parts = split(gates, batch_sizes, 0)
    size = batch_sizes[-1] if reverse else batch_sizes[0]
    state = tuple(narrow(s, 0, 0, size) for s in state) if reverse else state
    for now in reversed(parts) if reverse else parts:
        change = now.size(0) - size
        if change < 0:
            ended.append(tuple(narrow(s, 0, size + change, -change) for s in state))
            state = tuple(narrow(s, 0, 0, size + change) for s in state)
        elif change > 0:
            state = tuple(cat([s, narrow(f, 0, size, change)]) for s, f in zip(state, first, strict=True))
        size += change
        state = step(now, state, *weights)
        outputs.append(state[0])
    if ended:
        state = tuple(cat(pieces) for pieces in zip(*[state, *ended[::-1]], strict=True))
    return cat(outputs[::-1] if reverse else outputs), state


# ---- all layers


def recurrent(
    mode: str,
    input: Tensor,
    states: State,
    weights: Sequence[Sequence[Tensor]],
    has_biases: bool,
    num_layers: int,
    drop: float,
    training: bool,
    bidirectional: bool,
    batch_sizes: Tensor | None = None,
) -> tuple[Tensor, State]:
    """Layers of cells, each fed with what the one before puts out.

    Args:
        mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".
        input: (steps, batch, size), or the data of a PackedSequence together with its `batch_sizes`.
        states: first states, each (layers * directions, batch, size).
        weights: for each layer and direction w_ih, w_hh, then b_ih, b_hh with `has_biases`, then a projection.
        drop: the share of a layer's outputs that the next layer does not see while training.

    Returns:
        The outputs of the last layer in every step, and the last states.
    """
    directions, lasts = 2 if bidirectional else 1, []
    whole = mode == "LSTM" and batch_sizes is None and not len(weights[0]) % 2 and fits(input)
    input = contiguous(input) if whole else input
    firsts = list(zip(*(() if whole else unbind(s, 0) for s in states), strict=True))
    for layer in range(num_layers):
        outputs = []
        for direction in range(directions):
            w_ih, w_hh, *rest = weights[len(lasts)]
            if whole:
                first = [select(s, 0, len(lasts)) for s in states]
                output, *last = lstm_layer(input, *first, weights[len(lasts)], direction == 1, training)
                outputs.append(output)
                lasts.append(last)
                continue
            b_ih, b_hh = rest[:2] if has_biases else (None, None)
            projection = rest[-1] if len(rest) % 2 else None
            run, sizes = (_dense, ()) if batch_sizes is None else (_packed, (batch_sizes.tolist(),))
            gates = linear(input, w_ih, b_ih)
            output, last = run(STEPS[mode], gates, firsts[len(lasts)], (w_hh, b_hh, projection), direction == 1, *sizes)
            outputs.append(output)
            lasts.append(last)
        input = cat(outputs, -1) if bidirectional else outputs[0]
        if drop and training and layer < num_layers - 1:
            input = dropout(input, drop)
    return input, tuple(stack(s, 0) for s in zip(*lasts, strict=True))


def swapped(x: Tensor) -> Tensor:
    """Steps first instead of the batch, and back."""
    return transpose(x, 0, 1)
