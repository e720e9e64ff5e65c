"""What every widget inherits: messages and failures, the static picture, saving."""

import base64
import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import traitlets

pytest.importorskip("anywidget")

from tensorbook.widgets import base, svg


class Greeting(base.Picture):
    module = "greeting"

    def __init__(self, who: str):
        super().__init__()
        self.who = who
        self.refresh()

    @traitlets.default("_esm")
    def _default_esm(self):
        return "export default {}"

    def compute(self):
        return {"who": self.who}

    def describe(self):
        return f"a greeting to {self.who}"

    def draw(self, theme):
        sheet = svg.Sheet(200, 48, theme=theme, alt=self.alt)
        sheet.text(20, 28, self.who)
        return sheet.finish()

    def receive(self, kind, data):
        if kind == "rename":
            self.who = data["who"]
            self.refresh()
            return len(self.who)
        return super().receive(kind, data)


@pytest.fixture
def greeting(monkeypatch):
    widget = Greeting("<Ada & co>")
    widget.sent = []
    monkeypatch.setattr(type(widget), "send", lambda self, content, buffers=None: self.sent.append(content))
    return widget


def test_a_message_changes_the_picture_and_is_answered(greeting):
    greeting._arrive(greeting, {"kind": "rename", "data": {"who": "Alan"}, "id": "v:1"}, [])
    assert greeting.picture == {"who": "Alan"} and greeting.alt == "a greeting to Alan" and greeting.error == ""
    assert greeting.sent == [{"kind": "answer", "id": "v:1", "data": 4}]


def test_a_failure_is_shown_and_still_answered_then_goes(greeting):
    greeting._arrive(greeting, {"kind": "rename", "data": {}, "id": "v:2"}, [])
    assert greeting.error == "KeyError: 'who'"
    assert greeting.sent == [{"kind": "answer", "id": "v:2", "data": None}]
    greeting._arrive(greeting, {"kind": "rename", "data": {"who": "Alan"}}, [])
    assert greeting.error == ""


@pytest.mark.parametrize("content", [{}, {"kind": "nothing"}, None, {"kind": "rename", "data": []}])
def test_a_message_that_makes_no_sense_is_shown(greeting, content):
    greeting._arrive(greeting, content, [])
    assert greeting.error


def test_the_bundle_holds_the_same_picture_twice_and_escapes(greeting):
    data, _ = greeting._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    tree = ET.fromstring(data["image/svg+xml"])
    assert "".join(tree.itertext()) == "<Ada & co>"
    found = re.fullmatch(r'<img alt="([^"]*)" src="data:image/svg\+xml;base64,([^"]*)">', data["text/html"])
    assert found[1] == "a greeting to &lt;Ada &amp; co&gt;"
    assert base64.b64decode(found[2]).decode() == data["image/svg+xml"]
    assert data["text/plain"] == repr(greeting) == "<Greeting: a greeting to <Ada & co>>"


def test_save_writes_both_kinds_and_never_over_a_file(greeting, tmp_path):
    assert ET.parse(greeting.save(tmp_path / "a.svg")).getroot().tag.endswith("svg")
    assert json.loads(greeting.save(tmp_path / "a.json").read_text("utf-8")) == greeting.picture
    with pytest.raises(FileExistsError, match="overwrite=True"):
        greeting.save(tmp_path / "a.json")
    greeting.save(tmp_path / "a.json", overwrite=True)
    with pytest.raises(ValueError, match=r"ends in \.svg or \.json"):
        greeting.save(tmp_path / "a.png")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.svg"]


def test_a_picture_too_large_to_send_is_refused(greeting, monkeypatch):
    monkeypatch.setattr(base, "MAX_JSON", 40)
    greeting.who = "a" * 50
    with pytest.raises(ValueError, match="at most 40 can be shown"):
        greeting.refresh()


def test_an_unknown_theme_is_named(greeting):
    with pytest.raises(ValueError, match="'sepia'; expected one of 'light', 'dark'"):
        greeting.to_svg("sepia")


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", svg.THEMES)
def test_text_can_be_read_on_every_surface(theme):
    colours = svg.THEMES[theme]
    least = {"brand": 4.3}  # focus rings and marks; as text it stands on bg and cell only
    for ink in ("text", "dim", "brand", "warn", "alert", "i0", "i1", "i2", "i3", "i4"):
        for surface in ("bg", "panel", "cell"):
            assert contrast(colours[ink], colours[surface]) >= least.get(ink, 4.5), (ink, surface)
    for soft in ("s0", "s1", "s2", "s3", "s4", "swarn", "salert"):
        assert contrast(colours["text"], colours[soft]) >= 4.5, soft
    assert contrast(colours["ink"], colours["brand"]) >= 4.5


def test_both_themes_have_the_same_colours_and_the_page_gets_all():
    assert svg.THEMES["light"].keys() == svg.THEMES["dark"].keys()
    css = svg.css_tokens()
    used = set(re.findall(r"var\(--tb-([a-z0-9]+)\)", (base._JS / "theme.css").read_text("utf-8")))
    assert used - {"ui", "mono", "fill"} <= svg.THEMES["light"].keys()
    assert all(f"--tb-{name}:" in css for name in svg.THEMES["light"])


def test_importing_the_package_loads_no_widget_library():
    code = "import sys, tensorbook.widgets; print([m for m in ('anywidget', 'ipywidgets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_without_anywidget_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['anywidget'] = None\nimport tensorbook.widgets as w\n"
        "try: w.StrideExplorer\nexcept ModuleNotFoundError as e: print(e)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert 'pip install "tensorbook[notebooks]"' in done.stdout


def test_every_widget_is_named_once_and_loads():
    import tensorbook.widgets as widgets

    assert widgets.__all__ == sorted(widgets._HOME)
    for name in widgets.__all__:
        assert issubclass(getattr(widgets, name), base.Picture)
