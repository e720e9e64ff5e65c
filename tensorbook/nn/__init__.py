"""Neural network layers and what they are made of."""

from . import functional, init
from .activations import LeakyReLU, LogSoftmax, ReLU, Sigmoid, Softmax, Tanh
from .containers import Sequential
from .layers import Flatten, Identity, Linear
from .losses import MSELoss
from .module import Module
from .parameter import Parameter

__all__ = [
    "Flatten", "Identity", "LeakyReLU", "Linear", "LogSoftmax", "MSELoss", "Module", "Parameter", "ReLU", "Sequential",
    "Sigmoid", "Softmax", "Tanh", "functional", "init",
]  # fmt: skip
