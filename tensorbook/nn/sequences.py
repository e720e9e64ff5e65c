"""Sequences of different lengths in one tensor: padded, or packed without the padding.

https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence

from ..ops.creation import arange, empty_like, tensor
from ..ops.packing import pack
from ..tensor import Tensor

_SORTED = (
    "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
    "`enforce_sorted=False` to pack_padded_sequence and/or pack_sequence to sidestep this requirement if you do not "
    "need ONNX exportability."
)


class PackedSequence(namedtuple("PackedSequence", ["data", "batch_sizes", "sorted_indices", "unsorted_indices"])):
    """What pack_padded_sequence makes: all first steps, then all second steps, …

    Attributes:
        data: the steps, one below the other.
        batch_sizes: how many sequences have a first step, a second step, …
        sorted_indices: where the sequences were, before the longest came first.
        unsorted_indices: how to get that order back.
    """

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is not None and not batch_sizes.is_cpu:
            raise ValueError(
                f"batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually. "
                f"Got {batch_sizes.device}"
            )
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: object, **kwargs: object) -> PackedSequence:
        """The data in another dtype or on another device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        sorted_indices, unsorted_indices = (None if i is None else i.to(data.device) for i in self[2:])
        return type(self)(data, self.batch_sizes, sorted_indices, unsorted_indices)

    def double(self) -> PackedSequence:
        """The data as float64."""
        return self._replace(data=self.data.double())

    def float(self) -> PackedSequence:
        """The data as float32."""
        return self._replace(data=self.data.float())

    def cpu(self) -> PackedSequence:
        """To the CPU."""
        return self.to("cpu")

    def cuda(self, device: object = None) -> PackedSequence:
        """To a GPU."""
        return self.to("cuda" if device is None else device)

    @property
    def is_cuda(self) -> bool:
        return self.data.is_cuda


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Where each place has gone."""
    if permutation is None:
        return None
    inverse = empty_like(permutation)
    inverse[permutation] = arange(len(permutation), device=permutation.device)
    return inverse


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Padded sequences without their padding.

    Args:
        input: of shape (steps, batch, …), or (batch, steps, …) with `batch_first`.
        lengths: how many steps of each sequence count.
        enforce_sorted: whether they must already lie from the longest to the shortest; otherwise they are sorted.

    >>> import tensorbook as torch
    >>> torch.nn.utils.rnn.pack_padded_sequence(torch.tensor([[1, 4], [2, 5], [3, 0]]), [3, 2]).data
    tensor([1, 4, 2, 5, 3])
    """
    lengths = lengths if isinstance(lengths, Tensor) else tensor(lengths)
    order = None
    if not enforce_sorted:
        lengths, order = lengths.sort(descending=True)
        order = order.to(input.device)
        input = input.index_select(0 if batch_first else 1, order)
    if batch_first:
        input = input.transpose(0, 1)
    steps, batch = input.shape[:2]
    counts = lengths.tolist()
    if len(counts) != batch:
        raise RuntimeError(
            f"Expected `len(lengths)` to be equal to batch_size, but got {len(counts)} (batch_size={batch})"
        )
    if counts != sorted(counts, reverse=True):
        raise RuntimeError(_SORTED)
    if counts[-1] <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0"
        )
    if counts[0] > steps:
        raise RuntimeError(f"Expected input to have at least {counts[0]} steps, but got {steps}")
    mask = arange(counts[0]).unsqueeze(1) < tensor(counts)
    return PackedSequence(pack(input[: counts[0]], mask.to(input.device)), mask.sum(1), order, None)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The padded sequences again, and their lengths.

    >>> import tensorbook as torch
    >>> rnn = torch.nn.utils.rnn
    >>> packed = rnn.pack_sequence([torch.tensor([1.0, 2.0, 3.0]), torch.tensor([4.0])])
    >>> rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1., 2., 3.],
            [4., 0., 0.]]), tensor([3, 1]))
    """
    steps, sizes = len(sequence.batch_sizes), sequence.batch_sizes
    if total_length is not None and total_length < steps:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, "
            f"but got total_length={total_length} and max sequence length being {steps}"
        )
    batch = int(sizes[0])
    mask = (arange(batch) < sizes.unsqueeze(1)).to(sequence.data.device)
    padded = sequence.data.new_full((total_length or steps, batch, *sequence.data.shape[1:]), padding_value)
    padded[:steps][mask] = sequence.data
    lengths = mask.sum(0).cpu()
    padded = padded.transpose(0, 1) if batch_first else padded
    if sequence.unsorted_indices is None:
        return padded, lengths
    order = sequence.unsorted_indices
    return padded.index_select(0 if batch_first else 1, order), lengths[order.cpu()]


def pad_sequence(
    sequences: Sequence[Tensor] | Tensor,
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences of different lengths in one tensor, the shorter ones filled up.

    >>> import tensorbook as torch
    >>> torch.nn.utils.rnn.pad_sequence([torch.tensor([1, 2, 3]), torch.tensor([4])], batch_first=True)
    tensor([[1, 2, 3],
            [4, 0, 0]])
    """
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    elif not isinstance(sequences, (list, tuple)):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not sequences:
        raise RuntimeError("received an empty list of sequences")
    first, longest = sequences[0], max(s.size(0) for s in sequences)
    shape = (len(sequences), longest) if batch_first else (longest, len(sequences))
    padded = first.new_full((*shape, *first.shape[1:]), padding_value)
    for i, sequence in enumerate(sequences):
        length = sequence.size(0)
        place = slice(longest - length, longest) if padding_side == "left" else slice(0, length)
        padded[(i, place) if batch_first else (place, i)] = sequence
    return padded


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences that pad_sequence filled up.

    >>> import tensorbook as torch
    >>> torch.nn.utils.rnn.unpad_sequence(torch.tensor([[1, 4], [2, 0]]), torch.tensor([2, 1]))
    [tensor([1, 2]), tensor([4])]
    """
    padded = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    mask = arange(padded.size(1), device=padded.device) < lengths.unsqueeze(1)
    return [sequence[used] for sequence, used in zip(padded, mask, strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences of different lengths, packed.

    >>> import tensorbook as torch
    >>> torch.nn.utils.rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]).batch_sizes
    tensor([2, 1])
    """
    lengths = tensor([s.size(0) for s in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that pack_sequence packed.

    >>> import tensorbook as torch
    >>> rnn = torch.nn.utils.rnn
    >>> rnn.unpack_sequence(rnn.pack_sequence([torch.tensor([1, 2]), torch.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
