"""Attention in several heads at once: projections before, attention in each head, a projection after.

Vaswani and others 2017, https://arxiv.org/abs/1706.03762
"""

from __future__ import annotations

import warnings

from ..tensor import Tensor
from .attention import as_added, attention_with_weights, scaled_dot_product_attention
from .joining import cat
from .matrix import linear


def check_dims(
    query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None, mask: Tensor | None, heads: int
) -> None:
    """Raise AssertionError unless the dimensions fit together."""
    dims = query.dim()
    if dims not in (2, 3):
        raise AssertionError(f"query should be unbatched 2D or batched 3D tensor but received {dims}-D query tensor")
    what = f"For {'batched' if dims == 3 else 'unbatched'} ({dims}-D) `query`, expected"
    if (key.dim(), value.dim()) != (dims, dims):
        raise AssertionError(
            f"{what} `key` and `value` to be {dims}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively"
        )
    if padding is not None and padding.dim() != dims - 1:
        raise AssertionError(
            f"{what} `key_padding_mask` to be `None` or {dims - 1}-D but found {padding.dim()}-D tensor instead"
        )
    if mask is not None and mask.dim() not in (2, 3):
        raise AssertionError(f"{what} `attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead")
    if mask is not None and mask.dim() == 3 and dims == 2:
        wanted = (heads, query.shape[0], key.shape[0])
        if mask.shape != wanted:
            raise AssertionError(f"Expected `attn_mask` shape to be {wanted} but got {mask.shape}")


def canonical_mask(
    mask: Tensor | None, name: str, like: Tensor, other: Tensor | None = None, beside: str = ""
) -> object:
    """A mask of where not to look, as numbers to add to the scores."""
    if mask is None:
        return None
    kind = mask._array.dtype.kind
    if kind not in "bf":
        raise AssertionError(f"only bool and floating types of {name} are supported")
    if other is not None and other.dtype is not mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} and {beside} is deprecated. Use same type for both instead.", stacklevel=3
        )
    return as_added(mask.logical_not(), like) if kind == "b" else mask


