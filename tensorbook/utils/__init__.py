"""Helpers around training: `utils.data` feeds batches, `utils.checkpoint` spares memory."""

from . import checkpoint, data

__all__ = ["checkpoint", "data"]
