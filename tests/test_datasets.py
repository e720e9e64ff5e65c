"""Bundled tables, points from a seed, and MNIST's files: small ones made here, fetched from a server made here."""

import builtins
import gzip
import hashlib
import http.server
import re
import struct
import subprocess
import sys
import threading

import numpy as np
import pytest

import tensorbook as torch
from tensorbook import datasets
from tensorbook.datasets.idx import read_idx
from tensorbook.utils.data import DataLoader

sklearn_datasets = pytest.importorskip("sklearn.datasets")
TABLES = ("digits", "iris", "wine", "breast_cancer", "diabetes")
POINTS = ("two_moons", "circles", "spirals", "xor", "gauss")


# ---- tables


@pytest.mark.parametrize("name", TABLES)
def test_tables_are_scikit_learns(name):
    found, table = getattr(sklearn_datasets, f"load_{name}")(), getattr(datasets, name)()
    assert table.data.dtype is torch.float32 and np.array_equal(table.data.numpy(), found.data.astype("f4"))
    assert table.targets.dtype is (torch.float32 if name == "diabetes" else torch.int64)
    assert np.array_equal(table.targets.numpy(), found.target)
    assert list(table.feature_names) == list(found.feature_names) and len(table.feature_names) == table.data.size(1)
    assert list(table.class_names) == [str(c) for c in found.get("target_names", [])]
    assert table.description == found.DESCR and len(table) == len(found.data)


def test_digits_as_images():
    images, rows = datasets.digits(as_images=True), datasets.digits()
    assert images.data.shape == (1797, 1, 8, 8) and torch.equal(images.data.flatten(1), rows.data)
    assert repr(images) == "digits: 1797 samples of 1 × 8 × 8 features, 10 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)"
    ((x, y),) = DataLoader(images, batch_size=1797)
    assert torch.equal(x, images.data) and torch.equal(y, images.targets)


def test_split():
    iris = datasets.iris()
    train, test = iris.split(test=0.2, seed=3)
    assert (len(train), len(test)) == (120, 30) and train.class_names == iris.class_names
    rows = sorted(train.data.tolist() + test.data.tolist())
    assert rows == sorted(iris.data.tolist()) and isinstance(train, datasets.LabelledDataset)
    again, other = iris.split(test=0.2, seed=3)[0], iris.split(test=0.2, seed=4)[0]
    assert torch.equal(train.data, again.data) and not torch.equal(train.data, other.data)
    torch.manual_seed(0)
    before = torch.initial_seed(), torch.get_rng_state()
    iris.split()
    assert torch.equal(torch.get_rng_state(), before[1])  # the global stream is left alone
    for bad in (0, 1, 1.5, -0.1):
        with pytest.raises(ValueError, match="test is the part to test on"):
            iris.split(test=bad)


