"""torch.save and torch.load, held against PyTorch in both directions; bad files; files that want to run code."""

import collections
import io
import multiprocessing
import os
import pathlib
import pickle
import random
import stat
import sys
import time
import warnings
import zipfile

import numpy as np
import pytest

import tensorbook
from tensorbook.serialization.reader import Reader
from tests.oracle import is_tensor, require_torch

torch = require_torch()
pytestmark = pytest.mark.oracle
DTYPES = ("bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64")


def seen(value, memory=None):
    """Everything that can be seen of a loaded object, which tensors share memory included."""
    memory = {} if memory is None else memory
    if is_tensor(value):
        place = value.untyped_storage().data_ptr()
        shared = memory.setdefault(place, len(memory)) if value.untyped_storage().nbytes() else None
        attributes = {k: v for k, v in vars(value).items() if not k.startswith("_")}
        return (
            type(value).__name__, str(value.dtype), tuple(value.shape), value.stride(), value.storage_offset(), shared,
            value.requires_grad, value.is_leaf, str(value.device), value.tolist(), attributes,
        )  # fmt: skip
    if isinstance(value, dict):
        extra = seen(vars(value), memory) if isinstance(value, collections.OrderedDict) else None
        return type(value).__name__, [(seen(k, memory), seen(v, memory)) for k, v in value.items()], extra
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [seen(item, memory) for item in value]
    if isinstance(value, set):
        return "set", sorted(map(repr, value))
    return type(value).__name__.lower(), repr(value)


def views(lib):
    x = lib.arange(24.0).view(4, 6)
    return {"all": x, "row": x[1], "turned": x.t()[2:, 1:], "every other": x[:, ::2], "spread": x[0, :1].expand(3)}


def attributes(lib):
    x, p = lib.arange(3.0), lib.nn.Parameter(lib.zeros(2))
    x.label, p.frozen = "three", True
    return [x, p]


def state(lib):
    model = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.ReLU(), lib.nn.Linear(3, 1))
    for i, parameter in enumerate(model.parameters()):
        with lib.no_grad():
            parameter.copy_(lib.arange(parameter.numel()).view(parameter.shape) + i)
    return model.state_dict()


def repeated(lib):
    x = lib.ones(2)
    inner = {"x": x}
    return [inner, inner, x, (x, x)]


OBJECTS = {
    **{d: lambda t, d=d: t.tensor([[0, 1, 1], [1, 0, 1]]).to(getattr(t, d)) for d in DTYPES},
    "none": lambda t: None,
    "numbers": lambda t: [0, -1, 255, 256, 65536, 2**31, -(2**31), 2**63, -(2**200), 1.5, float("inf"), -0.0, 1e-320],
    "bools and complex": lambda t: [True, False, 1 + 2j, ...][:3],
    "strings": lambda t: ["", "é𝄞", "a\nb", "x" * 300, "\ud800"],
    "bytes": lambda t: [b"", bytes(range(256)), bytearray(b"\xff\x00")],
    "containers": lambda t: {"l": [[], ()], 1: (1,), (1, "k"): {"s": {1, 2}, "e": set()}, None: {}},
    "ordered": lambda t: collections.OrderedDict([("b", 1), ("a", collections.Counter("aab"))]),
    "many": lambda t: {f"key {i}": [i, str(i)] for i in range(400)},
    "shapes and kinds": lambda t: [t.Size([2, 3]), t.float16, t.bool, t.device("cpu"), t.device("cuda", 1), t.strided],
    "0-d": lambda t: t.tensor(2.5),
    "empty": lambda t: [t.zeros(0), t.zeros(2, 0, 3)],
    "views": views,
    "turned": lambda t: t.arange(6).view(2, 3).t(),
    "parameters": lambda t: [t.nn.Parameter(t.ones(2)), t.nn.Parameter(t.ones(2), requires_grad=False)],
    "gradients wanted": lambda t: [t.ones(2, requires_grad=True), t.ones(2, requires_grad=True) * 2],
    "attributes": attributes,
    "state_dict": state,
    "repeated": repeated,
    "tied": lambda t: (p := t.nn.Parameter(t.ones(2))) is None or {"a": p, "b": p, "data": p.detach()},
    "storage": lambda t: t.arange(3.0),
    "large": lambda t: t.arange(100_000).view(100, 1000)[3:, 7:],
}


