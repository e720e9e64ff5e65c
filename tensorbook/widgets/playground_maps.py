"""What every neuron makes of the square that the data lie in: small heat maps, a byte for each place."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

from .svg import THEMES

VIEW = 3.5
"""The maps reach from -VIEW to VIEW, a little beyond the data."""
FINE, COARSE = 40, 20
"""Places along a side of the output's map, and of a neuron's."""
MIDDLE = 128
"""The byte for 0; 1 stands for the lowest value, 255 for the highest."""
SHADE = 16
"""Bytes that a still picture shows in one shade."""


def grid() -> np.ndarray:
    """The places of the fine map, row by row from the top left: (FINE * FINE, 2)."""
    along = (np.arange(FINE) + 0.5) / FINE * 2 * VIEW - VIEW
    x1, x2 = np.meshgrid(along, -along)
    return np.stack([x1, x2], axis=-1).reshape(-1, 2).astype(np.float32)


def to_bytes(values: np.ndarray) -> str:
    """Values from -1 to 1 as bytes, in base64.

    >>> base64.b64decode(to_bytes(np.array([-1.0, 0.0, 1.0]))).hex()
    '0180ff'
    """
    steps = np.nan_to_num(np.clip(values, -1, 1)) * 127
    return base64.b64encode((np.round(steps) + MIDDLE).astype(np.uint8).tobytes()).decode()


def neuron_map(values: np.ndarray) -> str:
    """A neuron's values on the fine grid as a coarse map, the largest of them as 1."""
    coarse = values.reshape(FINE, FINE)[::2, ::2]
    most = np.abs(coarse).max()
    return to_bytes(coarse / most if most > 0 else coarse)


def colours(theme: str) -> list[tuple[int, int, int]]:
    """The 256 colours of a map: blue below 0, the surface at 0, vermilion above."""
    low, zero, high = (_channels(THEMES[theme][name]) for name in ("d0", "cell", "d1"))

    def mix(byte: int) -> tuple[int, int, int]:
        share = min(abs(byte - MIDDLE) / 127, 1.0) * 0.85
        return tuple(round(z + (e - z) * share) for z, e in zip(zero, high if byte > MIDDLE else low, strict=True))

    return [mix(byte) for byte in range(256)]


def png(encoded: str, theme: str) -> str:
    """A map as the address of a picture, the same text on every machine: stored, not compressed, and in few shades.

    The last bits of a float32 differ from one processor to the next, and with them a shade in a hundred thousand.
    """
    exact = np.frombuffer(base64.b64decode(encoded), np.uint8).astype(float) - MIDDLE
    places = np.clip(np.round(exact / SHADE) * SHADE + MIDDLE, 1, 255).astype(np.uint8)
    side = int(len(places) ** 0.5)
    lines = b"".join(b"\0" + line.tobytes() for line in places.reshape(side, side))
    palette = bytes(channel for colour in colours(theme) for channel in colour)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 3, 0, 0, 0)),
        (b"PLTE", palette),
        (b"IDAT", zlib.compress(lines, 0)),
        (b"IEND", b""),
    ]
    file = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return f"data:image/png;base64,{base64.b64encode(file).decode()}"


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))


class Maps:
    """Runs a program's network over the square."""

    def __init__(self, names: dict[str, Any]):
        torch = names["torch"]
        self._model, self._torch = names["model"], torch
        with torch.no_grad():
            self._inputs = names["features"](torch.from_numpy(grid()))
        self.features = [neuron_map(column) for column in self._inputs.numpy().T]

    def compute(self, classifies: bool) -> dict[str, Any]:
        """A map for each neuron of the hidden layers, and the output's."""
        hidden, values = [], self._inputs
        with self._torch.no_grad():
            for at, module in enumerate(self._model):
                values = module(values)
                if at % 2:  # Linear and activation take turns
                    hidden.append([neuron_map(column) for column in values.numpy().T])
        output = values.numpy()[:, 0]
        return {"hidden": hidden, "output": to_bytes(np.tanh(output / 2) if classifies else output)}
