"""All widgets of a notebook share one page, and so their style sheets: a class that one of them styles is its own."""

import re
from pathlib import Path

import pytest

JS = Path(__file__).parents[2] / "tensorbook" / "widgets" / "js"
WIDGETS = sorted(path.stem for path in JS.glob("*.css") if path.stem != "theme")


def classes(text: str) -> set[str]:
    """The classes of the widgets that a text names; a custom property (`--tb-line`) is none."""
    return set(re.findall(r"(?<![-\w])tb-[a-z0-9-]*[a-z0-9]", text))


def styled(name: str) -> set[str]:
    """The classes with rules in one style sheet."""
    sheet = re.sub(r"/\*.*?\*/|\{[^{}]*\}", "", (JS / f"{name}.css").read_text("utf-8"), flags=re.S)
    return classes(sheet)


def test_there_are_widgets_with_styles_to_compare():
    assert {"graph_explorer", "stride_explorer", "training_dashboard"} <= set(WIDGETS)
    assert "tb-node" in styled("graph_explorer")


@pytest.mark.parametrize("name", WIDGETS)
def test_no_other_widget_uses_a_class_that_this_one_styles(name):
    own = styled(name) - styled("theme")
    for other in set(WIDGETS) - {name}:
        scripts = [path.read_text("utf-8") for path in JS.glob(f"{other.split('_')[0]}_*.js")]
        used = styled(other).union(*map(classes, scripts)) - styled("theme")
        assert own & used == set(), f"{other} also uses what {name}.css styles"
