"""Chromium: where it is, and how it is started so that it works in a container and reaches no other machine."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

OPTIONS = [
    "--no-sandbox",  # Chromium refuses to start as root, as in a container, with its sandbox
    "--disable-dev-shm-usage",  # a container's /dev/shm is often too small
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--font-render-hinting=none",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # no other machine can be reached
]


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome: the one that CHROMIUM names, else one that is found; None where none is."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    names = ["/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next(filter(None, map(shutil.which, names)), None)


def launch(playwright: Playwright, path: str) -> Browser:
    """Start the Chromium at `path`, without a window."""
    return playwright.chromium.launch(executable_path=path, args=OPTIONS)
