"""torch.return_types: what functions with several results return."""

from .ops.results import TYPES

globals().update(TYPES)
