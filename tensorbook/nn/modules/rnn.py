"""Recurrent layers, and their single cells.

https://pytorch.org/docs/stable/nn.html#recurrent-layers
"""

from __future__ import annotations

import math
import numbers
import warnings

from ...ops.creation import empty, zeros
from ...ops.recurrent import cell, recurrent, swapped
from ...tensor import Tensor
from .. import init
from ..parameter import Parameter
from ..sequences import PackedSequence
from .module import Module

GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}


class RNNBase(Module):
    """What RNN, LSTM and GRU share.

    Args:
        mode: "RNN_TANH", "RNN_RELU", "LSTM" or "GRU".
        input_size, hidden_size: how many numbers a step and a state have.
        num_layers: how many layers lie above each other.
        bias: whether the layers have biases.
        batch_first: whether inputs are (batch, steps, size) instead of (steps, batch, size).
        dropout: the share of a layer's outputs that the next one does not see while training.
        bidirectional: whether each layer also reads from the end.
        proj_size: for an LSTM, the size to which h is reduced; 0 for none.
    """

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: object = None,
        dtype: object = None,
    ):
        super().__init__()
        if isinstance(dropout, bool) or not isinstance(dropout, numbers.Number) or not 0 <= dropout <= 1:
            raise ValueError(
                "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
            )
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects "
                f"num_layers greater than 1, but got dropout={dropout} and num_layers={num_layers}",
                stacklevel=3,
            )
        for name, value, kind in (
            ("bias", bias, bool), ("batch_first", batch_first, bool), ("input_size", input_size, int),
            ("hidden_size", hidden_size, int),
        ):  # fmt: skip
            if not isinstance(value, kind):
                raise TypeError(f"{name} should be of type {kind.__name__}, got: {type(value).__name__}")
        for name, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if proj_size >= hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if mode not in GATES:
            raise ValueError("Unrecognized RNN mode: " + mode)
        self.mode, self.input_size, self.hidden_size, self.num_layers = mode, input_size, hidden_size, num_layers
        self.bias, self.batch_first, self.dropout = bias, batch_first, float(dropout)
        self.bidirectional, self.proj_size = bidirectional, proj_size

        directions, seen = 2 if bidirectional else 1, proj_size or hidden_size
        gates = GATES[mode] * hidden_size
        self._all_weights = []
        for layer in range(num_layers):
            for direction in range(directions):
                size = seen * directions if layer else input_size
                shapes = {"weight_ih": (gates, size), "weight_hh": (gates, seen)}
                shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)} if bias else {}
                shapes |= {"weight_hr": (proj_size, hidden_size)} if proj_size else {}
                end = f"_l{layer}" + ("_reverse" if direction else "")
                self._all_weights.append([name + end for name in shapes])
                for name, shape in shapes.items():
                    setattr(self, name + end, Parameter(empty(shape, device=device, dtype=dtype)))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw first weights anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Lay the weights side by side in a GPU's memory. Nothing is to be done here."""

    def extra_repr(self) -> str:
        parts = [f"{self.input_size}, {self.hidden_size}"]
        usual = {"proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0}
        for name, value in (usual | {"bidirectional": False}).items():
            if getattr(self, name) != value:
                parts.append(f"{name}={getattr(self, name)}")
        return ", ".join(parts)

    # ---- running

    def forward(self, input: Tensor | PackedSequence, hx: object = None) -> tuple[object, object]:
        """The outputs of the last layer in every step, and the last states of all layers."""
        packed = input if isinstance(input, PackedSequence) else None
        data = input if packed is None else packed.data
        if packed is None and data.dim() not in (2, 3):
            raise ValueError(f"{self._get_name()}: Expected input to be 2D or 3D, got {data.dim()}D tensor instead")
        alone = packed is None and data.dim() == 2
        batched = data.unsqueeze(1 if not self.batch_first else 0) if alone else data
        steps_first = swapped(batched) if self.batch_first and packed is None else batched
        batch = int(packed.batch_sizes[0]) if packed is not None else steps_first.size(1)

        states = self._first_states(data, hx, batch, alone)
        if hx is not None and packed is not None and packed.sorted_indices is not None:
            states = tuple(s.index_select(1, packed.sorted_indices) for s in states)
        self._check(data, steps_first, states, batch)
        output, states = recurrent(
            self.mode, steps_first, states, self.all_weights, self.bias, self.num_layers, self.dropout, self.training,
            self.bidirectional, None if packed is None else packed.batch_sizes,
        )  # fmt: skip
        if packed is not None:
            output = PackedSequence(output, *packed[1:])
            if packed.unsorted_indices is not None:
                states = tuple(s.index_select(1, packed.unsorted_indices) for s in states)
        elif self.batch_first:
            output = swapped(output)
        if alone:
            output = output.squeeze(1 if not self.batch_first else 0)
            states = tuple(s.squeeze(1) for s in states)
        return output, self._given_back(states)

    def _sizes(self) -> list[int]:
        """The size of each state."""
        return [self.hidden_size]

    def _first_states(self, data: Tensor, hx: object, batch: int, alone: bool) -> tuple[Tensor, ...]:
        layers = self.num_layers * (2 if self.bidirectional else 1)
        if hx is None:
            return tuple(zeros(layers, batch, size, dtype=data.dtype, device=data.device) for size in self._sizes())
        states = self._as_states(hx)
        wanted = 2 if alone else 3
        for state in states:
            if state.dim() != wanted:
                raise RuntimeError(self._wrong_dims(states, alone))
        return tuple(s.unsqueeze(1) for s in states) if alone else states

    def _wrong_dims(self, states: tuple[Tensor, ...], alone: bool) -> str:
        kind, dims = ("unbatched 2-D", 2) if alone else ("batched 3-D", 3)
        if len(states) == 1:
            return f"For {kind} input, hx should also be {dims}-D but got {states[0].dim()}-D tensor"
        got = ", ".join(f"{s.dim()}-D" for s in states)
        return f"For {kind} input, hx and cx should also be {dims}-D but got ({got}) tensors"

    def _as_states(self, hx: object) -> tuple[Tensor, ...]:
        return (hx,)

    def _given_back(self, states: tuple[Tensor, ...]) -> object:
        return states[0]

    def _check(self, data: Tensor, steps_first: Tensor, states: tuple[Tensor, ...], batch: int) -> None:
        weight = self.all_weights[0][0]
        if data.dtype is not weight.dtype:
            raise ValueError(
                f"RNN input dtype ({data.dtype}) does not match weight dtype ({weight.dtype}). "
                f"Convert input: input.to({weight.dtype}), or convert model: model.to({data.dtype})"
            )
        if data.size(-1) != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {data.size(-1)}"
            )
        layers = self.num_layers * (2 if self.bidirectional else 1)
        for i, (state, size) in enumerate(zip(states, self._sizes(), strict=True)):
            wanted = (layers, batch, size)
            if state.shape != wanted:
                which = f"hidden[{i}]" if len(states) > 1 else "hidden"
                raise RuntimeError(f"Expected {which} size {wanted}, got {list(state.shape)}")
        if not steps_first.size(0):
            raise RuntimeError("Expected sequence length to be larger than 0 in RNN")


