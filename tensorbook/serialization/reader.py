"""The machine that reads `data.pkl`: a stack, a memo, and these few instructions.

It knows what torch.save writes (pickle protocol 2) and refuses the rest. A name never becomes a class or a function of
Python that a later instruction could reach into: it is looked up in names.py, and stays a token until it is called.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError, decode_long
from typing import IO

from ..dtypes import dtype
from .names import MAKERS, STORAGES, TENSOR_TYPES, VALUES, Maker, advice

PYTHON_2 = {"__builtin__": "builtins"}  # protocol 2 writes Python 2's names of modules


class Reader:
    """Runs one pickle.

    Args:
        file: where the pickle stands; afterwards the position is behind it.
        find_storage: from a storage's dtype, key, device and length, as the file has them, to the storage.
    """

    def __init__(self, file: IO[bytes], find_storage: Callable[[dtype, str, str, int], object] | None = None):
        self._file, self._find_storage = file, find_storage
        self._stack: list = []
        self._outer: list[list] = []  # the stacks below each mark
        self._memo: dict[int, object] = {}

    def read(self) -> object:
        """The object that the pickle describes.

        Raises EOFError where it is cut off, UnpicklingError for everything else.
        """
        while True:
            code = self._file.read(1)
            if not code:
                raise EOFError("its description ends too early")
            instruction = INSTRUCTIONS.get(code)
            if instruction is None:
                raise UnpicklingError(f"not a file of torch.save: it has {code!r} where an instruction is expected")
            if code == b"Q":
                self._storage()  # may call the caller's own map_location, whose errors are none of the file's
                continue
            try:
                if code == b".":
                    return self._stack.pop()
                instruction(self)
            except (UnpicklingError, EOFError):
                raise
            except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, MemoryError) as error:
                raise UnpicklingError(f"its description is damaged: {type(error).__name__}: {error}") from None

    def _bytes(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) < count:
            raise EOFError("its description ends too early")
        return data

    def _number(self, form: str) -> int | float:
        return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]

    def _push(self, value: object) -> None:
        self._stack.append(value)

    def _to_mark(self) -> list:
        """What lies above the last mark."""
        items, self._stack = self._stack, self._outer.pop()
        return items

    def _top(self, *kinds: type) -> object:
        if type(self._stack[-1]) not in kinds:
            raise UnpicklingError(f"its description would change a {type(self._stack[-1]).__name__}")
        return self._stack[-1]

    # What the instructions do

    def _mark(self) -> None:
        self._outer.append(self._stack)
        self._stack = []

    def _protocol(self) -> None:
        version = self._bytes(1)[0]
        if version != 2:
            raise UnpicklingError(
                f"it is written in pickle protocol {version}; torch.save writes 2 unless told otherwise"
            )

    def _text(self) -> None:
        self._push(self._bytes(self._number("<I")).decode("utf-8", "surrogatepass"))

    def _short_text(self) -> None:  # from Python 2
        self._push(self._bytes(self._bytes(1)[0]).decode("latin1"))

    def _long(self) -> None:
        self._push(decode_long(self._bytes(self._bytes(1)[0])))

    def _tuple(self, count: int) -> None:
        self._stack[-count:] = [tuple(self._stack[-count:])]

    def _append(self) -> None:
        value = self._stack.pop()
        self._top(list).append(value)

    def _extend(self) -> None:
        values = self._to_mark()
        self._top(list).extend(values)

    def _set_item(self) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._top(dict, OrderedDict, Counter)[key] = value

    def _set_items(self) -> None:
        items = self._to_mark()
        self._top(dict, OrderedDict, Counter).update(zip(items[::2], items[1::2], strict=True))

    def _name(self) -> None:
        module, name = (self._file.readline()[:-1].decode() for _ in range(2))
        path = f"{PYTHON_2.get(module, module)}.{name}"
        if path in VALUES:
            self._push(VALUES[path])
        elif path in MAKERS:
            self._push(MAKERS[path])
        elif path in STORAGES or path in TENSOR_TYPES:
            self._push(path)
        else:
            raise UnpicklingError(
                f"it holds {path}, which torch.load of tensorbook does not read: only tensors, numbers, strings and "
                f"containers, so that no file can execute code (weights_only=False changes nothing). {advice(path)}"
            )

    def _call(self) -> None:
        arguments, maker = self._stack.pop(), self._stack.pop()
        if not isinstance(maker, Maker) or type(arguments) is not tuple:
            raise UnpicklingError(f"its description would call a {type(maker).__name__}")
        self._push(maker.make(*arguments))

    def _build(self) -> None:
        """Attributes for what was made: of an OrderedDict (a state_dict has `_metadata`), and of nothing else."""
        attributes = self._stack.pop()
        target = self._top(OrderedDict)
        for key, value in attributes.items():
            if not hasattr(OrderedDict, key):
                setattr(target, key, value)

    def _storage(self) -> None:
        mark = self._stack.pop() if self._stack else None
        if self._find_storage is None or type(mark) is not tuple or len(mark) < 5 or mark[0] != "storage":
            raise UnpicklingError("its description refers to something that is not the memory of a tensor")
        _, kind, key, location, length = mark[:5]
        if kind not in STORAGES or type(key) is not str or type(location) is not str or type(length) is not int:
            raise UnpicklingError(f"its description has a memory that cannot be: {mark!r}")
        self._push(self._find_storage(STORAGES[kind], key, location, length))

    def _remember(self, form: str) -> None:
        self._memo[self._number(form)] = self._stack[-1]

    def _recall(self, form: str) -> None:
        self._push(self._memo[self._number(form)])


INSTRUCTIONS: dict[bytes, Callable[[Reader], None]] = {
    b"\x80": Reader._protocol,
    b"(": Reader._mark,
    b"N": lambda r: r._push(None),
    b"\x88": lambda r: r._push(True),
    b"\x89": lambda r: r._push(False),
    b"J": lambda r: r._push(r._number("<i")),
    b"K": lambda r: r._push(r._number("<B")),
    b"M": lambda r: r._push(r._number("<H")),
    b"G": lambda r: r._push(r._number(">d")),
    b"\x8a": Reader._long,
    b"X": Reader._text,
    b"U": Reader._short_text,
    b")": lambda r: r._push(()),
    b"]": lambda r: r._push([]),
    b"}": lambda r: r._push({}),
    b"t": lambda r: r._push(tuple(r._to_mark())),
    b"\x85": lambda r: r._tuple(1),
    b"\x86": lambda r: r._tuple(2),
    b"\x87": lambda r: r._tuple(3),
    b"a": Reader._append,
    b"e": Reader._extend,
    b"s": Reader._set_item,
    b"u": Reader._set_items,
    b"c": Reader._name,
    b"R": Reader._call,
    b"b": Reader._build,
    b"Q": Reader._storage,
    b".": lambda r: None,
    b"q": lambda r: r._remember("<B"),
    b"r": lambda r: r._remember("<I"),
    b"h": lambda r: r._recall("<B"),
    b"j": lambda r: r._recall("<I"),
}
