"""utils.data against PyTorch: the same orders, batches, messages and random numbers for the same seed."""

import collections
import random
import warnings

import numpy as np
import pytest

import tensorbook
from tests.oracle import is_tensor, require_torch

torch = require_torch()
FORKING = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # Python 3.12 warns where there are threads
pytestmark = [pytest.mark.oracle, FORKING]


def plain(value):
    """Tensors as (dtype, numbers), inside whatever containers of whatever type."""
    if is_tensor(value):
        return str(value.dtype), list(value.shape), value.detach().tolist()
    if isinstance(value, collections.abc.Mapping):
        return type(value).__name__, {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value).__name__, [plain(item) for item in value]
    return type(value).__name__, str(value) if isinstance(value, np.ndarray) else value


def outcome(lib, call):
    """What a call gives, or its exception; and the global stream's next number, which tells what was drawn."""
    lib.manual_seed(11)
    try:
        result = plain(call(lib))
    except Exception as error:
        result = type(error).__name__, str(error)
    return result, lib.rand(2).tolist()


def agree(call):
    want, got = outcome(torch, call), outcome(tensorbook, call)
    assert got == want
    return want


class Squares:
    """Ten samples of a dict with what a dataset may give; `noise` is drawn, so it tells the seed of the process."""

    def __init__(self, lib, n=10):
        self.lib, self.n = lib, n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if not 0 <= i < self.n:
            raise IndexError(i)
        return {
            "i": i, "square": self.lib.tensor(float(i * i)), "name": f"no. {i}", "pair": (i, i / 2),
            "array": np.full(2, i, np.int16), "noise": self.lib.rand(1),
        }  # fmt: skip


class Draws:
    """What each random stream of a worker gives."""

    def __init__(self, lib):
        self.lib = lib

    def __len__(self):
        return 6

    def __getitem__(self, i):
        info = self.lib.utils.data.get_worker_info()
        return i, info.id, info.num_workers, info.seed, random.random(), np.random.rand(), self.lib.rand(1).item()


def countdown(lib, lengths=(5,), shares=True):
    """A stream; with workers each reads a share of it, or the stream of its own number."""

    class Countdown(lib.utils.data.IterableDataset):
        def __iter__(self):
            info = lib.utils.data.get_worker_info()
            if info is None or not shares:
                return iter(range(lengths[info.id if info else 0]))
            return iter(range(info.id, lengths[0], info.num_workers))

        def __len__(self):
            return lengths[0]

    return Countdown()


# ---- orders

SAMPLERS = {
    "sequential": lambda d, g: d.SequentialSampler("abcdef"),
    "random": lambda d, g: d.RandomSampler(range(50)),
    "random, generator": lambda d, g: d.RandomSampler(range(50), generator=g),
    "random, fewer": lambda d, g: d.RandomSampler(range(50), num_samples=7),
    "random, more": lambda d, g: d.RandomSampler(range(7), num_samples=50),
    "random, replacement": lambda d, g: d.RandomSampler(range(50), replacement=True),
    "random, replacement, many": lambda d, g: d.RandomSampler(range(5), True, 100, g),
    "subset": lambda d, g: d.SubsetRandomSampler([5, 7, 9, 11]),
    "subset, generator": lambda d, g: d.SubsetRandomSampler([5, 7, 9, 11], g),
    "weighted": lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7, 3.0, 0.6], 20),
    "weighted, without": lambda d, g: d.WeightedRandomSampler([0.1, 0.9, 0.4, 0.7], 4, replacement=False, generator=g),
    "batches": lambda d, g: d.BatchSampler(range(10), 3, False),
    "batches, whole": lambda d, g: d.BatchSampler(d.RandomSampler(range(10)), 3, True),
    "distributed": lambda d, g: d.DistributedSampler(range(11), 3, 1),
    "distributed, drop_last": lambda d, g: d.DistributedSampler(range(11), 3, 2, drop_last=True, seed=4),
    "distributed, few": lambda d, g: d.DistributedSampler(range(2), 5, 4, shuffle=False),
    "bad replacement": lambda d, g: d.RandomSampler([1], replacement=1),
    "bad num_samples": lambda d, g: d.RandomSampler([1], num_samples=-1),
    "empty": lambda d, g: d.RandomSampler([]),
    "bad weights": lambda d, g: d.WeightedRandomSampler([[1.0]], 2),
    "bad number": lambda d, g: d.WeightedRandomSampler([1.0], 0),
    "bad batch size": lambda d, g: d.BatchSampler([1], 1.5, False),
    "bad drop_last": lambda d, g: d.BatchSampler([1], 1, 1),
    "bad rank": lambda d, g: d.DistributedSampler([1], 2, 2),
}


