"""The exercises of notebook 00."""

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


@exercise(
    "00-runs",
    "What a cell remembers",
    "after",
    hints=(
        "A cell does what it says each time that it is run: go through the runs one by one.",
        "After the first cell count is 0; each run of the second adds 2, the run of the third adds 1.",
        "after = 0 + 2 + 2 + 2 + ...",
    ),
)
def runs(report: Report, after: Any) -> None:
    report.same(
        after,
        7,
        "after",
        mistakes=[
            (3, "3 counts each cell once; the second one was run three times."),
            (6, "6 leaves out the run of the last cell."),
            (1, "1 would be the last cell alone: it goes on from where count stood."),
            (9, "9 is three runs of both cells; the last one was run once."),
        ],
    )


@exercise(
    "00-repair",
    "An error, mended",
    "total",
    hints=(
        "Read the last line of the error again: which two sizes do not fit?",
        "The right tensor needs as many numbers as the left one.",
        "total = torch.tensor([1, 2, 3]) + torch.tensor([10, 20, ...])",
    ),
)
def repair(report: Report, total: Any) -> None:
    torch = report.torch
    report.same(
        total,
        torch.tensor([11, 22, 33]),
        "total",
        mistakes=[
            (
                torch.tensor([11, 12, 13]),
                "10 was added to all three; each has a partner of its own: 10, 20, 30.",
            ),
            (torch.tensor([10, 20, 30]), "this is the right tensor by itself; add the left one to it."),
            (torch.tensor([1, 2, 3]), "this is the left tensor by itself; add the right one to it."),
            (
                torch.tensor([11, 22]),
                "the third number on the left was left out; the right lacks its partner.",
            ),
        ],
    )


@exercise(
    "00-function",
    "A function, checked on other numbers",
    "cells_of",
    hints=(
        "It is the count of the first exercise, for any number of rows and columns.",
        "A function gives back what stands behind return; print alone shows it and gives back None.",
        "return rows * ...",
    ),
)
def function(report: Report, cells_of: Any) -> None:
    rows, columns = report.sizes(2, low=7, high=12)  # too large for their sum or product to be the first exercise's 12
    report.same(
        report.call(cells_of, rows, columns, name="cells_of"),
        rows * columns,
        f"cells_of({rows}, {columns})",
        mistakes=[
            (12, "12 is right for 3 rows of 4 alone; use the two inputs."),
            (rows + columns, f"{rows + columns} is {rows} + {columns}; each of the {rows} rows has {columns} cells."),
            ((rows, columns), "this is the shape itself; how many cells does it have?"),
        ],
        reveal=True,
    )