class RNN(RNNBase):
    """h = tanh(w_ih @ x + b_ih + w_hh @ h + b_hh), step after step. Elman 1990.

    Takes what RNNBase takes, and `nonlinearity`: "tanh" or "relu".

    >>> import tensorbook as torch
    >>> output, h = torch.nn.RNN(2, 3)(torch.ones(5, 1, 2))
    >>> output.shape, h.shape
    (torch.Size([5, 1, 3]), torch.Size([1, 1, 3]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        *args: object,
        **kwargs: object,
    ):
        if kwargs.get("proj_size"):
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, *args, **kwargs)
        self.nonlinearity = nonlinearity


class LSTM(RNNBase):
    """Long short-term memory: gates say what is kept, taken in and shown. Hochreiter and Schmidhuber 1997.

    Takes what RNNBase takes. The state is a pair (h, c).

    >>> import tensorbook as torch
    >>> output, (h, c) = torch.nn.LSTM(2, 3, batch_first=True)(torch.ones(4, 5, 2))
    >>> output.shape, c.shape
    (torch.Size([4, 5, 3]), torch.Size([1, 4, 3]))
    """

    def __init__(self, *args: object, **kwargs: object):
        super().__init__("LSTM", *args, **kwargs)

    def _sizes(self) -> list[int]:
        return [self.proj_size or self.hidden_size, self.hidden_size]

    def _as_states(self, hx: object) -> tuple[Tensor, ...]:
        return hx[0], hx[1]

    def _given_back(self, states: tuple[Tensor, ...]) -> object:
        return states


class GRU(RNNBase):
    """The gated recurrent unit: an LSTM with one state and one gate fewer. Cho and others 2014.

    Takes what RNNBase takes.

    >>> import tensorbook as torch
    >>> output, h = torch.nn.GRU(2, 3, num_layers=2)(torch.ones(5, 1, 2))
    >>> output.shape, h.shape
    (torch.Size([5, 1, 3]), torch.Size([2, 1, 3]))
    """

    def __init__(self, *args: object, **kwargs: object):
        if kwargs.get("proj_size"):
            raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")
        super().__init__("GRU", *args, **kwargs)


# ---- cells


class RNNCellBase(Module):
    """What the cells share: one step, from an input and a state to the next state."""

    mode = ""

    def __init__(self, input_size: int, hidden_size: int, bias: bool, device: object = None, dtype: object = None):
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = GATES[self.mode or "RNN_TANH"] * hidden_size
        place = {"device": device, "dtype": dtype}
        self.weight_ih = Parameter(empty(gates, input_size, **place))
        self.weight_hh = Parameter(empty(gates, hidden_size, **place))
        for name in ("bias_ih", "bias_hh"):
            self.register_parameter(name, Parameter(empty(gates, **place)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw first weights anew."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else f", bias={self.bias}")
        other = getattr(self, "nonlinearity", "tanh")
        return text if other == "tanh" else f"{text}, nonlinearity={other}"

    def _step(self, mode: str, input: Tensor, states: tuple[Tensor, ...] | None, count: int) -> tuple[Tensor, ...]:
        who = self._get_name()
        if input.dim() not in (1, 2):
            raise ValueError(f"{who}: Expected input to be 1D or 2D, got {input.dim()}D instead")
        for i, state in enumerate(states or ()):
            if state.dim() not in (1, 2):
                where = f"hx[{i}]" if count > 1 else "hidden"
                raise ValueError(f"{who}: Expected {where} to be 1D or 2D, got {state.dim()}D instead")
        alone = input.dim() == 1
        rows = input.unsqueeze(0) if alone else input
        if states is None:
            shape = (rows.size(0), self.hidden_size)
            states = (zeros(shape, dtype=input.dtype, device=input.device),) * count
        elif alone:
            states = tuple(s.unsqueeze(0) for s in states)
        if rows.size(1) != self.input_size:
            raise RuntimeError(f"input has inconsistent input_size: got {rows.size(1)} expected {self.input_size}")
        for i, state in enumerate(states):
            if state.size(0) != rows.size(0):
                raise RuntimeError(
                    f"Input batch size {rows.size(0)} doesn't match hidden{i} batch size {state.size(0)}"
                )
            if state.size(1) != self.hidden_size:
                raise RuntimeError(
                    f"hidden{i} has inconsistent hidden_size: got {state.size(1)}, expected {self.hidden_size}"
                )
        new = cell(mode, rows, states, self.weight_ih, self.weight_hh, self.bias_ih, self.bias_hh)
        return tuple(s.squeeze(0) for s in new) if alone else new


class RNNCell(RNNCellBase):
    """One step of an RNN.

    >>> import tensorbook as torch
    >>> torch.nn.RNNCell(2, 3)(torch.ones(4, 2)).shape
    torch.Size([4, 3])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: object = None,
        dtype: object = None,
    ):
        super().__init__(input_size, hidden_size, bias, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        return self._step(f"RNN_{self.nonlinearity.upper()}", input, None if hx is None else (hx,), 1)[0]


class LSTMCell(RNNCellBase):
    """One step of an LSTM; gives (h, c).

    >>> import tensorbook as torch
    >>> h, c = torch.nn.LSTMCell(2, 3)(torch.ones(4, 2))
    >>> h.shape
    torch.Size([4, 3])
    """

    mode = "LSTM"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: object = None, dtype: object = None
    ):
        super().__init__(input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        return self._step("LSTM", input, hx, 2)


class GRUCell(RNNCellBase):
    """One step of a GRU.

    >>> import tensorbook as torch
    >>> torch.nn.GRUCell(2, 3)(torch.ones(4, 2)).shape
    torch.Size([4, 3])
    """

    mode = "GRU"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: object = None, dtype: object = None
    ):
        super().__init__(input_size, hidden_size, bias, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step("GRU", input, None if hx is None else (hx,), 1)[0]