@pytest.mark.parametrize("name", SAMPLERS)
def test_samplers(name):
    def call(lib):
        sampler = SAMPLERS[name](lib.utils.data, lib.Generator().manual_seed(3))
        return [list(sampler), list(sampler), len(sampler)]

    agree(call)


def test_distributed_epochs_differ():
    def call(lib):
        sampler = lib.utils.data.DistributedSampler(range(20), 2, 0)
        first = list(sampler)
        sampler.set_epoch(1)
        return [first, list(sampler)]

    (_, (first, second)), _ = agree(call)
    assert first != second


SPLITS = {
    "lengths": ([7, 3], False),
    "fractions": ([0.5, 0.25, 0.25], True),
    "thirds": ([1 / 3, 1 / 3, 1 / 3], True),
    "empty part": ([1.0, 0.0], True),
    "wrong sum": ([1, 2], False),
    "bad fraction": ([1.5, -0.5], False),
}


@pytest.mark.parametrize("name", SPLITS)
@pytest.mark.filterwarnings("ignore:Length of split")
def test_random_split(name):
    lengths, own = SPLITS[name]

    def call(lib):
        extra = {"generator": lib.Generator().manual_seed(8)} if own else {}
        return [list(part.indices) for part in lib.utils.data.random_split(range(10), lengths, **extra)]

    (kind, want), _ = outcome(torch, call)
    (got_kind, got), _ = outcome(tensorbook, call)
    assert got_kind == kind
    assert got == want or got.startswith(want)  # an error may say more


def test_an_empty_part_is_warned_of():
    with pytest.warns(UserWarning, match="Length of split at index 1 is 0"):
        tensorbook.utils.data.random_split(range(3), [1.0, 0.0])


# ---- datasets


DATASETS = {
    "tensors": lambda d, t: [d.TensorDataset(t.arange(4), t.eye(4))[2], len(d.TensorDataset(t.eye(3)))],
    "tensors, mismatch": lambda d, t: d.TensorDataset(t.arange(4), t.eye(3)),
    "stack": lambda d, t: [d.StackDataset("ab", [1, 2])[1], d.StackDataset(x="ab", y=[1, 2])[0]],
    "stack, several": lambda d, t: d.StackDataset(x="ab", y=d.Subset([1, 2], [1, 0])).__getitems__([1, 0]),
    "stack, mismatch": lambda d, t: d.StackDataset("ab", [1]),
    "stack, none": lambda d, t: d.StackDataset(),
    "concat": lambda d, t: [(c := d.ConcatDataset(["abc", "de"]))[3], c[-1], c[-5], len(c), c.cumulative_sizes],
    "concat, too low": lambda d, t: d.ConcatDataset(["abc"])[-4],
    "concat, none": lambda d, t: d.ConcatDataset([]),
    "concat, stream": lambda d, t: d.ConcatDataset([countdown(t)]),
    "sum": lambda d, t: len(d.TensorDataset(t.eye(2)) + d.TensorDataset(t.eye(3))),
    "chain": lambda d, t: [list(countdown(t) + countdown(t, (2,))), len(countdown(t) + countdown(t))],
    "chain, not a stream": lambda d, t: list(d.ChainDataset(["ab"])),
    "subset": lambda d, t: [d.Subset("abc", [2, 1])[0], d.Subset(t.arange(9), [3, 1])[[0, 1]], len(d.Subset("a", []))],
    "abstract": lambda d, t: d.Dataset()[0],
}  # fmt: skip


@pytest.mark.parametrize("name", DATASETS)
def test_datasets(name):
    agree(lambda lib: DATASETS[name](lib.utils.data, lib))


