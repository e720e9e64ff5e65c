"""check, hint, progress and what stands behind them."""

import json
import os
import threading
import time

import pytest

import tensorbook
from tensorbook.workbook import check, guard, hint, progress, record, report, reset
from tensorbook.workbook.checking import NOT_ATTEMPTED, evaluate
from tensorbook.workbook.exercise import REGISTRY, UnknownExercise, exercise, find, load
from tensorbook.workbook.report import NotAttempted, Off, Report, alike


@pytest.fixture(autouse=True)
def progress_file(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setitem(os.environ, "TENSORBOOK_PROGRESS", str(file))
    return file


@pytest.fixture
def double():
    """An exercise of our own, gone again after the test."""

    @exercise("99-double", "Double it", "double", hints=("one", "two", "three"))
    def checker(report, answer):
        x = report.numbers(2, 3)
        y = report.call(answer, x)
        report.same(y, 2 * x, "double(x)", mistakes=[(x + 2, "you added 2")], reveal=True)

    yield "99-double"
    del REGISTRY["99-double"]


class TestCheck:
    def test_takes_the_answer_from_the_calling_cell(self, capsys):
        exec('cells = 12\ncheck("00-first-steps")', {"check": check})
        assert capsys.readouterr().out == "00-first-steps: solved\n  ✓ cells has the right value\n"

    def test_takes_the_answer_as_an_argument_first(self, capsys):
        cells = 12  # noqa: F841
        check("00-first-steps", 7)
        assert "✗ 7 is 3 + 4" in capsys.readouterr().out

    def test_not_attempted_is_one_fixed_line(self, capsys):
        check("00-first-steps", ...)
        assert capsys.readouterr().out == f"00-first-steps: {NOT_ATTEMPTED}\n"

    def test_a_name_that_is_not_defined(self, capsys):
        exec('check("00-first-steps")', {"check": check})
        assert "there is no cells yet: run the cell" in capsys.readouterr().out
        assert record.read() == {}, "nothing was attempted"

    def test_too_many_answers(self, capsys):
        check("00-first-steps", 1, 2)
        assert "takes 1 answer(s) (cells), not 2" in capsys.readouterr().out

    @pytest.mark.parametrize("unknown", ["00-first-step", "nonsense", 3, None])
    def test_an_unknown_id_says_so(self, unknown, capsys):
        check(unknown)
        hint(unknown)
        assert capsys.readouterr().out.count("exercise") >= 2

    def test_an_unknown_id_names_the_nearest(self, capsys):
        check("00-frist-steps")
        assert "did you mean 00-first-steps?" in capsys.readouterr().out

    @pytest.mark.parametrize("rubbish", [None, "12", [12], object(), type, len, 1e400, {}, os])
    def test_rubbish_never_raises(self, rubbish, double, capsys):
        check("00-first-steps", rubbish)
        check(double, rubbish)
        assert capsys.readouterr().out.count("not there yet") == 2

    def test_a_checker_that_breaks_does_not_raise(self, capsys):
        @exercise("99-broken", "t", "x", hints=("", "", ""))
        def checker(report, x):
            raise ZeroDivisionError("at the learner")

        try:
            check("99-broken", 1)
        finally:
            del REGISTRY["99-broken"]
        assert "cannot be read (ZeroDivisionError: at the learner)" in capsys.readouterr().out

    def test_fresh_inputs_on_each_call_and_the_same_from_the_top(self, double):
        seen = []
        for _ in range(2):
            evaluate(double, {}, [lambda x: seen.append(x.tolist()) or x * 2])
        first = Report(double, tensorbook, 0).numbers(2, 3).tolist()
        again = Report(double, tensorbook, 0).numbers(2, 3).tolist()
        assert seen[0] != seen[1]
        assert first == again

    def test_a_copied_answer_is_refused(self, double):
        stored = []
        evaluate(double, {}, [lambda x: stored.append(x * 2) or stored[0]])
        assert not evaluate(double, {}, [lambda x: stored[0]]).solved

    def test_a_known_mistake_has_its_own_words(self, double):
        assert evaluate(double, {}, [lambda x: x + 2]).off.startswith("you added 2\n")

    def test_the_call_that_shows_the_fault_can_be_repeated(self, double):
        inputs = []
        said = evaluate(double, {}, [lambda x: inputs.append(x.tolist()) or x + 3]).off
        assert f"seen with <lambda>(tensor({inputs[0]}))" in said
        assert "seen with" not in evaluate(double, {}, [lambda x: 1 / 0]).off, "an exception names the call itself"

    def test_works_with_the_library_that_the_notebook_imported(self, double):
        torch = pytest.importorskip("torch", reason="PyTorch is not installed")
        kinds = []
        namespace = {"torch": torch, "double": lambda x: kinds.append(type(x)) or x * 2}
        assert evaluate(double, namespace).solved
        assert kinds == [torch.Tensor]

    def test_leaves_the_learners_random_numbers_alone(self, double):
        tensorbook.manual_seed(1)
        expected = tensorbook.rand(2).tolist()
        tensorbook.manual_seed(1)
        evaluate(double, {}, [lambda x: tensorbook.rand(2, 3)])
        assert tensorbook.rand(2).tolist() == expected


class TestCall:
    @pytest.fixture
    def sheet(self):
        return Report("99-call", tensorbook)

    def test_an_exception_becomes_a_sentence(self, sheet):
        with pytest.raises(Off, match=r"raised ValueError: two$"):
            sheet.call(lambda x: (_ for _ in ()).throw(ValueError("two\nlines")), 3)

    def test_an_address_is_not_shown(self, sheet):
        def wrong(x):
            raise ValueError("at 0x7f0011223344")

        with pytest.raises(Off, match="at 0x…"):
            sheet.call(wrong, 1)

    def test_a_loop_without_end_is_stopped(self, sheet, monkeypatch):
        monkeypatch.setattr(report, "SECONDS", 0.2)

        def forever(x):
            end = time.monotonic() + 5  # as good as never, and yet this test ends where the guard is broken
            while time.monotonic() < end:
                x = 1 - x
            return x

        with pytest.raises(Off, match=r"forever\(3\) was stopped after 0.2 seconds"):
            sheet.call(forever, 3)

    def test_a_changed_input_is_refused_unless_wanted(self, sheet):
        def change(x):
            x.add_(1)
            return x

        with pytest.raises(Off, match="changed the tensor"):
            sheet.call(change, sheet.numbers(3))
        sheet.call(change, sheet.numbers(3), in_place=True)

    def test_what_is_printed_is_not_shown(self, sheet, capsys):
        assert sheet.call(lambda x: print("noise") or x, 3) == 3
        assert capsys.readouterr().out == ""

    def test_nothing_returned(self, sheet):
        with pytest.raises(Off, match="gave None: is a return missing"):
            sheet.call(lambda x: None if x else 1, 3)

    def test_a_blank_is_not_attempted(self, sheet):
        def dots(x): ...

        def documented(x):
            """What it should do."""

        def returned(x):
            return ...

        for blank in (dots, documented, returned):
            with pytest.raises(NotAttempted):
                sheet.call(blank, 1)

    @pytest.mark.parametrize("value", [3, None, os, "f"])
    def test_no_function(self, sheet, value):
        with pytest.raises(Off, match="should be a function"):
            sheet.call(value, 1, name="f")


class TestSame:
    @pytest.fixture
    def sheet(self):
        return Report("99-same", tensorbook)

    @pytest.mark.parametrize(
        ("value", "expected", "words"),
        [
            ([1.0], tensorbook.tensor([1.0]), "should be a tensor; it is a list"),
            (tensorbook.ones(2, 3), tensorbook.ones(3, 2), r"yours is \(2, 3\): are rows and columns the wrong way"),
            (tensorbook.ones(3, 1), tensorbook.ones(3), "was a dimension of size 1 kept"),
            (tensorbook.ones(3), tensorbook.ones(3, 1), "is a dimension of size 1 missing"),
            (tensorbook.ones(3), tensorbook.ones(3, dtype=tensorbook.int64), "dtype of y should be torch.int64"),
            (tensorbook.tensor([1.0, 2.0]), tensorbook.tensor([1.0, 5.0]), r"1 of the 2 numbers in y is off.*y\[1\]"),
            (tensorbook.tensor(2.0), tensorbook.tensor(5.0), r"^y is 2\.0, and that is not it\."),
            (tensorbook.tensor(3), 3, "still a tensor"),
            (1, True, "should be True or False"),
            (3, "3", "should be a string; it is a whole number"),
            ((1, 2), (2, 1), r"y is \(1, 2\), and that is not it"),
            (lambda: 3, 3, "are the parentheses missing"),
        ],
    )
    def test_each_difference_has_its_words(self, sheet, value, expected, words):
        with pytest.raises(Off, match=words):
            sheet.same(value, expected, "y")

    def test_the_answer_is_shown_only_on_request(self, sheet):
        off, on = tensorbook.tensor([4.0]), tensorbook.tensor([7.0])
        with pytest.raises(Off) as hidden:
            sheet.same(off, on, "y")
        with pytest.raises(Off, match=r"expected 7\.0"):
            sheet.same(off, on, "y", reveal=True)
        assert "7" not in str(hidden.value)

    def test_a_mistake_that_is_right_on_these_inputs_passes(self, sheet):
        sheet.same(4, 2 + 2, "y", mistakes=[(2 * 2, "you multiplied")])

    def test_what_was_right_stands_first_and_once(self, sheet):
        for _ in range(2):
            sheet.same(tensorbook.ones(2), tensorbook.ones(2), "y")
        assert sheet.right == ["y has the right values"]

    def test_a_right_shape_is_said_where_the_numbers_are_off(self, sheet):
        with pytest.raises(Off):
            sheet.same(tensorbook.ones(2), tensorbook.zeros(2), "y")
        assert sheet.right == ["y is a tensor with shape (2,) and dtype torch.float32"]

    def test_alike(self):
        nan = float("nan")
        assert alike(tensorbook.tensor([nan]), tensorbook.tensor([nan]))
        assert alike([1, (2, nan)], (1, [2, nan]))
        assert not alike([1, 2], [1])
        assert not alike(1, True)


class TestGuard:
    def test_a_fast_body_is_left_alone(self):
        with guard.time_limit(5):
            pass
        assert threading.active_count() < 20

    def test_the_stop_button_is_not_swallowed(self):
        with pytest.raises(KeyboardInterrupt), guard.time_limit(5):
            raise KeyboardInterrupt

    def test_elsewhere_than_in_the_main_thread(self):
        done = []

        def body():
            with guard.time_limit(0.01):
                done.append(sum(range(200_000)))

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        assert done


class TestHint:
    def test_each_call_goes_one_level_further(self, double, capsys):
        for _ in range(4):
            hint(double)
        said = capsys.readouterr().out.splitlines()
        assert [line.rpartition(" ")[2] for line in said] == ["one", "two", "three", "three"]

    def test_a_level_of_ones_own(self, double, capsys):
        hint(double, level=2)
        hint(double, level=7)
        assert capsys.readouterr().out == "99-double, hint 2 of 3: two\nhint: the levels are 1, 2 and 3, not 7\n"


class TestDeclaration:
    @pytest.mark.parametrize("bad", ["2-x", "02_x", "02-X", "strides"])
    def test_an_id_has_a_form(self, bad):
        with pytest.raises(ValueError, match=bad):
            exercise(bad, "t", "x", hints=("", "", ""))

    def test_three_hints(self):
        with pytest.raises(ValueError, match="three hints, it has 2"):
            exercise("99-x", "t", "x", hints=("", ""))

    def test_two_modules_cannot_share_an_id(self):
        def foreign(report, x): ...

        foreign.__module__ = "elsewhere"
        find("00-first-steps")
        with pytest.raises(ValueError, match="declared in"):
            exercise("00-first-steps", "t", "x", hints=("", "", ""))(foreign)

    def test_find_names_near_matches(self):
        with pytest.raises(UnknownExercise, match="did you mean 00-first-steps"):
            find("00-first-stpes")

    def test_import_is_light(self):
        import subprocess
        import sys

        code = (
            "import sys, tensorbook.workbook; "
            "print([m for m in ('matplotlib', 'IPython', 'nbformat', 'anywidget', 'pandas') if m in sys.modules])"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert said.strip() == "[]"


class TestProgress:
    def test_nothing_yet(self, capsys, progress_file):
        progress()
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split() == ["00", "start", "here", "□□□□", "0", "of", "4", "solved"]
        assert lines[-1].split() == ["all", "0", "of", str(len(load())), "solved"]
        assert not progress_file.exists()

    def test_an_unattempted_exercise_leaves_no_trace(self, progress_file):
        check("00-first-steps", ...)
        assert not progress_file.exists()

    def test_solved_stays_solved(self, progress_file, capsys):
        for answer, box in [(7, "◧"), (12, "■"), (7, "■")]:
            check("00-first-steps", answer)
            progress()
            assert "00 start here" in (out := capsys.readouterr().out) and box in out
        assert json.loads(progress_file.read_text()) == {"00-first-steps": "solved"}

    @pytest.mark.parametrize("rubbish", [b"{", b"[]", b'{"a": 3}', b"\xff\xfe", b""])
    def test_a_corrupted_file_is_kept_aside(self, rubbish, progress_file, capsys):
        for number in (1, 2):
            progress_file.write_bytes(rubbish)
            check("00-first-steps", 12)
            assert progress_file.with_name(f"progress.json.unreadable-{number}").read_bytes() == rubbish
            assert json.loads(progress_file.read_text()) == {"00-first-steps": "solved"}
        assert "kept as progress.json.unreadable-1" in capsys.readouterr().out

    def test_an_interrupted_write_keeps_the_old_file(self, progress_file, monkeypatch):
        check("00-first-steps", 7)
        before = progress_file.read_text()

        def fail(*_):
            raise OSError("no space")

        monkeypatch.setattr(record.os, "replace", fail)
        check("00-first-steps", 12)
        assert progress_file.read_text() == before
        assert os.listdir(progress_file.parent) == [progress_file.name]

    def test_a_folder_that_is_not_there_does_not_stop_a_check(self, monkeypatch, capsys):
        monkeypatch.setitem(os.environ, "TENSORBOOK_PROGRESS", "/nowhere/at/all.json")
        check("00-first-steps", 12)
        progress()
        assert "solved" in capsys.readouterr().out


class TestReset:
    @pytest.fixture
    def known(self, progress_file):
        known = {"00-first-steps": "solved", "06-order": "attempted", "06-old": "solved", "06-gradient": "solved"}
        progress_file.write_text(json.dumps(known))
        return known

    def left(self, file):
        return set(json.loads(file.read_text()))

    def test_one_exercise(self, known, progress_file, capsys):
        reset("06-order")
        assert self.left(progress_file) == known.keys() - {"06-order"}
        assert capsys.readouterr().out == (
            "06-order: progress forgotten (1 attempted). What stands in the notebook stays there.\n"
        )

    def test_a_notebook_keeps_what_the_course_does_not_know(self, known, progress_file, capsys):
        reset("06")
        assert self.left(progress_file) == {"00-first-steps", "06-old"}
        assert "06: progress forgotten (1 solved, 1 attempted)" in capsys.readouterr().out

    def test_nothing_to_forget(self, known, progress_file, capsys):
        before = progress_file.stat()
        reset("02")
        reset("06-chain-rule")
        assert capsys.readouterr().out.count("there was no progress to forget") == 2
        assert progress_file.stat() == before, "the file was not written anew"

    @pytest.mark.parametrize("unknown", ["06-ordre", "6", "", "0", "77", "all", None, 6, ["06"], "06-", "06\n"])
    def test_what_is_not_named_plainly_is_not_forgotten(self, unknown, known, progress_file, capsys):
        reset(unknown)
        assert capsys.readouterr().out.startswith("reset: ")
        assert self.left(progress_file) == known.keys()

    def test_hints_begin_anew(self, double, capsys):
        for _ in range(2):
            reset(double)
            hint(double)
        assert capsys.readouterr().out.count("hint 1 of 3") == 2

    def test_a_solved_exercise_can_be_begun_anew(self, known, capsys):
        reset("00-first-steps")
        check("00-first-steps", 7)
        progress()
        assert "◧" in capsys.readouterr().out.partition("00 start here")[2].partition("\n")[0]

    def test_an_interrupted_write_keeps_the_old_file(self, known, progress_file, monkeypatch, capsys):
        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(record.os, "replace", fail)
        reset("06")
        assert "No space left on device" in capsys.readouterr().out
        assert self.left(progress_file) == known.keys()
        assert os.listdir(progress_file.parent) == [progress_file.name]

    def test_a_file_that_cannot_be_opened_is_not_written_over(self, known, progress_file, monkeypatch, capsys):
        def locked(*_, **__):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(record.Path, "read_text", locked)
        reset("06")
        check("00-first-steps", 12)
        progress()
        monkeypatch.undo()
        assert self.left(progress_file) == known.keys()
        said = capsys.readouterr().out
        assert "nothing was forgotten" in said and "it is left as it is" in said


def test_a_variable_that_happens_to_be_called_torch():
    assert evaluate("00-first-steps", {"cells": 12, "torch": 3}).solved
