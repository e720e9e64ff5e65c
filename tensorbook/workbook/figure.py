"""Show a matplotlib figure together with the words that describe it."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Picture:
    """A drawn figure and its description, as a notebook shows them.

    JupyterLab gives a bare ``image/png`` no alternative text, so the HTML form carries it. The other forms are there
    for readers that take no HTML.
    """

    def __init__(self, png: bytes, alt: str, width: int) -> None:
        self.png, self.alt, self.width = png, alt, width

    def __repr__(self) -> str:
        return f"[figure: {self.alt}]"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        data = base64.b64encode(self.png).decode("ascii")
        alt = html.escape(self.alt, quote=True)
        look = f'width="{self.width}" style="border-radius: 8px"'
        return {"text/plain": repr(self), "text/html": f'<img alt="{alt}" {look} src="data:image/png;base64,{data}">'}


def show(figure: Figure, alt: str) -> Picture:
    """Draw ``figure``, close it, and return it with ``alt`` as its alternative text.

    ``alt`` says what one should see in the figure, for readers who cannot see it.

    Raises ``ValueError`` where ``alt`` is empty.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> fig, ax = plt.subplots()
        >>> show(fig, alt="An empty pair of axes.")
        [figure: An empty pair of axes.]
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(f"show() needs alt, a sentence that says what the figure shows, but got {alt!r}")
    import matplotlib.pyplot as plt  # here, since importing tensorbook must not import matplotlib

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    width = round(figure.get_figwidth() * 100)  # CSS pixels; the PNG itself is denser, so that it stays sharp
    plt.close(figure)
    return Picture(buffer.getvalue(), alt, width)
