"""Helpers around training: `utils.data` feeds batches, `utils.checkpoint` spares memory, `utils.dlpack` shares it."""

from . import checkpoint, data, dlpack

__all__ = ["checkpoint", "data", "dlpack"]
