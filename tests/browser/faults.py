"""What must not happen in a page while a test looks at it: errors, and requests that leave the machine."""

from __future__ import annotations

import re
import urllib.parse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What JupyterLab itself logs when a kernel ends before its debugger has answered.
HARMLESS = re.compile(r"^Could not restore the debugger state: Canceled future")

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def leaves_the_machine(url: str) -> bool:
    """Whether a request to `url` goes to another machine (`data:` and `blob:` addresses do not)."""
    parts = urllib.parse.urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in LOOPBACK


class Faults:
    """The faults of one page, in order, each a line such as "console error: ...".

    A widget whose module throws leaves an empty output and no traceback: only the console knows. So a page that
    looks well is not enough, and the `page` fixture fails a test that leaves a fault here which it did not `expect`.
    """

    def __init__(self, page: Page) -> None:
        self.lines: list[str] = []
        page.on("console", lambda message: self._note_console(message.type, message.text))
        page.on("pageerror", lambda error: self.lines.append(f"page error: {error}"))
        page.on("request", lambda request: self._note_request(request.url))
        page.on("websocket", lambda socket: self._note_request(socket.url))

    def _note_console(self, kind: str, text: str) -> None:
        if kind == "error" and not HARMLESS.search(text):
            self.lines.append(f"console error: {text}")

    def _note_request(self, url: str) -> None:
        if leaves_the_machine(url):
            self.lines.append(f"left the machine: {url}")

    def expect(self, pattern: str) -> list[str]:
        """Take out and return the faults that match the regular expression; an AssertionError where none does."""
        found = [line for line in self.lines if re.search(pattern, line)]
        assert found, f"no fault matches {pattern!r}; there are: {self.lines}"
        self.lines = [line for line in self.lines if line not in found]
        return found

    def check(self) -> None:
        """Raise an AssertionError that lists the faults, where there are any."""
        assert not self.lines, "in the page:\n" + "\n".join(self.lines)
