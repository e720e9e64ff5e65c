"""The committed notebooks are as notebooks should be, and each rule refuses a notebook that is not."""

import copy
import json

import nbformat
import pytest

from tensorbook.workbook import execute, hygiene
from tensorbook.workbook.checking import NOT_ATTEMPTED
from tensorbook.workbook.notebooks import FOLDER, answer_metadata, check_metadata, select


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.stem)
def test_committed_notebook(path):
    assert hygiene.problems(nbformat.read(path, as_version=4)) == []


def test_there_are_notebooks():
    assert len(list(FOLDER.glob("*.ipynb"))) >= 2


ID = "00-first-steps"
TEXT, CODE, ANSWER, CHECK = range(4)


@pytest.fixture
def good():
    """A small notebook that no rule objects to."""
    text = nbformat.v4.new_markdown_cell("A picture: ![three rows of four cells](a.png), $x^2$ and `x`.")
    output = nbformat.v4.new_output("stream", name="stdout", text="3\n")
    code = nbformat.v4.new_code_cell("print(3)", execution_count=1, outputs=[output])
    answer = nbformat.v4.new_code_cell("cells = ...", execution_count=2, metadata={"nbgrader": answer_metadata(ID)})
    said = nbformat.v4.new_output("stream", name="stdout", text=f"{ID}: {NOT_ATTEMPTED}\n")
    check = nbformat.v4.new_code_cell(
        f'check("{ID}")\n# hint("{ID}")', execution_count=3, metadata={"nbgrader": check_metadata(ID)}, outputs=[said]
    )
    return nbformat.v4.new_notebook(cells=[text, code, answer, check])


def test_a_good_notebook_passes(good):
    assert hygiene.problems(good) == []


def source(position, text):
    return lambda book: book.cells[position].update(source=text)


def metadata(position, **changed):
    return lambda book: book.cells[position].metadata.update(changed)


def output(text, name="stdout"):
    made = nbformat.v4.new_output("stream", name=name, text=text)
    return lambda book: book.cells[CODE].update(outputs=[made])


def shown(kind, data):
    made = nbformat.v4.new_output("display_data", data={kind: data})
    return lambda book: book.cells[CODE].update(outputs=[made])


def failing(*tags):
    made = nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])
    return lambda book: book.cells[CODE].update(outputs=[made], metadata={"tags": list(tags)})


