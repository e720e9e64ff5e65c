"""Neural network layers and what they are made of."""

from ..ops.compiled import kept
from . import functional, init, modules, parallel, parameter, utils
from .modules import *  # noqa: F403 (hands on what it does)
from .parallel import DataParallel
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

kept.save()  # with the operations that only layers use