def test_a_subset_that_overrides_getitem_alone_is_refused():
    class Half(tensorbook.utils.data.Subset):
        def __getitem__(self, i):
            return 1

    with pytest.raises(NotImplementedError, match="Half overrides __getitem__ but not __getitems__"):
        Half([1], [0])


# ---- batches

Point = collections.namedtuple("Point", "x y")


class Row(list):
    """A list that knows more than its items."""

    label = "row"


COLLATED = {
    "integers": lambda t: [1, 2, 3],
    "floats": lambda t: [1.5, 2, 3],
    "bools": lambda t: [True, False],
    "strings": lambda t: ["a", "b"],
    "bytes": lambda t: [b"a", b"b"],
    "tensors": lambda t: [t.arange(3), t.arange(3) + 1],
    "wrong shapes": lambda t: [t.arange(3), t.arange(2)],
    "arrays": lambda t: [np.arange(3, dtype=np.uint8), np.arange(3, dtype=np.uint8)],
    "0-d arrays": lambda t: [np.array(1.5), np.array(2.5)],
    "numpy numbers": lambda t: [np.float32(1), np.float32(2)],
    "numpy float64": lambda t: [np.float64(1), np.float64(2)],
    "numpy bools": lambda t: [np.bool_(True), np.bool_(False)],
    "text arrays": lambda t: [np.array(["a"]), np.array(["b"])],
    "dicts": lambda t: [{"a": 1, "b": {"c": 2.0}}, {"a": 3, "b": {"c": 4.0}}],
    "ordered": lambda t: [collections.OrderedDict(a=1), collections.OrderedDict(a=2)],
    "missing key": lambda t: [{"a": 1}, {"b": 1}],
    "named tuples": lambda t: [Point(1, "a"), Point(2, "b")],
    "tuples": lambda t: [(1, "a"), (2, "b")],
    "lists": lambda t: [[1, "a"], [2, "b"]],
    "own list": lambda t: [Row([1, 2]), Row([3, 4])],
    "ranges": lambda t: [range(3), range(3)],
    "unequal": lambda t: [[1, 2], [3]],
    "objects": lambda t: [object, object],
    "None": lambda t: [None, None],
    "no samples": lambda t: [],
}


@pytest.mark.parametrize("name", COLLATED)
@pytest.mark.parametrize("function", ["default_collate", "default_convert"])
def test_collate(name, function):
    def call(lib):
        return getattr(lib.utils.data, function)(COLLATED[name](lib))

    if name == "wrong shapes" and function == "default_collate":  # stack's own words
        assert outcome(tensorbook, call)[0][0] == outcome(torch, call)[0][0] == "RuntimeError"
    else:
        agree(call)


def test_a_list_type_of_ones_own_survives():
    assert tensorbook.utils.data.default_collate([Row([1]), Row([2])]).label == "row"


def test_collate_with_a_table_of_ones_own():
    from tensorbook.utils.data.collate import collate, default_collate_fn_map

    table = {**default_collate_fn_map, str: lambda batch, collate_fn_map=None: "".join(batch)}
    assert collate([{"a": "x"}, {"a": "y"}], collate_fn_map=table) == {"a": "xy"}


# ---- loaders


