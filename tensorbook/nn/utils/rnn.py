"""Sequences of different lengths in one tensor; see nn/sequences.py."""

from ..sequences import (  # noqa: F401 (these are handed on)
    PackedSequence,
    invert_permutation,
    pack_padded_sequence,
    pack_sequence,
    pad_packed_sequence,
    pad_sequence,
    unpack_sequence,
    unpad_sequence,
)
