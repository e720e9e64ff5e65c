"""Helpers around training: `utils.data` feeds batches."""

from . import data

__all__ = ["data"]
