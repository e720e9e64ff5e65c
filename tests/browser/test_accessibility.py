"""The accessibility pass finds each fault that is put before it, and nothing in a widget without faults."""

import pytest

from . import accessibility
from .lab_notebook import LabNotebook

pytestmark = pytest.mark.browser

GOOD = """
<div role="group" aria-label="good" data-lm-suppress-shortcuts="true" style="background: var(--jp-layout-color1)">
  <div role="toolbar" aria-label="tools"><button tabindex="0">one</button><button tabindex="-1">two</button>
    <button disabled style="color: #ccc; background: #ddd">not now</button></div>
  <p style="color: var(--jp-ui-font-color1)">plain text, and <code style="color: inherit">code</code></p>
  <svg width="200" height="40" role="img" aria-label="a drawing">
    <rect width="200" height="40" fill="#0072b2"/><text x="10" y="25" fill="white" pointer-events="none">on blue</text>
  </svg>
  <div style="overflow-x: auto"><p style="width: 2000px; color: var(--jp-ui-font-color1)">wide, scrolls</p></div>
  <div style="height: 20px; overflow-y: auto; color: var(--jp-ui-font-color1)" tabindex="0" role="region"
    aria-label="scrolls"><p style="margin: 0">first</p><p style="margin: 0">second</p></div>
  <p style="margin: 0; color: var(--jp-ui-font-color1)">below</p>
  <div style="position: absolute; width: 1px; height: 1px; overflow: hidden">heard, not seen</div>
</div>
"""

# (the check that finds it, what is put in, what is said about it)
FAULTS = [
    ("names", "<button></button>", "a button without a name: <button></button>"),
    ("names", "<div tabindex='0'></div>", "without a name: <div tabindex"),
    ("names", "<svg role='img' width='9' height='9'></svg>", "without a name: <svg"),
    (
        "toolbars",
        "<div role='toolbar' aria-label='t'><button>a</button><button>b</button></div>",
        '<div> "t" has 2 tab stops, not one',
    ),
    (
        "toolbars",
        "<div role='toolbar' aria-label='t'><button tabindex='-1'>a</button></div>",
        '<div> "t" has 0 tab stops, not one',
    ),
    ("contrast", "<p style='color: #999; background: white'>pale</p>", 'contrast 2.85 to 1 of the text "pale"'),
    (
        "contrast",
        "<p style='background: white; color: black'><span style='opacity: 0.4'>faint</span></p>",
        'contrast 2.85 to 1 of the text "faint"',
    ),
    (
        "contrast",
        "<svg width='99' height='40' aria-hidden='true'><rect width='99' height='40' fill='#fff'/>"
        "<text x='9' y='25' fill='#e69f00' pointer-events='none'>amber</text></svg>",
        'contrast 2.25 to 1 of the text "amber"',
    ),
    ("overflow", "<div style='width: 2000px'>x</div>", "reaches out of the widget"),
    (
        "clipped",
        "<div style='width: 30px; overflow: hidden; white-space: nowrap'>more than that</div>",
        'the text "more than that" is cut off by',
    ),
    (
        "clipped",
        "<svg width='60' height='20' aria-hidden='true'><text x='40' y='15'>a label</text></svg>",
        'the text "a label" is cut off by',
    ),
    (
        "overlaps",
        "<div style='position: relative; height: 20px'><b style='position: absolute'>under</b>"
        "<i style='position: absolute'>above</i></div>",
        'the texts "under" and "above" lie over each other',
    ),
    ("axe", "<p style='color: #999; background: white'>pale</p>", "axe color-contrast (serious): <p style"),
    ("axe", "<div role='slider' tabindex='0' aria-label='a'></div>", "axe aria-required-attr (critical): <div role"),
    ("motion", "<p style='transition: opacity 1s'>slow</p>", "moves, though the reader asked for less motion"),
]


WIDGET = '''
import anywidget
class Shown(anywidget.AnyWidget):
    _esm = """export default {{ render({{ el }}) {{ el.innerHTML = `{html}`; }} }};"""
Shown()
'''


def show(notebook, html: str) -> LabNotebook:
    return notebook([WIDGET.format(html=html)])


def test_a_widget_without_faults_has_no_findings(notebook):
    nb = show(notebook, GOOD)
    assert accessibility.findings(nb, nb.widget()) == []
    accessibility.check_accessible(nb, nb.widget())


def put_in(widget, html: str) -> None:
    widget.evaluate("(root, html) => root.insertAdjacentHTML('beforeend', `<div id='fault'>${html}</div>`)", html)


def test_each_fault_is_found(notebook):
    # One notebook for all: each fault is put into the same good widget, and taken out again.
    nb = show(notebook, GOOD)
    widget = nb.widget()
    others = {"names": lambda: accessibility.unnamed(nb, widget), "axe": lambda: accessibility.axe_faults(widget)}
    missed = []
    for check, html, said in FAULTS:
        put_in(widget, html)
        found = others[check]() if check in others else accessibility.measure(widget, check)
        if not any(said in line for line in found):
            missed.append((check, said, found))
        widget.evaluate("root => root.querySelector('#fault').remove()")
    assert missed == []
    assert accessibility.findings(nb, widget) == []


def test_what_shows_only_in_the_dark_or_only_when_narrow_is_found(notebook):
    nb = show(notebook, GOOD)
    put_in(nb.widget(), "<p style='color: black'>ink</p><div style='width: 500px'><button></button></div>")
    lines = accessibility.findings(nb, nb.widget())
    starts = ['dark: contrast 1.3 to 1 of the text "ink"', "dark: axe color-contrast", "dark: axe button-name",
              "light: axe button-name", "a button without a name", "at 400 px: <div>"]  # fmt: skip
    assert [line[: len(start)] for line, start in zip(sorted(lines), sorted(starts), strict=True)] == sorted(starts)
    with pytest.raises(AssertionError, match="6 findings:"):
        accessibility.check_accessible(nb, nb.widget())


def test_a_widget_without_role_or_name_is_found(notebook):
    nb = show(notebook, GOOD.replace('role="group" aria-label="good"', ""))
    with pytest.raises(AssertionError, match="the widget's root has no role or no aria-label"):
        accessibility.check_accessible(nb, nb.widget())