LOADERS = {
    "plain": lambda d, t, **k: d.DataLoader(Squares(t), batch_size=4, **k),
    "shuffled": lambda d, t, **k: d.DataLoader(Squares(t), batch_size=4, shuffle=True, **k),
    "one": lambda d, t, **k: d.DataLoader(Squares(t, 3), **k),
    "drop_last": lambda d, t, **k: d.DataLoader(Squares(t), batch_size=4, shuffle=True, drop_last=True, **k),
    "single samples": lambda d, t, **k: d.DataLoader(Squares(t), batch_size=None, **k),
    "generator": lambda d, t, **k: d.DataLoader(
        Squares(t), 3, shuffle=True, generator=t.Generator().manual_seed(1), **k
    ),
    "sampler": lambda d, t, **k: d.DataLoader(Squares(t), 3, sampler=d.WeightedRandomSampler([1.0] * 10, 8), **k),
    "batch_sampler": lambda d, t, **k: d.DataLoader(Squares(t), batch_sampler=[[1, 2], [3], [9, 8, 7]], **k),
    "collate_fn": lambda d, t, **k: d.DataLoader(Squares(t), 4, collate_fn=lambda batch: [s["i"] for s in batch], **k),
    "tensors": lambda d, t, **k: d.DataLoader(d.TensorDataset(t.eye(7), t.arange(7)), 3, shuffle=True, **k),
    "part of tensors": lambda d, t, **k: d.DataLoader(
        d.random_split(d.TensorDataset(t.eye(9), t.arange(9).half()), [4, 5])[1], 2, shuffle=True, **k
    ),
    "stack": lambda d, t, **k: d.DataLoader(d.StackDataset(a=d.TensorDataset(t.eye(4)), b=range(4)), 3, **k),
    "a list": lambda d, t, **k: d.DataLoader([1.0, 2.0, 3.0], 2, **k),
    "stream": lambda d, t, **k: d.DataLoader(countdown(t, (11,)), 3, **k),
    "stream, drop_last": lambda d, t, **k: d.DataLoader(countdown(t, (11,)), 3, drop_last=True, **k),
    "stream, single": lambda d, t, **k: d.DataLoader(countdown(t, (5,)), None, **k),
}  # fmt: skip
WORKERS = {
    "here": {},
    "1 worker": {"num_workers": 1, "multiprocessing_context": "fork"},
    "2 workers": {"num_workers": 2, "prefetch_factor": 3, "multiprocessing_context": "fork"},
    "kept workers": {"num_workers": 2, "persistent_workers": True, "multiprocessing_context": "fork"},
}


@pytest.mark.parametrize("workers", WORKERS)
@pytest.mark.parametrize("name", LOADERS)
def test_loaders(name, workers):
    def call(lib):
        loader = LOADERS[name](lib.utils.data, lib, **WORKERS[workers])
        return [list(loader), list(loader), len(loader)]

    (kind, result), _ = agree(call)
    assert kind == "list" and len(result[0][1]) == result[2][1]


@pytest.mark.parametrize("workers", ["1 worker", "2 workers", "kept workers"])
def test_workers_are_seeded_as_pytorch_seeds_them(workers):
    agree(lambda lib: [list(lib.utils.data.DataLoader(Draws(lib), 2, **WORKERS[workers])) for _ in range(2)])


def test_streams_of_different_lengths():
    def call(lib):
        return list(lib.utils.data.DataLoader(countdown(lib, (7, 3), shares=False), 2, **WORKERS["2 workers"]))

    agree(call)


def test_worker_init_fn_runs_after_seeding():
    def call(lib):
        def init(worker):
            lib.utils.data.get_worker_info().dataset.n = 100 + worker
            lib.rand(worker + 1)

        options = {"sampler": [50, 60, 70], "worker_init_fn": init, **WORKERS["2 workers"]}
        return list(lib.utils.data.DataLoader(Squares(lib), 2, **options))

    agree(call)


BAD_LOADERS = {
    "num_workers": {"num_workers": -1},
    "timeout": {"timeout": -1},
    "timeout without workers": {"timeout": 1},
    "prefetch_factor": {"num_workers": 1, "prefetch_factor": -1},
    "no prefetching": {"num_workers": 1, "prefetch_factor": 0},
    "persistent_workers": {"persistent_workers": True},
    "batch_size": {"batch_size": 0},
    "batch_size type": {"batch_size": 1.5},
    "sampler and shuffle": {"sampler": [1], "shuffle": True},
    "batch_sampler and batch_size": {"batch_sampler": [[1]], "batch_size": 2},
    "batch_sampler and sampler": {"batch_sampler": [[1]], "sampler": [1]},
    "single and drop_last": {"batch_size": None, "drop_last": True},
    "context without workers": {"multiprocessing_context": "fork"},
    "unknown context": {"multiprocessing_context": "thread", "num_workers": 1},
    "context type": {"multiprocessing_context": 3, "num_workers": 1},
    "unknown keyword": {"shuffel": True},
}


