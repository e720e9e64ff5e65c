"""The exercise of notebook 00."""

from typing import Any

from tensorbook.workbook.exercise import exercise
from tensorbook.workbook.report import Report


@exercise(
    "00-first-steps",
    "Your first exercise",
    "cells",
    hints=(
        "Count the cells in the picture: rows times columns.",
        "A tensor of shape (3, 4) has 3 rows of 4 cells.",
        "cells = 3 * ...",
    ),
)
def first_steps(report: Report, cells: Any) -> None:
    report.same(
        cells,
        12,
        "cells",
        mistakes=[
            (7, "7 is 3 + 4; each of the 3 rows has 4 cells of its own."),
            (2, "2 is the number of dims; the question is how many cells there are."),
        ],
    )
