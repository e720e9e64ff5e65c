"""Exercises for the notebooks: ``check`` an answer, ask for a ``hint``, see your ``progress``."""

from tensorbook.workbook import short_errors
from tensorbook.workbook.checking import check, hint
from tensorbook.workbook.record import progress

__all__ = ["check", "hint", "progress"]

short_errors.install()  # in a notebook only