@pytest.mark.parametrize("name", BAD_LOADERS)
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function _MultiProcessingDataLoaderIter")  # PyTorch's own
def test_bad_arguments(name):
    def call(lib):
        return list(lib.utils.data.DataLoader([1, 2, 3], **BAD_LOADERS[name]))

    (kind, words), _ = outcome(torch, call)
    (got_kind, got), _ = outcome(tensorbook, call)
    assert got_kind == kind and "Error" in kind
    assert kind in ("AssertionError", "TypeError") or got == words


@pytest.mark.parametrize("name", ["shuffle", "sampler", "batch_sampler"])
def test_a_stream_has_no_order_of_ones_own(name):
    value = {"shuffle": True, "sampler": [1], "batch_sampler": [[1]]}[name]
    agree(lambda lib: lib.utils.data.DataLoader(countdown(lib), **{name: value}))


def test_what_is_fixed_cannot_be_set():
    agree(lambda lib: setattr(lib.utils.data.DataLoader([1]), "batch_size", 2))


def test_an_unknown_prefetch_factor_names_the_cure():
    with pytest.raises(ValueError, match="prefetch_factor option could only be specified in multiprocessing"):
        tensorbook.utils.data.DataLoader([1], prefetch_factor=2)


def test_a_stream_longer_than_it_said_is_warned_of():
    class Liar(tensorbook.utils.data.IterableDataset):
        def __iter__(self):
            return iter(range(3))

        def __len__(self):
            return 1

    loader = tensorbook.utils.data.DataLoader(Liar())
    assert len(loader) == 1
    with pytest.warns(UserWarning, match="was reported to be 1"):
        list(loader)


def test_pin_memory_and_many_workers_are_warned_of():
    with pytest.warns(UserWarning, match="no accelerator is found"):
        list(tensorbook.utils.data.DataLoader([1], pin_memory=True))
    with pytest.warns(UserWarning, match="will create 999 worker processes"):
        tensorbook.utils.data.DataLoader([1], num_workers=999)


def test_gradients_reach_the_dataset_as_in_pytorch():
    def call(lib):
        x = lib.arange(4.0).requires_grad_()
        ((batch,),) = lib.utils.data.DataLoader(lib.utils.data.TensorDataset(x), 4)
        (batch * batch).sum().backward()
        return [type(batch.grad_fn).__name__, x.grad]

    agree(call)


ODD_ORDERS = {
    "numbers of tensors": lambda t: [[t.tensor(1), t.tensor(3)]],
    "numbers of numpy": lambda t: [[np.int64(1), np.int64(3)]],
    "a tensor": lambda t: [t.tensor([1, 3])],
    "a tuple": lambda t: [(1, 3)],
    "from the end": lambda t: [[-1, 0]],
    "nothing": lambda t: [[]],
    "beyond the end": lambda t: [[1, 9]],
}


@pytest.mark.parametrize("name", ODD_ORDERS)
@pytest.mark.parametrize("layout", ["plain", "turned", "part", "part by a tensor"])
def test_rows_of_tensors_in_any_order(name, layout):
    def call(lib):
        x = lib.arange(20).view(5, 4)
        data = lib.utils.data.TensorDataset(x.t() if layout == "turned" else x)
        if "part" in layout:
            order = [4, 2, 0, 1]
            data = lib.utils.data.Subset(data, lib.tensor(order) if "tensor" in layout else order)
        batches = list(lib.utils.data.DataLoader(data, batch_sampler=ODD_ORDERS[name](lib)))
        return [batches, [batch[0].stride() for batch in batches]]

    (kind, want), _ = outcome(torch, call)
    (got_kind, got), _ = outcome(tensorbook, call)
    assert got_kind == kind and (got == want or kind == "IndexError")


def test_batches_of_tensors_are_copies():
    x = tensorbook.zeros(4)
    ((batch,),) = tensorbook.utils.data.DataLoader(tensorbook.utils.data.TensorDataset(x), 4)
    batch += 1
    assert x.tolist() == [0] * 4


def test_iterating_twice_at_once():
    def call(lib):
        loader = lib.utils.data.DataLoader(range(4), 2, shuffle=True)
        return list(zip(loader, loader, strict=True))

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        agree(call)
