"""Attention: each place looks at all others, and takes from each as much as its key fits the query.

Vaswani and others 2017, https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import math
from enum import Enum, IntEnum

import numpy as np

from ..graph import grad_mode
from ..tensor import Tensor, make
from .activation import softmax
from .arithmetic import add
from .by_number import times
from .choosing import masked_fill
from .creation import zeros
from .define import op
from .diagonals import tril
from .dropout import dropout
from .matrix import matmul
from .node import OpNode, showing
from .repeating import repeat_interleave
from .view import transpose


class SDPBackend(IntEnum):
    """The ways of PyTorch to compute attention; those that there are on a CPU are MATH and FLASH_ATTENTION."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4
    __str__ = Enum.__str__


allowed = frozenset(SDPBackend)  # see nn.attention.sdpa_kernel


def _softmax_or_zeros(scores: np.ndarray) -> np.ndarray:
    """A row in which nothing may be looked at gets zeros."""
    highest = scores.max(-1, keepdims=True)
    highest[highest == -np.inf] = 0
    powers = np.exp(scores - highest)
    total = powers.sum(-1, keepdims=True)
    total[total == 0] = 1
    powers /= total
    return powers


safe_softmax = op("_safe_softmax(self)", "_softmax_or_zeros(self)", "SafeSoftmaxBackward0",
                  self="(grad - (grad * result).sum(-1, True)) * result")  # fmt: skip
showing(safe_softmax, dim=-1)


def _mixed(shares: np.ndarray, value: np.ndarray) -> np.ndarray:
    """shares @ value, laid out in memory with the heads of one place side by side, as PyTorch does."""
    batch, heads, places, _ = shares.shape
    out = np.empty_like(value, shape=(batch, places, heads, value.shape[-1])).transpose(0, 2, 1, 3)
    np.matmul(shares, value, out=out)
    return out


def _scores(node: OpNode) -> Tensor:
    scores = node.unpack("query").detach() @ node.unpack("key").detach().transpose(-2, -1) * node.factor_
    return scores if node.added_ is None else scores + node.added_


def _shares(query: Tensor, key: Tensor, mask: Tensor | None, scale: float, known: np.ndarray) -> Tensor:
    """How much each place takes from each; recorded where a second derivative is wanted."""
    if not grad_mode.enabled:
        return make(known)
    scores = query @ key.transpose(-2, -1) * scale
    return safe_softmax(scores if mask is None else scores + mask)


def _scores_grad(grad: Tensor, value: Tensor, shares: Tensor, scale: float) -> Tensor:
    grad = grad @ value.transpose(-2, -1)
    return (grad - (grad * shares).sum(-1, True)) * shares * scale


fused_attention = op(
    "_scaled_dot_product_flash_attention_for_cpu(query, key, value; added, factor, known; attn_mask, is_causal, scale)",
    "_mixed(known, value)", "ScaledDotProductFlashAttentionForCpuBackward0",
    query="_scores_grad(grad, value, _shares(query, key, added, factor, known), factor) @ key",
    key="_scores_grad(grad, value, _shares(query, key, added, factor, known), factor).transpose(-2, -1) @ query",
    value="_shares(query, key, added, factor, known).transpose(-2, -1) @ grad",
)  # fmt: skip
showing(fused_attention, dropout_p=0.0).node.shown = {
    "output": lambda node: _mixed(node.known_, node.unpack("value")._array),
    "logsumexp": lambda node: _scores(node).logsumexp(-1),
}
baddbmm = op("baddbmm(self, batch1, batch2)", "self + batch1 @ batch2", "BaddbmmBackward0", self="grad",
             batch1="grad @ batch2.transpose(1, 2)", batch2="batch1.transpose(1, 2) @ grad")  # fmt: skip


