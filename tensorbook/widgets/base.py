"""`Picture`, what every widget is built on.

A widget is three things, each in its own file:

* a subclass of `Picture` here in Python, which knows **what to show**: it computes the dict trait `picture` (plain
  JSON: labels, numbers, positions) and draws the same content as a static SVG;
* an ES module `js/NAME.js`, which **draws** `picture` in the page and lets one touch it (see `js/dom.js`);
* perhaps a style sheet `js/NAME.css` with the rules that are its own, beside the shared `js/theme.css`.

Hovering stays in the page. A committed choice travels: either through a synced trait of the subclass, or as a message
that the page sends with `view.send(kind, data)` or `view.ask(kind, data)` and that arrives in `receive(kind, data)`.

    class Hello(Picture):
        module = "hello"                                # js/hello.js, and js/hello.css where there is one

        def __init__(self, who: str):
            super().__init__()
            self.who = who
            self.refresh()

        def compute(self) -> dict:                      # what to show; called by refresh()
            return {"who": self.who}

        def describe(self) -> str:                      # one sentence: the alt text
            return f"A greeting to {self.who}."

        def draw(self, theme: str) -> str:              # the static picture, with svg.Sheet
            sheet = Sheet(200, 48, theme=theme, alt=self.alt)
            sheet.text(20, 28, self.who)
            return sheet.finish()

        def receive(self, kind: str, data: dict):       # a committed choice; what it raises is shown in the widget
            if kind == "rename":
                self.who = data["who"]
                return self.refresh()
            return super().receive(kind, data)

Whatever `receive`, or code inside `with self.guard():` (in an observer, in a thread), raises is shown in the widget as
an alert: a widget never fails in silence.
"""

import base64
import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import anywidget
import traitlets

from .esm import join
from .svg import css_tokens

_JS = Path(__file__).parent / "js"
MAX_JSON = 4_000_000
"""The most characters of JSON that a picture may send to the page: a widget must summarise long before that."""


@cache
def _style(module: str) -> str:
    own = _JS / f"{module}.css"
    rules = after_theme(own.read_text("utf-8")) if own.is_file() else ""
    return css_tokens() + (_JS / "theme.css").read_text("utf-8") + rules


def after_theme(rules: str) -> str:
    """Each selector with the weight of one element's name more.

    Every widget brings its copy of the theme, and where several stand on a page the copy of the next comes after the
    rules of the one before. A rule must win over one of the theme's that weighs the same, wherever it stands.

    >>> after_theme(".tb-a, .tb-b:is(.c, .d) { gap: 4px; }")
    ':is(*, x).tb-a, :is(*, x).tb-b:is(.c, .d) { gap: 4px; }'
    """
    plain = re.sub(r"/\*.*?\*/", "", rules, flags=re.S)

    def heavier(match: re.Match[str]) -> str:
        selectors = re.split(r",(?![^()]*\))", match[0].strip())
        return ", ".join(f":is(*, x){selector.strip()}" for selector in selectors) + " "

    return re.sub(r"(?<![^{}\s])(?=[.:])[^{}@;]+(?=\{)", heavier, plain)


class Picture(anywidget.AnyWidget):
    """A picture in the page that is computed in Python; a subclass gives `module`, `compute`, `describe` and `draw`."""

    module: ClassVar[str]

    _esm = traitlets.Unicode().tag(sync=True)
    _css = traitlets.Unicode().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    """What to draw, as JSON."""
    alt = traitlets.Unicode().tag(sync=True)
    """The picture in one sentence, for those who cannot see it."""
    error = traitlets.Unicode().tag(sync=True)
    """What went wrong last, shown in the widget; empty while all is well."""

    def __init__(self, **traits: Any):
        super().__init__(**traits)
        self.on_msg(self._arrive)

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return join(_JS / f"{self.module}.js")

    @traitlets.default("_css")
    def _default_css(self) -> str:
        return _style(self.module)

    # What a subclass says ---------------------------------------------------------------------------------------------

    def compute(self) -> dict[str, Any]:
        """What to show: plain JSON, and little of it."""
        raise NotImplementedError(f"{type(self).__name__}.compute")

    def describe(self) -> str:
        """One sentence that says what one should see."""
        raise NotImplementedError(f"{type(self).__name__}.describe")

    def draw(self, theme: str) -> str:
        """The static picture as the text of an SVG, the same on every machine."""
        raise NotImplementedError(f"{type(self).__name__}.draw")

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        """Take a message from the page; what is returned is the answer to `view.ask`."""
        if kind == "svg":
            return self.to_svg(data.get("theme", "light"))
        raise ValueError(f"{type(self).__name__} does not know the message {kind!r}")

    # What it does with that -------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Compute the picture anew and show it, after what it shows has changed in place."""
        picture = self.compute()
        if (size := len(json.dumps(picture, allow_nan=False))) > MAX_JSON:
            raise ValueError(f"this picture takes {size:,} characters of JSON; at most {MAX_JSON:,} can be shown")
        with self.hold_sync():
            self.alt = self.describe()
            self.picture = picture

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Show in the widget what is raised inside: the page cannot see an exception of the kernel."""
        self.error = ""
        try:
            yield
        except Exception as failure:
            self.error = f"{type(failure).__name__}: {failure}"

    def _arrive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """A message is `{kind, data, id?}`; one with an id gets an answer, also where the work failed."""
        with self.guard():
            answer = None
            try:
                answer = self.receive(content["kind"], content.get("data") or {})
            finally:
                if content.get("id") is not None:
                    self.send({"kind": "answer", "id": content["id"], "data": answer})

    def to_svg(self, theme: str = "light") -> str:
        """The picture as it stands, as the text of an SVG; `theme` is `"light"` or `"dark"`."""
        return self.draw(theme)

    def to_json(self) -> str:
        """What the picture shows, as JSON."""
        return json.dumps(self.picture, allow_nan=False, ensure_ascii=False, indent=1)

    def save(self, path: str | os.PathLike[str], *, theme: str = "light", overwrite: bool = False) -> Path:
        """Write the picture to `path`: its name ends in `.svg` or in `.json`. A file that is there already stays.

        Raises `ValueError` for another ending, `FileExistsError` unless `overwrite=True`.
        """
        path = Path(path)
        if path.suffix not in (".svg", ".json"):
            raise ValueError(f"{path.name!r} ends in {path.suffix!r}; expected a name that ends in .svg or .json")
        if path.exists() and not overwrite:
            raise FileExistsError(f"{path} exists already; choose another name, or pass overwrite=True")
        text = self.to_svg(theme) if path.suffix == ".svg" else self.to_json()
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=path.suffix)
        try:
            with open(handle, "w", encoding="utf-8") as file:
                file.write(text + "\n")
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
        return path

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.alt}>"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The live widget, and for those who cannot run it (GitHub, nbconvert, an untrusted notebook) the picture."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        svg = self.to_svg()
        source = base64.b64encode(svg.encode()).decode()
        data["image/svg+xml"] = svg
        data["text/html"] = f'<img alt="{escape(self.alt, quote=True)}" src="data:image/svg+xml;base64,{source}">'
        return data, metadata
