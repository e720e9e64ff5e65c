"""An accessibility pass over a widget in the page: names, tab stops, contrast, narrow width, reduced motion.

The names are those that Chromium itself computes for a screen reader; the rest is measured by accessibility.js on what
is drawn, and by axe-core. Checked is the widget as it stands: call it again in another state (something selected, an
error shown).
"""

from __future__ import annotations

import importlib.resources
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .lab_notebook import LabNotebook
from .lab_page import settle

if TYPE_CHECKING:
    from playwright.sync_api import Locator

SCRIPT = (Path(__file__).parent / "accessibility.js").read_text(encoding="utf-8").split("\n", 1)[1]
NARROW = 400

NEEDS_A_NAME = re.compile(
    "button|checkbox|combobox|grid|gridcell|link|listbox|menuitem.*|meter|option|progressbar|radio|radiogroup|searchbox"
    "|slider|spinbutton|switch|tab|tabpanel|textbox|toolbar|tree|treeitem|img|image|dialog|figure|region"
)


def measure(widget: Locator, check: str) -> list[str]:
    """The findings of one check: contrast, clipped, overflow, overlaps, toolbars or motion."""
    return widget.evaluate(f"(root, check) => ({SCRIPT.strip()})(root, check)", check)


def unnamed(nb: LabNotebook, widget: Locator) -> list[str]:
    """What takes the focus, or acts, or is a picture, without a name; and the widget itself where it has none."""
    session = nb.page.context.new_cdp_session(nb.page)
    widget.evaluate("root => { globalThis.__measured = root; }")
    root = session.send("Runtime.evaluate", {"expression": "__measured"})["result"]["objectId"]
    nodes = session.send("Accessibility.queryAXTree", {"objectId": root})["nodes"]
    findings = []
    for node in nodes:
        role, name = _value(node, "role"), _value(node, "name")
        focusable = any(p["name"] == "focusable" and p["value"].get("value") for p in node.get("properties", []))
        if node.get("ignored") or name.strip() or not (focusable or NEEDS_A_NAME.fullmatch(role)):
            continue
        html = session.send("DOM.getOuterHTML", {"backendNodeId": node["backendDOMNodeId"]})["outerHTML"]
        findings.append(f"a {role} without a name: {html[:100]}")
    session.detach()
    if not (widget.get_attribute("role") and widget.get_attribute("aria-label")):
        findings.append("the widget's root has no role or no aria-label")
    return findings


@cache
def axe_script() -> str:
    """The source of axe-core. ImportError where it is not installed: it comes inside axe-playwright-python."""
    return (importlib.resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


# axe takes text for invisible where <body>, which JupyterLab makes 0 px high, hides what overflows it.
RUN_AXE = """async (root, [script, impacts]) => {
    if (!globalThis.axe) (0, eval)(script);
    document.body.style.overflow = "visible";
    const { violations } = await axe.run(root, { resultTypes: ["violations"] });
    document.body.style.overflow = "";
    return violations.filter((rule) => impacts.includes(rule.impact)).flatMap((rule) => rule.nodes.map((node) =>
        `axe ${rule.id} (${rule.impact}): ${node.html.slice(0, 120)}: ${node.failureSummary.replace(/\\s+/g, " ")}`));
}"""


def axe_faults(widget: Locator) -> list[str]:
    """What axe-core calls serious or critical."""
    return widget.evaluate(RUN_AXE, [axe_script(), ["serious", "critical"]])


def _value(node: dict[str, Any], key: str) -> str:
    return str(node.get(key, {}).get("value", ""))


def findings(nb: LabNotebook, widget: Locator) -> list[str]:
    """All findings about the widget as it stands, in both themes and both widths; the theme is light afterwards."""
    found = []
    for theme in ("dark", "light"):
        nb.theme(theme)
        settle(nb.page)
        found += [f"{theme}: {line}" for line in [*measure(widget, "contrast"), *axe_faults(widget)]]
    nb.page.emulate_media(reduced_motion="reduce")
    found += unnamed(nb, widget) + measure(widget, "toolbars") + measure(widget, "motion")
    for check in ("overflow", "clipped", "overlaps"):
        found += measure(widget, check)
    with nb.width(widget, NARROW):
        for check in ("overflow", "clipped", "overlaps"):
            found += [f"at {NARROW} px: {line}" for line in measure(widget, check)]
    return found


def check_accessible(nb: LabNotebook, widget: Locator) -> None:
    """Raise an AssertionError that lists what keeps somebody from using the widget, where there is anything."""
    found = findings(nb, widget)
    assert not found, f"{len(found)} findings:\n" + "\n".join(dict.fromkeys(found))