def _in_projections(
    query: Tensor, key: Tensor, value: Tensor, weight: Tensor, bias: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """Where some of the three are one tensor, one product does for them."""
    size = query.size(-1)

    def together(x: Tensor, w: Tensor, b: Tensor | None, count: int) -> Tensor:
        joined = linear(x, w, b).unflatten(-1, (count, size)).unsqueeze(0)
        return joined.transpose(0, -2).squeeze(-2).contiguous()

    if key is not value:
        weights, biases = weight.chunk(3), (None,) * 3 if bias is None else bias.chunk(3)
        return tuple(map(linear, (query, key, value), weights, biases))
    if query is key:
        joined = together(query, weight, bias, 3)
        return joined[0], joined[1], joined[2]
    first, rest = weight.split([size, size * 2])
    first_bias, rest_bias = (None, None) if bias is None else bias.split([size, size * 2])
    joined = together(key, rest, rest_bias, 2)
    return linear(query, first, first_bias), joined[0], joined[1]


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What nn.MultiheadAttention computes, with all its weights as arguments.

    Args:
        query, key, value: of shape (places, batch, size), or (places, size).
        key_padding_mask: of shape (batch, places): True, or -inf, for keys that nobody may look at.
        attn_mask: (queries, keys) or (batch * heads, queries, keys): True, or -inf, where one may not look.
        is_causal: says that attn_mask lets each place look at itself and those before.
        static_k, static_v: keys and values that are already projected.

    Returns:
        The output, shaped as query; and how much each query took from each key, None unless `need_weights`.
    """
    check_dims(query, key, value, key_padding_mask, attn_mask, num_heads)
    alone = query.dim() == 2
    if alone:
        same = query is key, key is value
        query = query.unsqueeze(1)
        key = query if same[0] else key.unsqueeze(1)
        value = key if same[1] else value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    places, batch, size = query.shape

    padding = canonical_mask(key_padding_mask, "key_padding_mask", query, attn_mask, "attn_mask")
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and padding is None and not need_weights:
        mask = None
    else:
        mask, is_causal = canonical_mask(attn_mask, "attn_mask", query), is_causal and padding is None
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)

    if use_separate_proj_weight:
        biases = (None,) * 3 if in_proj_bias is None else in_proj_bias.chunk(3)
        q, k, v = map(linear, (query, key, value), (q_proj_weight, k_proj_weight, v_proj_weight), biases)
    else:
        q, k, v = _in_projections(query, key, value, in_proj_weight, in_proj_bias)
    mask = _checked_mask(mask, places, key.size(0), batch, num_heads)

    extra = 0
    if bias_k is not None and bias_v is not None:
        k, v, extra = cat([k, bias_k.repeat(1, batch, 1)]), cat([v, bias_v.repeat(1, batch, 1)]), 1
    head = size // num_heads

    def by_head(x: Tensor) -> Tensor:
        return x.view(x.size(0), batch * num_heads, head).transpose(0, 1)

    q = by_head(q)
    k, v = by_head(k) if static_k is None else static_k, by_head(v) if static_v is None else static_v
    if add_zero_attn:
        k, v = (cat([x, x.new_zeros((batch * num_heads, 1, head))], 1) for x in (k, v))
        extra += 1
    if extra:
        mask, padding = (
            None if m is None else cat([m, m.new_zeros((*m.shape[:-1], extra))], -1) for m in (mask, padding)
        )
    keys = k.size(1)
    if padding is not None:
        for d, wanted in enumerate((batch, keys)):
            if padding.size(d) != wanted:
                raise AssertionError(f"Expected key_padded_mask.shape[{d}] to be {wanted}, but got {padding.size(d)}")
        padding = padding.view(batch, 1, 1, keys).expand(-1, num_heads, -1, -1).reshape(batch * num_heads, 1, keys)
        mask = padding if mask is None else mask + padding

    drop = dropout_p if training else 0.0
    if need_weights:
        out, weights = attention_with_weights(q, k, v, mask, drop)
        out = out.transpose(0, 1).contiguous().view(places * batch, size)
        out = linear(out, out_proj_weight, out_proj_bias).view(places, batch, -1)
        weights = weights.view(batch, num_heads, places, keys)
        weights = weights.mean(dim=1) if average_attn_weights else weights
        return (out.squeeze(1), weights.squeeze(0)) if alone else (out, weights)
    if mask is not None:
        mask = mask.unsqueeze(0) if mask.size(0) == 1 and mask.dim() == 3 else mask.view(batch, num_heads, -1, keys)
    q, k, v = (x.view(batch, num_heads, -1, head) for x in (q, k, v))
    out = scaled_dot_product_attention(q, k, v, mask, drop, is_causal)
    out = out.permute(2, 0, 1, 3).contiguous().view(batch * places, size)
    out = linear(out, out_proj_weight, out_proj_bias).view(places, batch, -1)
    return (out.squeeze(1) if alone else out), None


def _check_sizes(query: Tensor, key: Tensor, value: Tensor, size: int, heads: int, separate: bool) -> None:
    if query.size(-1) != size:
        raise AssertionError(f"was expecting embedding dimension of {size}, but got {query.size(-1)}")
    if size % heads:
        raise AssertionError(f"embed_dim {size} not divisible by num_heads {heads}")
    if separate and key.shape[:2] != value.shape[:2]:
        raise AssertionError(f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
    if not separate and key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")


def _checked_mask(mask: Tensor | None, places: int, keys: int, batch: int, heads: int) -> Tensor | None:
    """The mask with three dimensions."""
    if mask is None:
        return None
    wanted = (places, keys) if mask.dim() == 2 else (batch * heads, places, keys)
    if mask.shape != wanted:
        raise RuntimeError(f"The shape of the {mask.dim()}D attn_mask is {mask.shape}, but should be {wanted}.")
    return mask.unsqueeze(0) if mask.dim() == 2 else mask
