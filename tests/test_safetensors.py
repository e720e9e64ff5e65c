"""The safetensors format, held against the library of that name in both directions."""

import random

import pytest

import tensorbook
from tensorbook import safetensors as ours
from tests.oracle import require_torch

torch = require_torch()
theirs = pytest.importorskip("safetensors.torch")
safetensors = pytest.importorskip("safetensors")
pytestmark = pytest.mark.oracle
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def tensors(lib):
    made = {f"z.{d}": lib.tensor([[0, 1, 1], [1, 0, 1]]).to(getattr(lib, d)) for d in DTYPES}
    return {**made, "0-d": lib.tensor(2.5), "empty": lib.zeros(2, 0), "é": lib.arange(3), "a part": lib.arange(6)[2:4]}


def plain(state):
    return {name: (str(x.dtype), tuple(x.shape), x.tolist()) for name, x in state.items()}


@pytest.mark.parametrize("metadata", [None, {}, {"format": "pt", "é": "ü"}])
def test_the_very_same_bytes(metadata):
    if metadata and len(metadata) > 1:  # the library's order of several texts is random
        assert plain(theirs.load(ours.save(tensors(tensorbook), metadata))) == plain(tensors(torch))
    else:
        assert ours.save(tensors(tensorbook), metadata) == theirs.save(tensors(torch), metadata)


def test_both_directions(tmp_path):
    ours.save_file(tensors(tensorbook), tmp_path / "ours", {"k": "v"})
    theirs.save_file(tensors(torch), tmp_path / "theirs", {"k": "v"})
    assert plain(theirs.load_file(tmp_path / "ours")) == plain(tensors(torch))
    assert plain(ours.load_file(tmp_path / "theirs")) == plain(tensors(torch))
    assert plain(ours.load((tmp_path / "theirs").read_bytes())) == plain(tensors(torch))
    loaded = ours.load_file(tmp_path / "theirs")
    loaded["0-d"] += 1
    assert loaded["0-d"].item() == 3.5 and [p.name for p in tmp_path.glob(".*")] == []


def test_reading_parts(tmp_path):
    theirs.save_file({"b": torch.arange(24.0).view(2, 3, 4), "a": torch.ones(1), "n": torch.tensor(7)}, tmp_path / "x")
    seen = []
    for open_it in (safetensors.safe_open, ours.safe_open):
        with open_it(tmp_path / "x", framework="pt") as f:
            part = f.get_slice("b")
            seen.append(
                (list(f.keys()), list(f.offset_keys()), f.metadata(), f.get_tensor("b").tolist(), part.get_shape(),
                 part.get_dtype(), part[1].tolist(), part[:, 1:, ::1].tolist(), part[0, 1:2].tolist(),
                 part[..., 2].tolist(), part[:].tolist())
            )  # fmt: skip
            with pytest.raises(Exception, match="File does not contain tensor nix"):
                f.get_tensor("nix")
    assert seen[0] == seen[1]


def model(lib):
    made = lib.nn.Sequential(lib.nn.Linear(2, 2), lib.nn.Linear(2, 2))
    made[1].weight = made[0].weight
    return made


def test_a_model_with_tied_weights(tmp_path):
    ours.save_model(model(tensorbook), tmp_path / "ours")
    theirs.save_model(model(torch), tmp_path / "theirs")
    with ours.safe_open(tmp_path / "ours") as a, ours.safe_open(tmp_path / "theirs") as b:
        assert (a.keys(), a.metadata()) == (b.keys(), b.metadata())
    for path in (tmp_path / "ours", tmp_path / "theirs"):
        here, there = model(tensorbook), model(torch)
        assert tuple(map(list, ours.load_model(here, path))) == tuple(map(list, theirs.load_model(there, path)))
        assert plain(here.state_dict()) == plain(there.state_dict())
    other = tensorbook.nn.Linear(2, 2)
    with pytest.raises(RuntimeError, match=r"missing.*unexpected"):
        ours.load_model(other, tmp_path / "ours")
    missing, unexpected = ours.load_model(other, tmp_path / "ours", strict=False)
    assert missing == {"weight", "bias"} and "0.bias" in unexpected


REFUSED = {
    "shared": lambda t: ({"a": (x := t.ones(4)), "b": x[1:]}, None),
    "turned": lambda t: ({"a": t.ones(2, 3).t()}, None),
    "no tensor": lambda t: ({"a": 3}, None),
    "no dict": lambda t: ([t.ones(2)], None),
    "metadata": lambda t: ({"a": t.ones(2)}, {"n": 1}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_written(name, tmp_path):
    errors = []
    for lib, module in ((torch, theirs), (tensorbook, ours)):
        with pytest.raises((ValueError, RuntimeError, TypeError)) as caught:
            module.save_file(*REFUSED[name](lib)[:1], tmp_path / "x", REFUSED[name](lib)[1])
        errors.append((type(caught.value), str(caught.value).split()[:2]))
    assert errors[0] == errors[1] and not list(tmp_path.iterdir())


def file_of(text, data=b""):
    return len(text).to_bytes(8, "little") + text.encode() + data


def file_with(*entries):
    """A file with two bytes of data, and for each entry of its header name, dtype, shape, and place."""
    parts = [f'"{n}":{{"dtype":"{d}","shape":{s},"data_offsets":[{a},{b}]}}' for n, d, s, a, b in entries]
    return file_of("{" + ",".join(parts) + "}", b"ab")


WHOLE = theirs.save({"w": torch.arange(4.0)})
BAD = {
    "empty": (b"", "header too small"),
    "text": (b"hello world, this is a text", "header too large"),
    "cut off in the header": (WHOLE[:30], "invalid header length"),
    "cut off": (WHOLE[:-1], "cut off"),
    "too long": (WHOLE + b"x", "more than it should"),
    "no JSON": (file_of("{nope}"), "invalid header"),
    "a list": (file_of("[]"), "invalid header"),
    "another dtype": (file_with(("a", "BF16", [1], 0, 2)), "dtype BF16"),
    "a hole": (file_with(("a", "U8", [1], 1, 2)), "one after another"),
    "an overlap": (file_with(("a", "U8", [2], 0, 2), ("b", "U8", [1], 1, 2)), "one after another"),
    "a wrong shape": (file_with(("a", "U8", [3], 0, 2)), "do not fit"),
    "a negative shape": (file_with(("a", "U8", [-1, -2], 0, 2)), "from 0 on"),
    "the same name": (file_with(("a", "U8", [2], 0, 2), ("a", "U8", [2], 0, 2)), "twice"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files_get_one_clear_error(name, tmp_path):
    data, words = BAD[name]
    (path := tmp_path / "w.safetensors").write_bytes(data)
    with pytest.raises(ours.SafetensorError, match=words) as caught:
        ours.load_file(path)
    assert str(path) in str(caught.value)
    with pytest.raises(ours.SafetensorError, match=words):
        ours.load(data)


def test_no_damage_escapes_as_another_error():
    rng, whole = random.Random(2), theirs.save(tensors(torch), {"k": "v"})
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data) // 2)] = rng.randrange(256)
        try:
            ours.load(bytes(data))
        except ours.SafetensorError:
            pass


def test_places_that_are_no_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        ours.load_file(tmp_path / "none")
    with pytest.raises(ours.SafetensorError, match="framework"):
        ours.safe_open(tmp_path / "none", framework="tf")