def test_without_scikit_learn(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'tensorbook\[notebooks\]'"):
        datasets.iris()


def test_nothing_loads_before_it_is_asked_for():
    code = (
        "import sys, tensorbook; tensorbook.datasets.two_moons(); "
        "print([m for m in ('sklearn', 'pooch', 'tqdm') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


# ---- points


@pytest.mark.parametrize("name", POINTS)
def test_points_come_from_their_seed(name):
    make = getattr(datasets, name)
    a, b, c = make(seed=1), make(seed=1), make(seed=2)
    assert torch.equal(a.data, b.data) and not torch.equal(a.data, c.data)
    assert a.data.shape == (200, 2) and a.data.dtype is torch.float32 and a.targets.dtype is torch.int64
    assert np.bincount(a.targets).tolist() == [100, 100] and np.bincount(a.targets[:10]).tolist() == [5, 5]
    assert make(n=7).data.shape == (7, 2) and make(n=2).data.shape == (2, 2)
    for bad in ({"n": 1}, {"noise": -1}):
        with pytest.raises(ValueError, match=r"needed|not negative"):
            make(**bad)


def test_noise_has_the_deviation_that_is_asked_for():
    clean, noisy = datasets.two_moons(20_000, noise=0), datasets.two_moons(20_000, noise=0.3)
    difference = noisy.data - clean.data
    assert difference.std().item() == pytest.approx(0.3, rel=0.02) and abs(difference.mean().item()) < 0.01


def test_shapes_without_noise():
    x, y = datasets.two_moons(99, noise=0).data.unbind(1)
    upper = datasets.two_moons(99, noise=0).targets == 0
    assert torch.allclose((x**2 + y**2)[upper], torch.ones(50))
    assert torch.allclose(((x - 1) ** 2 + (y - 0.5) ** 2)[~upper], torch.ones(49))
    assert (y[upper] > -1e-6).all() and (y[~upper] < 0.5 + 1e-6).all()
    rings = datasets.circles(100, noise=0, factor=0.3)
    assert torch.allclose(rings.data.norm(dim=1), torch.where(rings.targets == 1, 0.3, 1.0))
    assert len({tuple(p) for p in rings.data.round(decimals=4).tolist()}) == 100  # the ends do not meet
    square = datasets.xor(1000, noise=0).data
    assert square.abs().max() <= 1 and square.abs().min() >= 0.05 and abs(square.mean().item()) < 0.1


def test_spirals_keep_apart():
    spirals = datasets.spirals(600, noise=0, classes=3, turns=1.0)
    far = spirals.data.norm(dim=1) > 0.3
    points, label = spirals.data[far], spirals.targets[far]
    apart = (points[:, None] - points).norm(dim=2)
    assert apart[label[:, None] != label].min() > 0.05
    assert np.bincount(spirals.targets).tolist() == [200, 200, 200]


# ---- MNIST's files


def idx(array):
    head = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.astype(np.uint8).tobytes()


@pytest.fixture
def files():
    """Twelve pictures to train on and five to test on."""
    rng = np.random.default_rng(0)
    made = {}
    for part, n in (("train", 12), ("t10k", 5)):
        made[f"{part}-images-idx3-ubyte.gz"] = gzip.compress(idx(rng.integers(0, 256, (n, 28, 28))), mtime=0)
        made[f"{part}-labels-idx1-ubyte.gz"] = gzip.compress(idx(np.arange(n) % 10), mtime=0)
    return made


@pytest.fixture
def small(files):
    """MNIST, but of those pictures."""

    class MNIST(datasets.MNIST):
        mirrors = ()
        sums = {name: hashlib.md5(data).hexdigest() for name, data in files.items()}

    return MNIST


def place(files, folder):
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def test_reading_files_that_are_there(small, files, tmp_path):
    place(files, tmp_path / "MNIST" / "raw")
    train, test = small(tmp_path), small(tmp_path, train=False)
    assert (len(train), len(test)) == (12, 5) and train.targets.dtype is torch.int64
    pictures = np.frombuffer(gzip.decompress(files["train-images-idx3-ubyte.gz"])[16:], np.uint8).reshape(12, 28, 28)
    assert train.data.dtype is torch.uint8 and np.array_equal(train.data.numpy(), pictures)
    x, y = train[11]
    assert (x.shape, x.dtype, y) == ((1, 28, 28), torch.float32, 1)
    assert np.allclose(x[0].numpy(), pictures[11] / 255)
    (batch, labels), *_ = DataLoader(train, batch_size=4)
    assert batch.shape == (4, 1, 28, 28) and torch.equal(batch[3], train[3][0]) and labels.tolist() == [0, 1, 2, 3]
    assert repr(test) == f"MNIST: 5 pictures to test on, 10 classes, in {tmp_path / 'MNIST' / 'raw'}"


def test_unpacked_files_as_torchvision_leaves_them(small, files, tmp_path):
    place({n.removesuffix(".gz"): gzip.decompress(d) for n, d in files.items()}, tmp_path / "MNIST" / "raw")
    assert len(small(tmp_path, download=True)) == 12


def test_transforms(small, files, tmp_path):
    place(files, tmp_path / "MNIST" / "raw")
    data = small(tmp_path, transform=lambda x: x.flatten() - 0.5, target_transform=lambda y: -y)
    assert data[3][0].shape == (784,) and data[3][1] == -3
    ((x, y),) = DataLoader(data, batch_size=12)
    assert x.min() < 0 and y.tolist() == [-i % -10 for i in range(12)]


def test_files_that_are_not_there(small, tmp_path, monkeypatch):
    with pytest.raises(RuntimeError, match=r"MNIST not found in .*raw. You can use download=True"):
        small(tmp_path)
    monkeypatch.setenv("TENSORBOOK_DATA", str(tmp_path / "mine"))
    with pytest.raises(RuntimeError, match=r"FashionMNIST not found in .*mine.FashionMNIST.raw"):
        datasets.FashionMNIST()


def test_labels_of_other_pictures(small, files, tmp_path):
    files["train-labels-idx1-ubyte.gz"] = files["t10k-labels-idx1-ubyte.gz"]
    place(files, tmp_path / "MNIST" / "raw")
    with pytest.raises(RuntimeError, match="do not belong together"):
        small(tmp_path)


GOOD = idx(np.arange(6).reshape(2, 3))
BAD_IDX = {
    "empty": (b"", "not an IDX file"),
    "text": (b"hello", "not an IDX file"),
    "cut off": (GOOD[:-1], r"shape \(2, 3\) has 6 bytes, there are 5"),
    "too long": (GOOD + b"x", "there are 7"),
    "cut off in its head": (GOOD[:6], "not an IDX file"),
    "packed, cut off": (gzip.compress(GOOD)[:-9], "cut off or damaged"),
    "packed, damaged": (gzip.compress(GOOD)[:12] + b"\xff" * 20, "cut off or damaged"),
    "a page of a login portal": (b"<html>", "not an IDX file"),
}


@pytest.mark.parametrize("name", BAD_IDX)
def test_bad_idx_files(name, tmp_path):
    data, words = BAD_IDX[name]
    (path := tmp_path / "x").write_bytes(data)
    with pytest.raises(RuntimeError, match=words) as caught:
        read_idx(path)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(("code", "kind"), [(8, "u1"), (9, "i1"), (11, "i2"), (12, "i4"), (13, "f4"), (14, "f8")])
def test_every_kind_of_idx(code, kind, tmp_path):
    array = np.array([[1, -2 if kind[0] != "u" else 2]], kind)
    (path := tmp_path / "x").write_bytes(
        bytes([0, 0, code, 2, 0, 0, 0, 1, 0, 0, 0, 2]) + array.astype(f">{kind}").tobytes()
    )
    found = read_idx(path)
    assert found.dtype == np.dtype(kind) and np.array_equal(found, array)


# ---- fetching


@pytest.fixture
def server(files):
    """Serves the files. `asked` notes each request; `breaks` says after how many bytes to hang up."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name, range_ = self.path.lstrip("/"), self.headers.get("Range")
            asked.append((name, range_))
            if name not in files:
                self.send_error(404)
                return
            start = int(re.match(r"bytes=(\d+)-", range_)[1]) if range_ and ranges["known"] else 0
            data = files[name][start:]
            if start and not data:
                self.send_error(416)
                return
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: breaks.pop(name, None)])

        def log_message(self, *args):
            pass

    asked, breaks, ranges = [], {}, {"known": True}
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        running.url, running.asked, running.breaks, running.ranges = (
            f"http://127.0.0.1:{running.server_port}/",
            asked,
            breaks,
            ranges,
        )
        yield running
        running.shutdown()
        thread.join()


pytest.importorskip("pooch")
IMAGES = "train-images-idx3-ubyte.gz"


def test_fetched_once_and_kept(small, server, tmp_path, capsys):
    small.mirrors = (server.url,)
    assert len(small(tmp_path, download=True)) == 12
    assert [name for name, _ in server.asked] == [IMAGES, "train-labels-idx1-ubyte.gz"]
    assert IMAGES in capsys.readouterr().err  # the progress bar
    assert len(small(tmp_path, download=True)) == len(small(tmp_path)) == 12
    assert len(server.asked) == 2
    assert sorted(p.name for p in small(tmp_path).folder.iterdir()) == [IMAGES, "train-labels-idx1-ubyte.gz"]


@pytest.mark.parametrize("known", [True, False])
def test_going_on_where_it_stopped(small, server, files, tmp_path, known):
    small.mirrors, server.breaks[IMAGES], server.ranges["known"] = (server.url,), 1000, known
    with pytest.raises(ConnectionError, match=r"ended after 1000 of \d+ bytes\n(?s:.*)goes on where it stopped"):
        small(tmp_path, download=True)
    assert (tmp_path / "MNIST" / "raw" / f"{IMAGES}.part").stat().st_size == 1000
    assert len(small(tmp_path, download=True)) == 12
    assert server.asked[:2] == [(IMAGES, None), (IMAGES, "bytes=1000-")]
    assert not list((tmp_path / "MNIST" / "raw").glob("*.part"))


def test_a_part_that_is_whole_already(small, server, files, tmp_path):
    small.mirrors = (server.url,)
    place({f"{IMAGES}.part": files[IMAGES]}, tmp_path / "MNIST" / "raw")
    assert len(small(tmp_path, download=True)) == 12


def test_another_file_than_expected_is_not_kept(small, server, files, tmp_path):
    small.mirrors = (server.url,)
    files[IMAGES] = gzip.compress(b"something else")
    with pytest.raises(ConnectionError, match="hash"):
        small(tmp_path, download=True)
    assert list((tmp_path / "MNIST" / "raw").iterdir()) == []


def test_a_damaged_file_is_fetched_anew(small, server, files, tmp_path):
    small.mirrors = (server.url,)
    place({**files, IMAGES: b"damaged"}, tmp_path / "MNIST" / "raw")
    assert len(small(tmp_path, download=True)) == 12
    assert [name for name, _ in server.asked] == [IMAGES]


def test_the_next_mirror_is_tried(small, server, tmp_path):
    small.mirrors = (server.url + "nothing/", server.url)
    assert len(small(tmp_path, download=True)) == 12


def test_without_a_network(small, tmp_path):
    small.mirrors = ("http://127.0.0.1:9/",)  # nobody listens there
    with pytest.raises(ConnectionError) as caught:
        small(tmp_path, download=True)
    words = str(caught.value)
    assert words.startswith(f"{IMAGES} could not be fetched:\n  http://127.0.0.1:9/{IMAGES}: ")
    assert words.endswith(f"Without one, copy {IMAGES} into {tmp_path / 'MNIST' / 'raw'}.")


def test_the_real_sums_are_of_four_files_each():
    for kind in (datasets.MNIST, datasets.FashionMNIST):
        assert len(set(kind.sums.values())) == 4 and all(re.fullmatch("[0-9a-f]{32}", s) for s in kind.sums.values())
        assert len(kind.classes) == 10 and all(m.endswith("/") for m in kind.mirrors)