def written_by(lib, obj, **options):
    file = io.BytesIO()
    lib.save(obj, file, **options)
    return file.getvalue()


def load(lib, data, **options):
    return lib.load(io.BytesIO(data), **options)


@pytest.mark.parametrize("name", OBJECTS)
def test_pytorch_reads_what_we_write(name):
    if name == "strings":  # PyTorch's own reader takes them, its text does not print
        assert load(torch, written_by(tensorbook, OBJECTS[name](tensorbook))) == OBJECTS[name](torch)
        return
    data = written_by(tensorbook, OBJECTS[name](tensorbook))
    want = load(torch, written_by(torch, OBJECTS[name](torch)), weights_only=False)
    assert seen(load(torch, data, weights_only=True)) == seen(want)


@pytest.mark.parametrize("name", OBJECTS)
def test_we_read_what_pytorch_writes(name):
    data = written_by(torch, OBJECTS[name](torch))
    assert seen(load(tensorbook, data)) == seen(load(torch, data, weights_only=False))


@pytest.mark.parametrize("name", OBJECTS)
def test_we_read_what_we_write(name):
    data = written_by(tensorbook, OBJECTS[name](tensorbook))
    assert seen(load(tensorbook, data)) == seen(load(torch, data))


@pytest.mark.parametrize("name", OBJECTS)
def test_we_read_the_format_before_1_6(name):
    data = written_by(torch, OBJECTS[name](torch), _use_new_zipfile_serialization=False)
    assert seen(load(tensorbook, data)) == seen(load(torch, data, weights_only=False))


def test_sharing_survives():
    loaded = load(tensorbook, written_by(torch, views(torch)))
    loaded["row"][0] = -5
    assert loaded["all"][1, 0] == -5 and loaded["all"]._version == loaded["row"]._version == 1


def test_repeated_objects_stay_one():
    a, b, x, (y, z) = load(tensorbook, written_by(tensorbook, repeated(tensorbook)))
    assert a is b and a["x"] is x is y is z


def test_a_list_that_holds_itself():
    loop = [1]
    loop.append(loop)
    back = load(tensorbook, written_by(tensorbook, loop))
    assert back[1] is back and load(torch, written_by(tensorbook, loop))[0] == 1


def test_training_goes_on_from_a_file_of_pytorch():
    model = torch.nn.Linear(3, 2)
    ours = tensorbook.nn.Linear(3, 2)
    found = ours.load_state_dict(load(tensorbook, written_by(torch, model.state_dict())))
    assert str(found) == "<All keys matched successfully>"
    assert ours.weight.tolist() == model.weight.tolist()
    assert load(torch, written_by(tensorbook, ours.state_dict()))["bias"].tolist() == model.bias.tolist()


@pytest.mark.parametrize("optimiser", ["SGD", "Adam", "AdamW", "RMSprop"])
def test_state_of_an_optimiser(optimiser):
    optim = pytest.importorskip("tensorbook.optim")

    def trained(lib, module):
        w = lib.nn.Parameter(lib.arange(3.0))
        made = getattr(module, optimiser)([w], lr=0.1)
        (w * w).sum().backward()
        made.step()
        return made

    ours, theirs = trained(tensorbook, optim), trained(torch, torch.optim)
    trained(torch, torch.optim).load_state_dict(load(torch, written_by(tensorbook, ours.state_dict())))
    trained(tensorbook, optim).load_state_dict(load(tensorbook, written_by(torch, theirs.state_dict())))
    assert seen(load(tensorbook, written_by(torch, theirs.state_dict()))) == seen(theirs.state_dict())


# ---- the archive


def test_the_archive_is_laid_out_as_pytorchs(tmp_path):
    obj = {"a": lambda lib: [lib.arange(3), lib.zeros(70000)]}["a"]
    for lib in (torch, tensorbook):
        lib.save(obj(lib), tmp_path / f"{lib.__name__}.one.pt")
    with zipfile.ZipFile(tmp_path / "torch.one.pt") as want, zipfile.ZipFile(tmp_path / "tensorbook.one.pt") as got:
        names = [name.replace("tensorbook.", "torch.") for name in got.namelist()]
        assert names == want.namelist()
        for name in (".format_version", ".storage_alignment", "byteorder", "data/0", "data/1", "version"):
            assert got.read(f"tensorbook.one/{name}") == want.read(f"torch.one/{name}")
        assert len(got.read("tensorbook.one/.data/serialization_id")) == 40
    torch.load(tmp_path / "tensorbook.one.pt", mmap=True)[1] += 1  # PyTorch maps it where it lies


