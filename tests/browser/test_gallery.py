"""Every widget, as first shown: named, reachable, legible, whole, in both themes and at 400 px; and its picture."""

import pytest

from .gallery import WIDGETS

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", WIDGETS)
def test_the_widget_is_accessible_and_fits(notebook, check_accessible, name):
    nb = notebook([WIDGETS[name]])
    nb.check()
    widget = nb.widget()
    nb.screenshots(f"gallery-{name}-wide", widget)
    with nb.width(widget, 400):
        nb.screenshots(f"gallery-{name}-400", widget)
    check_accessible(nb, widget)
    nb.check()


# All styles of everything in a widget, now and with its own style sheet as the last of the page.
RESTYLED = """root => {
    const names = [...getComputedStyle(root)].concat('--tb-fill');
    const look = () => [root, ...root.querySelectorAll('*')].map(one => {
        const style = getComputedStyle(one);
        return names.map(name => style.getPropertyValue(name));
    });
    const now = look();
    const sheets = [...document.querySelectorAll('style')].filter(one => one.textContent.includes('.tb-graph-region'));
    document.head.append(...sheets);
    const then = look(), tags = [root, ...root.querySelectorAll('*')];
    return [sheets.length, tags.flatMap((one, at) => names.filter((name, k) => now[at][k] !== then[at][k])
        .map(name => `${one.getAttribute('class')} ${name}`))];
}"""


def test_a_widget_looks_the_same_beside_others(notebook):
    """Each brings the theme: the copy of a later widget must not undo the rules of an earlier one."""
    nb = notebook([WIDGETS["graph_explorer"], WIDGETS["activation_explorer"]])
    nb.widget(1)
    sheets, changed = nb.widget(0).evaluate(RESTYLED)
    assert sheets == 1 and changed == []