def as_added(mask: Tensor | None, like: Tensor) -> Tensor | None:
    """A mask that says where one may look, as numbers to add to the scores: 0 there, -inf elsewhere."""
    if mask is None or mask._array.dtype.kind != "b":
        return mask
    nothing = zeros(mask.shape, dtype=like.dtype, device=like.device)
    return masked_fill(nothing, mask.logical_not(), -math.inf)


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query @ key.T * scale + mask) @ value.

    Args:
        query: of shape (…, L, E).
        key: of shape (…, S, E).
        value: of shape (…, S, Ev).
        attn_mask: of a shape that broadcasts to (…, L, S): True where a query may look, or numbers to add.
        dropout_p: the share of looks that is left out at random.
        is_causal: whether a query may look only at its own place and those before.
        scale: by default 1 / sqrt(E).
        enable_gqa: whether several heads of the query share one of key and value.

    >>> import tensorbook as torch
    >>> q = k = torch.zeros(1, 2, 1)
    >>> torch.nn.functional.scaled_dot_product_attention(q, k, torch.tensor([[[1.0], [3.0]]]), is_causal=True)
    tensor([[[1.],
             [2.]]])
    """
    _check(query, key, value, attn_mask, is_causal)
    if enable_gqa:
        heads = query.size(-3)
        if heads % key.size(-3) or heads % value.size(-3):
            raise RuntimeError("Number of heads in key and value must divide the number of heads in query")
        key, value = (repeat_interleave(x, heads // x.size(-3), -3) for x in (key, value))
    if is_causal:
        ones = make(np.ones_like(query._array, shape=(query.size(-2), key.size(-2)), dtype=np.bool_))
        attn_mask = tril(ones)
    mask = as_added(attn_mask, query)
    told = None if is_causal else mask, is_causal, scale
    scale = 1 / math.sqrt(query.size(-1)) if scale is None else scale
    alike = query.size(-1) == value.size(-1) and query.shape[:2] == key.shape[:2] == value.shape[:2]
    plain_mask = mask is None or (not mask.requires_grad and mask.dim() in (2, 4))
    dense = all(x.stride(-1) == 1 for x in (query, key, value))
    fits = query.dim() == 4 and alike and not dropout_p and plain_mask and dense and query.numel() and key.numel()
    if not allowed & {SDPBackend.MATH, SDPBackend.FLASH_ATTENTION}:
        raise RuntimeError(
            "No viable backend for scaled_dot_product_attention was found. This is likely due to turning off both the "
            "math kernel and the fused kernels."
        )
    if not fits and SDPBackend.MATH not in allowed:
        raise RuntimeError("No available kernel.  Aborting execution.")
    if fits and SDPBackend.FLASH_ATTENTION in allowed:
        scores = query._array @ key._array.swapaxes(-2, -1)
        scores *= scores.dtype.type(scale)
        known = _softmax_or_zeros(scores if mask is None else scores + mask._array)
        return fused_attention(query, key, value, mask, scale, known, *told)
    root = math.sqrt(scale)
    scores = matmul(times(query, root), times(transpose(key, -2, -1), root))
    shares = safe_softmax(scores if mask is None else add(scores, mask))
    return matmul(dropout(shares, dropout_p) if dropout_p else shares, value)


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, is_causal: bool) -> None:
    if not query.dtype is key.dtype is value.dtype:
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got "
            f"query.dtype: {query.dtype} key.dtype: {key.dtype} and value.dtype: {value.dtype} instead."
        )
    if min(query.dim(), key.dim(), value.dim()) < 2:
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            f"query.dim: {query.dim()}, key.dim: {key.dim()} and value.dim: {value.dim()} instead."
        )
    if mask is not None:
        if mask._array.dtype.kind != "b" and mask.dtype is not query.dtype:
            raise RuntimeError(
                "Expected attn_mask dtype to be bool or float or to match query dtype, but got "
                f"attn_mask.dtype: {mask.dtype} and  query.dtype: {query.dtype} instead."
            )
        if is_causal:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )


def attention_with_weights(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, drop: float
) -> tuple[Tensor, Tensor]:
    """The same for (batch, places, size), step by step, and how much each place took from each."""
    query = query * math.sqrt(1.0 / query.size(-1))
    back = transpose(key, -2, -1)
    shares = softmax(query.bmm(back) if mask is None else baddbmm(mask, query, back), -1)
    shares = dropout(shares, drop) if drop else shares
    return shares.bmm(value), shares
