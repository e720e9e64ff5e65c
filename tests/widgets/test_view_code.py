"""Typed lines: what is read, what is refused and in which words, and that nothing else is ever run."""

import pytest

from tensorbook.widgets.inputs import read
from tensorbook.widgets.view_code import MAX_CODE, MAX_COPY, METHODS, parse, suggestions

torch = pytest.importorskip("torch")


def run(code, x):
    for step in parse(code, "x"):
        x = step(x)
    return x


@pytest.mark.parametrize(
    "code",
    [
        "x", "x.t()", "x[:, ::2].t()[1]", "x[..., None, -1:]", "x[[0, 2]]", "x.T", "x.mT.select(dim=0, index=-1)",
        "x.permute((1, 0)).flatten().unfold(0, 3, 2)", "x.as_strided((2, 3), (1, 1), storage_offset=4)", "x[1, 2]",
        "x.unsqueeze(0).expand(2, -1, -1)", "x.transpose(0, -1).contiguous().view(-1)", "x[True]",
    ],
)  # fmt: skip
def test_a_line_does_what_python_does(code):
    x = torch.arange(12).view(3, 4)
    expected = eval(code)
    got = run(code, x)
    assert torch.equal(got, expected) and got.stride() == expected.stride()


def test_a_line_may_leave_out_the_name_or_name_its_result():
    assert [s.code for s in parse(".t()[0]", "x")] == [s.code for s in parse("y = x.t()[0]  # a row", "x")]
    assert parse("x", "x") == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "expected one expression"),
        ("x.", "is not a Python expression"),
        ("x; x", "expected one expression"),
        ("z.t()", "starts with z; the tensor here is called x"),
        ("x.t", "t is a method: call it"),
        ("x.numpy()", "numpy is no view op"),
        ("x.__class__", "__class__ is no view op"),
        ("x.data_ptr", "data_ptr is no view op"),
        ("x.view(n)", "'n' is not a number written out"),
        ("x.view(*(1, 2))", "is not a number written out"),
        ("x.expand(**{'a': 1})", "write the arguments out"),
        ("x.view('int32')", "is not an integer"),
        ("x.view(1.5)", "is not an integer"),
        ("x[__import__('os').system('true')]", "is not a number written out"),
        ("x.view(().__class__)", "is not a number written out"),
        ("x + 1", "cannot read 'x \\+ 1'"),
        ("f(x)", "cannot read"),
        ("x" + "[0]" * MAX_CODE, "at most 400"),
        ("x" + "(" * 300, "is not a Python expression"),
        ("[1, 2]" * 3, "is not a number|Python expression|cannot read|starts with"),
    ],
)
def test_other_code_is_refused_in_words(code, words):
    if code.startswith("[1, 2]"):
        assert [s.code for s in parse(code, "x")] == ["[1, 2]"] * 3  # three steps, not a list
        return
    with pytest.raises(ValueError, match=words):
        parse(code, "x")


@pytest.mark.parametrize("code", ["x.clone()", "x.contiguous()", "x.reshape(-1)", "x.flatten()", "x[[0]]"])
def test_a_copy_that_no_memory_could_hold_is_refused(code):
    x = torch.zeros(1).expand(MAX_COPY + 1, 4)
    with pytest.raises(MemoryError, match="may copy 16,777,220 elements"):
        run(code, x)


def test_contiguous_on_what_is_contiguous_copies_nothing_however_large():
    x = torch.empty(MAX_COPY + 1, device="meta")
    assert run("x.contiguous()", x) is x


SHAPES = [(), (1,), (5,), (12,), (3, 4), (1, 4), (4, 1), (2, 3, 4), (2, 1, 2, 2), (2, 2, 2, 2, 2), (0, 3), (1, 1, 1)]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_suggestion_can_be_read_and_runs_or_is_refused_by_the_op_itself(shape):
    x = torch.zeros(shape)
    refused = set()
    for label, code in suggestions(read(x)):
        (step,) = parse("x" + code, "x")
        try:
            step(x)
        except (RuntimeError, IndexError):
            refused.add(label)
    allowed = {"t()", "transpose", "diagonal", "slice", "select", "view", "as_strided", "expand"}
    assert refused <= (allowed if 0 in shape or len(shape) < 2 else {"t()"} if len(shape) > 2 else set())


@pytest.mark.parametrize("name", METHODS)
def test_every_method_on_offer_is_one_of_the_framework(name):
    assert callable(getattr(torch.Tensor, name))
