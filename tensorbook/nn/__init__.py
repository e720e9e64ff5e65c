"""Neural network layers and what they are made of."""

from ..ops.compiled import kept
from . import attention as ways_of_attention
from . import functional, init, modules, parallel, parameter, utils
from .modules import *  # noqa: F403 (hands on what it does)
from .parallel import DataParallel
from .parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

attention = ways_of_attention  # not the file of that name among the modules
kept.save()  # with the operations that only layers use
