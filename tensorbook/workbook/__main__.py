"""`python -m tensorbook.workbook`: the same as the `tensorbook` command."""

from tensorbook.workbook.launcher import main

main()
