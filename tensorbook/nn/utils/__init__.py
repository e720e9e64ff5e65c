"""What a training script does to weights and gradients, and sequences of different lengths."""

from . import rnn
