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
