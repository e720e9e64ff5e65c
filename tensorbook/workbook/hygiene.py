"""What a committed notebook must be like. Each rule takes a notebook and says what breaks it.

python -m tensorbook.workbook.hygiene            all notebooks
python -m tensorbook.workbook.hygiene 01 03      those whose names begin so
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat

from tensorbook.workbook.checking import NOT_ATTEMPTED
from tensorbook.workbook.exercise import UnknownExercise, find
from tensorbook.workbook.notebooks import RAISES, UNCOMPARED, answer_metadata, check_metadata, grading, select, tags

WORDS, LINES = 120, 15
"""How long a text cell and a code cell may be."""

Rule = Callable[[dict], Iterator[str]]
RULES: list[Rule] = []


def rule(function: Rule) -> Rule:
    """Make a generator of complaints one of the rules."""
    RULES.append(function)
    return function


def problems(notebook: dict) -> list[str]:
    """Everything that is wrong with a notebook, one sentence each."""
    return [complaint for each in RULES for complaint in each(notebook)]


@rule
def every_code_cell_was_run(notebook: dict) -> Iterator[str]:
    """nbval compares nothing in a cell without an execution count; from 1 upwards means: run in one go."""
    counts = [cell.get("execution_count") for _, cell in _cells(notebook, "code")]
    for (place, cell), count in zip(_cells(notebook, "code"), counts, strict=True):
        if not cell["source"].strip():
            yield f"{place} is empty"
        elif count is None:
            yield f"{place} has no execution count"
    if None not in counts and counts != list(range(1, len(counts) + 1)):
        yield "the code cells were not run from top to bottom in one go"


@rule
def nothing_is_stored_but_the_notebook(notebook: dict) -> Iterator[str]:
    """Widget state and timings are another at each run, and belong to no one."""
    if "widgets" in notebook["metadata"]:
        yield "widget state is stored in the notebook (metadata.widgets)"
    for place, cell in _cells(notebook):
        extra = set(cell["metadata"]) - {"tags", "nbgrader", "jupyter"}
        if extra:
            yield f"{place} carries metadata that only its last run wanted: {', '.join(sorted(extra))}"


BANNED = {
    r";[ \t]*(#.*)?$": "ends a line with ;, which hides its output",
    r"\bclear_output\b": "calls clear_output, which nbval does not replay",
    r"\bwith\s+\w*(?i:out)\w*\s*:|\bOutput\(": "prints inside a widgets.Output, where nbval does not look",
    r"\bfrom tqdm import|\bimport tqdm\b|\btqdm\.tqdm\b": "uses console tqdm: tqdm.auto is the one for notebooks",
    r"\bwarnings\.warn\(": "calls warnings.warn, whose output holds a path",
    r"^\s*!|^\s*%%?(bash|sh|cmd|pip|conda)\b": "calls a shell, which is another on each machine",
    r"\bjupyter trust\b": "trusts the notebook by script",
}


@rule
def no_banned_pattern(notebook: dict) -> Iterator[str]:
    """What breaks nbval, or a fresh clone."""
    for place, cell in _cells(notebook, "code"):
        for pattern, what in BANNED.items():
            if re.search(pattern, cell["source"], re.MULTILINE):
                yield f"{place} {what}"
        if re.search(r"^\s*%%?(timeit|time)\b", cell["source"], re.MULTILINE) and UNCOMPARED not in tags(cell):
            yield f"{place} prints timings that no sanitising rule covers: print them after ≈, or tag it {UNCOMPARED}"


MACHINE = {
    r"0x[0-9a-f]{6,}": "an address in memory",
    r"\b20\d\d-[01]\d-[0-3]\d\b|\b[0-2]?\d:[0-5]\d:[0-5]\d\b|\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w* ": "a date or a time",
    r"(?<![\w.])(/(home|root|work|Users|tmp|usr|opt)/|[A-Z]:\\)": "a path of the machine it was run on",
}


@rule
def outputs_are_the_same_everywhere(notebook: dict) -> Iterator[str]:
    """No address, date, path or warning in what a cell shows."""
    for place, cell in _cells(notebook, "code"):
        for output in cell["outputs"]:
            if output.get("name") == "stderr":
                yield f"{place} writes to stderr: {_text(output).strip()[:60]}"
            if output["output_type"] == "error" and RAISES not in tags(cell):
                yield f"{place} fails ({output['ename']}) and is not tagged {RAISES}"
            for pattern, what in MACHINE.items():
                if found := re.search(pattern, _text(output)):
                    yield f"{place} shows {what}: {found.group().strip()}"
        if RAISES in tags(cell) and not any(o["output_type"] == "error" for o in cell["outputs"]):
            yield f"{place} is tagged {RAISES} and raises nothing"


@rule
def cells_are_short(notebook: dict) -> Iterator[str]:
    """One idea each: a text cell under 120 words, a code cell under 15 lines."""
    for place, cell in _cells(notebook, "markdown"):
        if (words := _words(cell["source"])) > WORDS:
            yield f"{place} has {words} words; {WORDS} is the most"
    for place, cell in _cells(notebook, "code"):
        if (lines := len(cell["source"].strip().splitlines())) > LINES:
            yield f"{place} has {lines} lines; {LINES} is the most"


@rule
def pictures_have_alt_text(notebook: dict) -> Iterator[str]:
    """What one should see in a picture, for those who do not see it."""
    for place, cell in _cells(notebook):
        pages = [cell["source"]] if cell["cell_type"] == "markdown" else [_text(o) for o in cell["outputs"]]
        for page in pages:
            images = re.findall(r"<img\b[^>]*>", page)
            bare = [i for i in images if not re.search(r"""\balt\s*=\s*("[^"]*\w[^"]*"|'[^']*\w[^']*')""", i)]
            if cell["cell_type"] == "markdown":
                bare += re.findall(r"!\[\s*\]\([^)]*\)", page)
            for image in bare:
                yield f"{place} has a picture without alt text: {image[:60]}"


@rule
def every_figure_is_seen(notebook: dict) -> Iterator[str]:
    """`show` returns the figure: it is seen only where the call stands last in its cell."""
    for place, cell in _cells(notebook, "code"):
        calls = re.search(r"^show\(", cell["source"], re.MULTILINE)
        if calls and not any("<img" in "".join(o.get("data", {}).get("text/html", "")) for o in cell["outputs"]):
            yield f"{place} calls show and no figure is seen: show has to stand last"


@rule
def plots_are_described(notebook: dict) -> Iterator[str]:
    """A bare plot has nowhere to keep alt text: the text cell below must begin with what one should see in it."""
    cells = notebook["cells"]
    for position, (place, cell) in enumerate(_cells(notebook)):
        kinds = [set(output.get("data", {})) for output in cell.get("outputs", [])]
        bare = any(k & {"image/png", "image/jpeg"} and "text/html" not in k for k in kinds)
        below = cells[position + 1] if position + 1 < len(cells) else None
        if bare and not (below and below["cell_type"] == "markdown" and re.match(r"\*[^*\s]", below["source"])):
            yield f"{place} draws a plot without alt text: show it by tensorbook.workbook.figure.show, or describe it"


@rule
def exercises_are_declared_and_untouched(notebook: dict) -> Iterator[str]:
    """An answer cell with ... , then its check cell, both with nbgrader's metadata; no answer stands in it."""
    cells = [cell for _, cell in _cells(notebook)]
    for position, (place, cell) in enumerate(_cells(notebook)):
        called = re.match(r'check\("([^"]*)"', cell["source"]) if cell["cell_type"] == "code" else None
        if not called:
            continue
        exercise_id = called.group(1)
        try:
            find(exercise_id)
        except UnknownExercise as error:
            yield f"{place}: {error}"
            continue
        points = grading(cell).get("points", 1)
        if grading(cell) != check_metadata(exercise_id, points):
            yield f"{place} checks {exercise_id} without nbgrader's metadata (schema 3) for a check cell"
        answer = cells[position - 1]
        if grading(answer) != answer_metadata(exercise_id):
            yield f"the cell before {place} is not marked as the answer cell of {exercise_id} for nbgrader (schema 3)"
        if "..." not in answer["source"]:
            yield f"the answer cell of {exercise_id} has no ... to replace"
        said = "".join(_text(output) for output in cell["outputs"])
        if cell.get("execution_count") and said.strip() != f"{exercise_id}: {NOT_ATTEMPTED}":
            yield f"the answer to {exercise_id} stands in the notebook: its check says {said.strip()[:60]!r}"


