"""What all boards share: colours that can be read on, and how an answer is compared."""

import pytest

pytest.importorskip("anywidget")

from tensorbook.widgets.board_svg import broken, shade_of
from tensorbook.widgets.quiz import plain
from tensorbook.widgets.svg import THEMES


def luminance(channels: list[float]) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(colour: str) -> list[float]:
    return [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("percent", [-100, -50, 0, 50, 100])
def test_a_number_can_be_read_on_every_shade(theme, percent):
    colours = THEMES[theme]
    hue, amount = shade_of(percent, written=True)
    mixed = [
        a * amount / 100 + b * (1 - amount / 100)
        for a, b in zip(channels(colours[hue]), channels(colours["cell"]), strict=True)
    ]
    low, high = sorted((luminance(mixed), luminance(channels(colours["text"]))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_answers_are_compared_by_what_they_mean():
    assert plain("(3,)") == plain("3") == plain("[3]") == plain("torch.Size([3])") != plain("3, 1")
    assert plain("()") == plain("") and plain("No") == plain("no")


def test_a_formula_is_broken_between_its_pieces():
    runs = [(f"{k}·{k}", "text", 400) for k in range(30)]
    lines = broken(runs, 200, 17)
    assert [run for line in lines for run in line] == runs and 1 < len(lines) < 30
