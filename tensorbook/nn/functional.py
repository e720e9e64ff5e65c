"""Layers as plain functions: everything that has no weights of its own."""

from ..ops.activation import leaky_relu, log_softmax, softmax
from ..ops.loss import mse_loss
from ..ops.matrix import linear
from ..ops.pointwise import relu, sigmoid, tanh

__all__ = ["leaky_relu", "linear", "log_softmax", "mse_loss", "relu", "sigmoid", "softmax", "tanh"]