def _cells(notebook: dict, kind: str = "") -> Iterator[tuple[str, dict]]:
    """Each cell with the words to name it by."""
    for position, cell in enumerate(notebook["cells"]):
        if cell["cell_type"].startswith(kind):
            first = next(iter(cell["source"].strip().splitlines()), "")
            yield f"cell {position} ({first[:40]!r})", cell


def _words(markdown: str) -> int:
    """Words a reader reads: no tags, no link targets, no table rules, a formula as one."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " formula ", markdown, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>|\]\([^)]*\)", " ", text)
    return len(re.findall(r"[\w'’.+*/=()\[\]-]*\w[\w'’.+*/=()\[\]-]*", text))


def _text(output: dict) -> str:
    """All that an output shows as text; a traceback counts, the bytes of a picture do not."""
    data = output.get("data", {})
    parts = [output.get("text", ""), *output.get("traceback", [])]
    parts += [value for kind, value in data.items() if kind.startswith("text/")]
    text = "\n".join("".join(part) for part in parts)
    return re.sub(r"base64,[\w+/=]+", "base64,", text)


def main(arguments: list[str] | None = None) -> int:
    """Print what is wrong with the notebooks named on the command line; 1 if anything is."""
    parser = argparse.ArgumentParser(prog="python -m tensorbook.workbook.hygiene", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="how the names of the notebooks begin; all of them for none")
    try:
        chosen: list[Path] = select(parser.parse_args(arguments).names)
    except FileNotFoundError as error:
        parser.error(str(error))
    count = 0
    for path in chosen:
        for complaint in problems(nbformat.read(path, as_version=4)):
            count += 1
            print(f"{path.name}: {complaint}")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
