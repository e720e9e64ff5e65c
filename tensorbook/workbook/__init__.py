"""Exercises for the notebooks: ``check`` an answer, ask for a ``hint``, see your ``progress``, or ``reset`` it."""

from tensorbook.workbook import short_errors
from tensorbook.workbook.checking import check, hint, reset
from tensorbook.workbook.record import progress

__all__ = ["check", "hint", "progress", "reset"]

short_errors.install()  # in a notebook only