def test_the_same_object_gives_the_same_bytes():
    assert written_by(tensorbook, state(tensorbook)) == written_by(tensorbook, state(tensorbook))


@pytest.mark.parametrize("name", ["é.pt", "no_ending", "a.b.c"])
def test_any_file_name(name, tmp_path):
    tensorbook.save(tensorbook.ones(2), tmp_path / name)
    assert torch.load(tmp_path / name).tolist() == tensorbook.load(str(tmp_path / name)).tolist() == [1, 1]


def test_numbers_of_a_big_endian_machine():
    data = written_by(torch, torch.arange(5, dtype=torch.int32))
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made := io.BytesIO(), "w") as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename.endswith("byteorder"):
                content = b"big"
            elif "/data/" in info.filename:
                content = np.frombuffer(content, "<i4").astype(">i4").tobytes()
            target.writestr(info.filename, content)
    assert load(tensorbook, made.getvalue()).tolist() == [0, 1, 2, 3, 4]


def test_mmap(tmp_path):
    x = torch.arange(200_000.0).view(2, -1)
    torch.save([x, torch.zeros(0)], path := tmp_path / "x.pt")
    before = path.read_bytes()
    mapped, empty = tensorbook.load(path, mmap=True)
    assert isinstance(mapped.untyped_storage()._storage.array, np.ndarray) and empty.numel() == 0
    assert mapped.tolist() == x.tolist()
    mapped += 1
    assert path.read_bytes() == before
    with pytest.raises(ValueError, match="file name in order to use the mmap"):
        tensorbook.load(io.BytesIO(before), mmap=True)


# ---- where tensors go


def on_a_gpu():
    """A file as a machine with a GPU writes it."""
    data = written_by(torch, torch.ones(2))
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made := io.BytesIO(), "w") as target:
        for info in source.infolist():
            content = source.read(info).replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:1")
            target.writestr(info.filename, content)
    return made.getvalue()


@pytest.mark.parametrize(
    "place",
    ["cpu", lambda t: t.device("cpu"), {"cuda:1": "cpu"}, lambda t: lambda storage, location: storage],
    ids=["name", "device", "dict", "function"],
)
def test_map_location(place):
    assert load(torch, on_a_gpu(), map_location=place(torch) if callable(place) else place).tolist() == [1, 1]
    assert load(tensorbook, on_a_gpu(), map_location=place(tensorbook) if callable(place) else place).tolist() == [1, 1]


def test_what_map_location_is_told():
    asked = []
    load(tensorbook, on_a_gpu(), map_location=lambda s, where: asked.append((s.nbytes(), str(s.device), where)) or s)
    assert asked == [(8, "cpu", "cuda:1")]


def test_an_error_of_map_locations_own_function_is_not_the_files():
    def place(storage, location):
        raise ValueError("mine")

    with pytest.raises(ValueError, match=r"^mine$"):
        load(tensorbook, on_a_gpu(), map_location=place)


@pytest.mark.parametrize("place", [None, {"cpu": "cpu"}, lambda storage, location: None])
@pytest.mark.skipif(tensorbook.cuda.is_available(), reason="there is a GPU")
def test_no_gpu_for_a_file_from_a_gpu(place):
    for lib in (torch, tensorbook):
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
            load(lib, on_a_gpu(), map_location=place)


# ---- what is refused


class Evil:
    def __reduce__(self):
        return os.system, ("echo ran > ran",)


class Net(torch.nn.Module):
    pass


