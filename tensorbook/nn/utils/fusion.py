"""A layer and the batch normalisation behind it as one layer, for use after training."""

from __future__ import annotations

import copy

from ...tensor import Tensor
from ..modules.module import Module
from ..parameter import Parameter


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of the one layer, from those of the two."""
    scale = (bn_rv + bn_eps).rsqrt()
    scale = scale if bn_w is None else bn_w * scale
    shift = -bn_rm if conv_b is None else conv_b - bn_rm
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    bias = shift * scale if bn_b is None else shift * scale + bn_b
    fused = (conv_w * scale.reshape(shape)).to(conv_w.dtype), bias.to(conv_w.dtype)
    return tuple(Parameter(x.detach(), conv_w.requires_grad) for x in fused)


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor, bn_b: Tensor
) -> tuple[Parameter, Parameter]:
    """The weight and bias of the one Linear layer, from those of the two."""
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def _fused(layer: Module, bn: Module, transpose: bool) -> Module:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    fused = copy.deepcopy(layer)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_eval(conv: Module, bn: Module, transpose: bool = False) -> Module:
    """A convolution that gives what `bn(conv(x))` gives, both in evaluation mode."""
    return _fused(conv, bn, transpose)


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """A Linear layer that gives what `bn(linear(x))` gives, both in evaluation mode.

    >>> import tensorbook as torch
    >>> linear, bn = torch.nn.Linear(2, 3).eval(), torch.nn.BatchNorm1d(3).eval()
    >>> fused, x = torch.nn.utils.fusion.fuse_linear_bn_eval(linear, bn), torch.ones(1, 2)
    >>> torch.allclose(fused(x), bn(linear(x)))
    True
    """
    return _fused(linear, bn, transpose=False)