BAD = {
    "not run": (lambda book: book.cells[CODE].update(execution_count=None), "no execution count"),
    "run out of order": (lambda book: book.cells[CODE].update(execution_count=9), "top to bottom"),
    "empty cell": (source(CODE, " "), "is empty"),
    "widget state": (lambda book: book.metadata.update(widgets={}), "widget state"),
    "timing metadata": (lambda book: book.cells[CODE].metadata.update(execution={}), "metadata that only its last run"),
    "trailing semicolon": (source(CODE, "plot(x);"), "ends a line with ;"),
    "semicolon and comment": (source(CODE, "plot(x);  # quiet"), "ends a line with ;"),
    "clear_output": (source(CODE, "from IPython.display import clear_output"), "clear_output"),
    "print inside Output": (source(CODE, "with out:\n    print(3)"), "inside a widgets.Output"),
    "an Output": (source(CODE, "box = widgets.Output()"), "inside a widgets.Output"),
    "console tqdm": (source(CODE, "from tqdm import tqdm"), "console tqdm"),
    "warn": (source(CODE, "warnings.warn('old')"), "warnings.warn"),
    "shell": (source(CODE, "!ls"), "shell"),
    "timeit": (source(CODE, "%timeit x + x"), "timings"),
    "time cell": (source(CODE, "%%time\nx + x"), "timings"),
    "address": (output("<object at 0x7f3a2b1c4d50>"), "address in memory: 0x7f3a2b1c4d50"),
    "address in a result": (shown("text/plain", "<object at 0x7f3a2b1c4d50>"), "address in memory"),
    "date": (output("2026-01-31"), "a date or a time"),
    "time of day": (output("at 12:34:56"), "a date or a time"),
    "path": (output("/home/anna/notebooks"), "a path of the machine"),
    "Windows path": (output(r"C:\Users\anna"), "a path of the machine"),
    "warning shown": (output("DeprecationWarning: old", "stderr"), "writes to stderr"),
    "unexpected failure": (failing(), "is not tagged raises-exception"),
    "expected failure missing": (metadata(CODE, tags=["raises-exception"]), "raises nothing"),
    "long text": (source(TEXT, "word " * 121), "121 words"),
    "long code": (source(CODE, "x = 1\n" * 16), "16 lines"),
    "no alt text": (source(TEXT, "![](a.png)"), "without alt text"),
    "tag without alt": (source(TEXT, '<img src="a.png">'), "without alt text"),
    "tag with empty alt": (source(TEXT, '<img src="a.png" alt="">'), "without alt text"),
    "output without alt": (shown("text/html", "<img src='data:x'>"), "without alt text"),
    "plot without caption": (shown("image/png", "iVBORw0KGgo="), "draws a plot without alt text"),
    "figure not seen": (source(CODE, "show(fig, alt='a line')\nprint(3)"), "no figure is seen"),
    "unknown exercise": (source(CHECK, 'check("00-first-step")'), "did you mean 00-first-steps"),
    "answer without nbgrader": (metadata(ANSWER, nbgrader={}), "not marked as the answer cell"),
    "check without nbgrader": (metadata(CHECK, nbgrader={}), "without nbgrader's metadata"),
    "old schema": (metadata(CHECK, nbgrader={**check_metadata(ID), "schema_version": 2}), "metadata (schema 3)"),
    "no blank": (source(ANSWER, "cells = 0"), "no ... to replace"),
    "solved": (lambda book: book.cells[CHECK].outputs[0].update(text=f"{ID}: solved"), "stands in the notebook"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_refused(name, good):
    spoil, words = BAD[name]
    spoil(good)
    found = hygiene.problems(good)
    assert any(words in complaint for complaint in found), found


def test_what_looks_alike_is_let_through(good):
    tagged = copy.deepcopy(good)
    tagged.cells[CODE].update(source="%timeit x + x", metadata={"tags": ["nbval-ignore-output"]})
    assert hygiene.problems(tagged) == []
    failing("raises-exception")(good)
    good.cells[TEXT].source = "word " * 110 + "[a link](https://a/very/long/address) $a + b + c + d + e + f$"
    good.cells[CODE].source = "with torch.no_grad():\n    print('a; b', '20:1')"
    assert hygiene.problems(good) == []


def test_a_plot_with_a_caption_below(good):
    shown("image/png", "iVBORw0KGgo=")(good)
    good.cells.insert(CODE + 1, nbformat.v4.new_markdown_cell("*A falling curve.*\n\nIt falls since ..."))
    assert hygiene.problems(good) == []


def test_a_plot_with_alt_text_of_its_own(good):
    shown("image/png", "iVBORw0KGgo=")(good)
    good.cells[CODE].outputs[0].data["text/html"] = "<img alt='a falling curve' src='data:x'>"
    assert hygiene.problems(good) == []


class TestSelect:
    def test_by_how_the_name_begins(self, tmp_path):
        for name in ("00_a", "01_b", "02_c"):
            (tmp_path / f"{name}.ipynb").touch()
        assert [p.stem for p in select(["02", "00_a.ipynb"], tmp_path)] == ["02_c", "00_a"]
        assert len(select([], tmp_path)) == 3
        with pytest.raises(FileNotFoundError, match="no notebook begins with '9'"):
            select(["9"], tmp_path)


class TestExecute:
    @pytest.fixture
    def path(self, tmp_path):
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("import os\nprint(6 * 7)")])
        book.metadata.widgets = {"application/vnd.jupyter.widget-state+json": {}}
        book.cells[0].metadata.update(execution={"iopub.status.busy": "2026"}, tags=["kept"], collapsed=True)
        path = tmp_path / "00_x.ipynb"
        path.write_text(nbformat.writes(book))
        return path

    def test_runs_and_cleans(self, path):
        execute.execute(path)
        book = json.loads(path.read_text())
        (cell,) = book["cells"]
        assert cell["outputs"][0]["text"] == ["42\n"]
        assert cell["execution_count"] == 1
        assert cell["metadata"] == {"tags": ["kept"]}
        assert set(book["metadata"]) == {"kernelspec", "language_info"}
        assert "version" not in book["metadata"]["language_info"]

    def test_twice_gives_the_same_bytes(self, path):
        execute.execute(path)
        first = path.read_bytes()
        execute.execute(path)
        assert path.read_bytes() == first

    def test_a_widget_gives_the_same_bytes_too(self, path):
        book = nbformat.read(path, as_version=4)
        book.cells[0].source = "import ipywidgets\nipywidgets.IntSlider(3)"
        path.write_text(nbformat.writes(book))
        execute.execute(path)
        first = path.read_bytes()
        assert b"widget-view+json" in first
        execute.execute(path)
        assert path.read_bytes() == first

    def test_a_failing_cell_leaves_the_file_as_it_was(self, path, capsys, monkeypatch):
        book = nbformat.read(path, as_version=4)
        book.cells[0].source = "print('before')\n1 / 0"
        path.write_text(nbformat.writes(book))
        before = path.read_bytes()
        monkeypatch.setattr(execute, "select", lambda names: [path])
        assert execute.main([]) == 1
        assert path.read_bytes() == before
        assert [p.name for p in path.parent.iterdir()] == [path.name]
        assert "00_x.ipynb: failed, and left as it was" in capsys.readouterr().err

    def test_a_tagged_cell_may_fail_and_shows_no_path(self, path):
        book = nbformat.read(path, as_version=4)
        book.cells[0].source = "import json\njson.loads('{')"
        book.cells[0].metadata.tags = ["raises-exception"]
        path.write_text(nbformat.writes(book))
        execute.execute(path)
        (cell,) = nbformat.read(path, as_version=4).cells
        traceback = "\n".join(cell.outputs[0].traceback)
        assert "JSONDecodeError" in traceback
        assert str(path.home()) not in traceback and "/usr" not in traceback and "python3." not in traceback

    def test_ids_are_kept_and_made_unique(self, path):
        book = nbformat.read(path, as_version=4)
        book.cells = [nbformat.v4.new_markdown_cell("a", id="same"), nbformat.v4.new_markdown_cell("b", id="same")]
        cleaned = execute.clean(book, "00_x")
        assert cleaned.cells[0].id == "same" != cleaned.cells[1].id

    def test_progress_of_whoever_runs_it_is_left_alone(self, path):
        book = nbformat.read(path, as_version=4)
        book.cells[0].source = "import os\nprint(os.environ['TENSORBOOK_PROGRESS'].startswith(os.getcwd()))"
        path.write_text(nbformat.writes(book))
        execute.execute(path)
        assert nbformat.read(path, as_version=4).cells[0].outputs[0].text == "False\n"

    def test_an_unknown_notebook_is_named(self, capsys):
        with pytest.raises(SystemExit):
            execute.main(["77"])
        assert "no notebook begins with '77'" in capsys.readouterr().err
