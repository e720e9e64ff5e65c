"""What a notebook shows of an error: the learner's lines and the message, none of the library's own frames."""

import re
import sys

import pytest

import tensorbook as torch
from tensorbook.workbook import short_errors


def names(traceback):
    found = []
    while traceback is not None:
        found.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return found


def caught(action):
    with pytest.raises(Exception) as raised:
        action()
    return raised.value


def test_the_library_s_frames_go_and_the_original_keeps_them():
    def learner():
        torch.ones(3, 2).t().view(6)

    error = caught(learner)
    assert len(names(error.__traceback__)) > names(error.__traceback__).index("learner") + 1
    assert names(short_errors.without_library(error.__traceback__))[-1] == "learner"
    assert len(names(error.__traceback__)) > names(error.__traceback__).index("learner") + 1


def test_the_learner_s_own_frames_below_the_library_stay():
    def hook(gradient):
        raise KeyError("inside")

    def learner():
        x = torch.ones(2, requires_grad=True)
        x.register_hook(hook)
        (x * 2).sum().backward()

    shown = names(short_errors.without_library(caught(learner).__traceback__))
    assert shown[-2:] == ["learner", "hook"]


def test_a_line_that_calls_itself_a_hundred_times_stands_there_three_times():
    def even(n):
        odd(n - 1)

    def odd(n):
        if n == 1:
            raise KeyError("bottom")
        even(n - 1)

    whole = caught(lambda: even(100)).__traceback__
    assert names(whole).count("even") == names(whole).count("odd") == 50
    shown = names(short_errors.without_repeats(whole))
    # The last call of odd stands at a line of its own.
    assert shown[-7:] == ["even", "odd", "even", "odd", "odd", "even", "odd"]


def test_an_ipython_shell_shows_the_cell_and_the_message(capsys):
    interactive = pytest.importorskip("IPython.core.interactiveshell", reason="needs the extra notebooks")
    shell = interactive.InteractiveShell.instance(history_manager=None)
    try:
        short_errors.install()
        shell.run_line_magic("colors", "nocolor")
        shell.run_cell("import tensorbook as torch\ntorch.ones(3, 2).t().view(6)")
        said = "".join(capsys.readouterr())
        assert "torch.ones(3, 2).t().view(6)" in said
        assert "RuntimeError: view size is not compatible" in said
        assert "geometry" not in said and "tensorbook/ops" not in said
        assert len(names(sys.last_traceback)) > 2  # %debug has all of it

        shell.run_cell("w = torch.ones(1, requires_grad=True)\nw -= 1")
        said = "".join(capsys.readouterr())
        assert said.count("a leaf Variable that requires grad") == 1 and "During handling" not in said
        shell.run_cell("try:\n    torch.ones(2).view(3)\nexcept RuntimeError:\n    1 / 0")
        said = "".join(capsys.readouterr())
        assert "shape '[3]' is invalid" in said and "During handling" in said  # it passed through the learner's lines

        shell.run_cell("def deeper(n):\n    deeper(n + 1)\n\ndeeper(0)")
        said = "".join(capsys.readouterr())
        assert said.count("deeper(n + 1)") < 9
        message, note = said.strip().splitlines()[-2:]
        assert message.startswith("RecursionError: maximum recursion depth exceeded")
        assert re.fullmatch(r"\(9\d\d calls like those above are not shown\.\)", note)
    finally:
        interactive.InteractiveShell.clear_instance()


def test_a_traceback_has_no_colour_that_only_one_theme_can_show(capsys):
    interactive = pytest.importorskip("IPython.core.interactiveshell", reason="needs the extra notebooks")
    shell = interactive.InteractiveShell.instance(history_manager=None, colors="neutral")  # as in a notebook
    try:
        short_errors.install()
        shell.run_cell("def broken(x):\n    return x and None\n\nbroken(0) or missing")
        said = "".join(capsys.readouterr())
        assert "\x1b[1mor\x1b[" in said
        assert not re.search(r"\x1b\[[0-9;]*[34]8;", said)  # a colour by number, which no theme tints
    finally:
        interactive.InteractiveShell.clear_instance()


def test_outside_a_notebook_nothing_happens(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    short_errors.install()


def test_an_error_of_too_deep_a_recursion_is_shortened_too():
    def deeper(n):
        return deeper(n + 1)

    error = caught(lambda: deeper(0))
    assert len(names(error.__traceback__)) > 900
    assert names(short_errors.without_library(error.__traceback__)) == names(error.__traceback__)