REFUSED = {
    "a model": (lambda: torch.nn.Linear(1, 1), r"torch\.nn\.modules\.linear\.Linear.*state_dict"),
    "a model of one's own": (Net, r"Net.*state_dict"),
    "code": (Evil, r"posix\.system"),
    "a function": (lambda: print, r"builtins\.print"),
    "numpy array": (lambda: np.arange(3), r"numpy\.\S+_reconstruct.*torch\.from_numpy"),
    "numpy number": (lambda: np.float64(1), r"numpy\.\S+scalar.*\.item\(\)"),
    "bfloat16": (lambda: torch.ones(2).bfloat16(), r"torch\.BFloat16Storage.*float16, float32"),
    "complex": (lambda: torch.ones(2) * 1j, r"torch\.ComplexFloatStorage"),
    "uint16": (lambda: torch.zeros(2, dtype=torch.uint16), r"torch\._utils\._rebuild_tensor_v3"),
    "a type": (lambda: dict, r"builtins\.dict"),
    "partial": (lambda: __import__("functools").partial(print), r"functools\.partial"),
    "sparse": (lambda: torch.eye(2).to_sparse(), r"torch\._utils\._rebuild_sparse_tensor"),
}


@pytest.mark.parametrize("weights_only", [True, False])
@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_other_names_are_refused(name, old, weights_only, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    make, words = REFUSED[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data = written_by(torch, [make()], _use_new_zipfile_serialization=not old)
    with pytest.raises(pickle.UnpicklingError, match=words):
        load(tensorbook, data, weights_only=weights_only)
    assert not list(tmp_path.iterdir())


ATTACKS = {
    "attributes of a type": b"\x80\x02ctorch\nTensor\n}X\x01\x00\x00\x00aK\x01sb.",
    "attributes of a maker": b"\x80\x02ccollections\nOrderedDict\n}X\x04\x00\x00\x00nameK\x01sb.",
    "a method of a dict": b"\x80\x02ccollections\nOrderedDict\n)R}X\x03\x00\x00\x00getK\x01sX\x01\x00\x00\x00xK\x01sb.",
    "a call of a number": b"\x80\x02K\x01)R.",
    "a call of a text": b"\x80\x02X\x01\x00\x00\x00a)R.",
    "a call of a type": b"\x80\x02ctorch\nTensor\n)R.",
    "a persistent name": b"\x80\x02X\x01\x00\x00\x00aQ.",
    "a text persistent name": b"\x80\x02Pabc\n.",
    "a new object": b"\x80\x02ccollections\nOrderedDict\n)\x81.",
    "an instance": b"\x80\x02(ios\nsystem\n.",
    "protocol 4's names": b"\x80\x02X\x02\x00\x00\x00osX\x06\x00\x00\x00system\x93.",
    "an extension": b"\x80\x02\x82\x01.",
    "setting an item of a text": b"\x80\x02X\x01\x00\x00\x00aK\x01K\x02s.",
    "an unknown memo": b"\x80\x02h\x07.",
    "nothing": b"\x80\x02.",
    "no mark": b"\x80\x02t.",
    "a huge text": b"\x80\x02X\xff\xff\xff\xffa.",
    "another codec": b"\x80\x02c_codecs\nencode\nX\x01\x00\x00\x00aX\x04\x00\x00\x00zlib\x86R.",
    "protocol 5": b"\x80\x05N.",
    "a dotted name": b"\x80\x02ctorch\nTensor.__init__\n.",
    "an unhashable key": b"\x80\x02}]K\x01s.",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_pickle_that_wants_more_is_refused(name):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", ATTACKS[name])
    if name == "a method of a dict":
        made = load(tensorbook, file.getvalue())
        assert list(made.items()) == [] and made.x == 1
        return
    with pytest.raises((pickle.UnpicklingError, RuntimeError), match="the file object"):
        load(tensorbook, file.getvalue())


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [(0, [9], [1]), (3, [2], [1]), (-1, [1], [1]), (2, [2], [-1]), (0, [2], []), (0, [-1], [1])],
)
def test_a_window_beyond_the_memory_is_refused(offset, size, stride):
    description = io.BytesIO()
    description.write(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n")
    description.write(b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x04tQ")
    description.write(b"J" + offset.to_bytes(4, "little", signed=True))
    for part in (size, stride):
        description.write(b"(" + b"".join(b"J" + n.to_bytes(4, "little", signed=True) for n in part) + b"t")
    description.write(b"\x89NtR.")
    with zipfile.ZipFile(file := io.BytesIO(), "w") as archive:
        archive.writestr("archive/data.pkl", description.getvalue())
        archive.writestr("archive/data/0", bytes(16))
    with pytest.raises(pickle.UnpicklingError, match="damaged"):
        load(tensorbook, file.getvalue())


UNWRITABLE = {
    "a model": (lambda: tensorbook.nn.Linear(1, 1), "Linear.*state_dict"),
    "a function": (lambda: print, "builtin_function_or_method"),
    "numpy": (lambda: np.arange(2), r"numpy\.ndarray.*from_numpy"),
    "numpy number": (lambda: {"loss": np.float64(1)}, r"numpy\.float64.*\.item\(\)"),
    "frozenset": (lambda: frozenset([1]), "frozenset"),
    "defaultdict": (lambda: collections.defaultdict(list), r"collections\.defaultdict"),
}


@pytest.mark.parametrize("name", UNWRITABLE)
def test_what_cannot_be_written_harms_nothing(name, tmp_path):
    make, words = UNWRITABLE[name]
    tensorbook.save(1, path := tmp_path / "x.pt")
    with pytest.raises(TypeError, match=f"cannot write an object of type .*{words}"):
        tensorbook.save(make(), path)
    assert tensorbook.load(path) == 1 and [p.name for p in tmp_path.iterdir()] == ["x.pt"]


def test_a_view_under_another_dtype():
    data = written_by(tensorbook, tensorbook.arange(4.0).view(tensorbook.int16)[2:])
    assert seen(load(tensorbook, data)) == seen(load(torch, data)) == seen(torch.arange(4.0).view(torch.int16)[2:])


def test_one_memory_under_two_dtypes():
    for lib in (torch, tensorbook):
        x = lib.zeros(2)
        with pytest.raises(RuntimeError, match="view the same data as different types"):
            written_by(lib, [x, x.view(lib.int32)])


# ---- bad files


def bad_files():
    whole = written_by(torch, {"w": torch.arange(1000.0), "n": "x" * 50})
    old = written_by(torch, torch.arange(1000.0), _use_new_zipfile_serialization=False)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    with zipfile.ZipFile(plain := io.BytesIO(), "w") as archive:
        archive.writestr("readme.txt", "hello")
    with zipfile.ZipFile(script := io.BytesIO(), "w") as archive:
        archive.writestr("m/data.pkl", b"\x80\x02N.")
        archive.writestr("m/constants.pkl", b"")
    return {
        "empty": (b"", EOFError, "is empty"),
        "cut off": (whole[:2000], RuntimeError, "cut off"),
        "cut off at the end": (whole[:-1], RuntimeError, "cut off"),
        "cut off at the start": (whole[:4], RuntimeError, "cut off"),
        "one bit": (bytes(flipped), RuntimeError, "Bad CRC-32"),
        "another zip": (plain.getvalue(), RuntimeError, "readme.txt"),
        "TorchScript": (script.getvalue(), RuntimeError, "TorchScript"),
        "text": (b"hello world", pickle.UnpicklingError, "it begins with b'hell'"),
        "an image": (b"\x89PNG\r\n\x1a\n" + bytes(50), pickle.UnpicklingError, "it begins with"),
        "another pickle": (pickle.dumps([1], 2), pickle.UnpicklingError, "without torch.save's mark"),
        "another protocol": (pickle.dumps([1], 4), pickle.UnpicklingError, "it begins with"),
        "old, cut off": (old[:-1], RuntimeError, "ends after 3999 of 4000 bytes"),
        "old, cut off earlier": (old[:60], RuntimeError, "ends too early"),
    }


@pytest.mark.parametrize("name", bad_files())
def test_bad_files_get_one_clear_error(name, tmp_path):
    data, kind, words = bad_files()[name]
    (path := tmp_path / "weights.pt").write_bytes(data)
    with pytest.raises(kind, match=words) as caught:
        tensorbook.load(path)
    assert str(path) in str(caught.value) and caught.value.__suppress_context__ is (name != "empty")


@pytest.mark.parametrize("old", [False, True])
def test_no_damage_escapes_as_another_error(old):
    """Bytes changed, cut out and cut off at random: the right numbers, or one of the errors that load promises."""
    rng = random.Random(5)
    obj = {"w": torch.arange(6.0).view(2, 3), "p": torch.nn.Parameter(torch.ones(2)), "s": {1}, "b": b"ab", "t": (1,)}
    whole = written_by(torch, obj, _use_new_zipfile_serialization=not old)
    refused = 0
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data))
            if rng.random() < 0.2:
                del data[at : at + rng.randint(1, 40)]
            else:
                data[at] = rng.randrange(256)
        try:
            load(tensorbook, bytes(data))
        except (RuntimeError, pickle.UnpicklingError, EOFError):
            refused += 1
    assert refused > 500


def test_no_description_makes_the_reader_do_something_else():
    """The same for the description alone, which in an archive its check sum protects."""
    rng = random.Random(6)
    with zipfile.ZipFile(io.BytesIO(written_by(torch, [1.5, {"a": torch.Size([1]), 3: b"x"}, {1, 2}]))) as archive:
        whole = archive.read("archive/data.pkl")
    for _ in range(5000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            Reader(io.BytesIO(data)).read()
        except (RuntimeError, pickle.UnpicklingError, EOFError):
            pass


def test_places_that_are_no_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        tensorbook.load(tmp_path / "none.pt")
    with pytest.raises(RuntimeError, match=r"Parent directory .* does not exist"):
        tensorbook.save(1, tmp_path / "none" / "x.pt")
    with pytest.raises(IsADirectoryError):
        tensorbook.save(1, tmp_path)
    for call in (lambda lib: lib.save(1, 3), lambda lib: lib.load(3)):
        for lib in (torch, tensorbook):
            with pytest.raises(AttributeError):
                call(lib)
    with pytest.raises(ValueError, match="protocol 2"):
        tensorbook.save(1, io.BytesIO(), pickle_protocol=4)
    with pytest.raises(TypeError, match="map_location must be"):
        load(tensorbook, written_by(tensorbook, 1), map_location=3)


def test_reading_what_was_written_without_going_back():
    file = io.BytesIO()
    tensorbook.save(1, file)
    with pytest.raises(EOFError, match=r"seek\(0\)"):
        tensorbook.load(file)


# ---- atomic


def rewrite_for_ever(path):
    n = 0
    while True:
        n += 1
        tensorbook.save({"n": n, "w": tensorbook.full((300_000,), float(n))}, path)


@pytest.mark.skipif(sys.platform == "win32", reason="processes are forked here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of Python 3.12 where there are threads
def test_a_killed_process_leaves_the_old_file_or_the_new_one(tmp_path):
    path, rng = tmp_path / "w.pt", random.Random(1)
    tensorbook.save({"n": 0, "w": tensorbook.zeros(300_000)}, path)
    cut_short, values = 0, set()
    for _ in range(40):
        writer = multiprocessing.get_context("fork").Process(target=rewrite_for_ever, args=(path,))
        writer.start()
        time.sleep(rng.uniform(0.005, 0.04))
        writer.kill()
        writer.join()
        found = tensorbook.load(path)
        assert found["w"].eq(found["n"]).all()
        values.add(found["n"])
        for part in tmp_path.glob(".*.part"):
            cut_short += 1
            part.unlink()
    assert cut_short > 5 and len(values) > 1  # some were killed in the middle of writing, and some had written


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    tensorbook.save(1, path := tmp_path / "x.pt")

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        tensorbook.save(2, path)
    assert tensorbook.load(path) == 1 and [p.name for p in tmp_path.iterdir()] == ["x.pt"]


@pytest.mark.skipif(sys.platform == "win32", reason="links, modes and pipes of POSIX")
def test_links_modes_and_pipes_stay_what_they_are(tmp_path):
    tensorbook.save(1, path := tmp_path / "x.pt")
    (link := tmp_path / "link.pt").symlink_to(path)
    path.chmod(0o640)
    tensorbook.save(2, link)
    assert link.is_symlink() and tensorbook.load(path) == 2 and stat.S_IMODE(path.stat().st_mode) == 0o640
    tensorbook.save(1, "/dev/null")
    assert stat.S_ISCHR(pathlib.Path("/dev/null").stat().st_mode)


def test_nothing_is_added_to_what_a_file_may_call():
    serialization = tensorbook.serialization
    serialization.add_safe_globals([])
    serialization.clear_safe_globals()
    assert serialization.get_safe_globals() == []
    with pytest.raises(NotImplementedError, match="cannot let files call Linear, OrderedDict"):
        serialization.add_safe_globals([tensorbook.nn.Linear, collections.OrderedDict])
    with serialization.safe_globals([]):
        pass
    with pytest.raises(NotImplementedError, match=r"Save model\.state_dict\(\)"), serialization.safe_globals([print]):
        pass
