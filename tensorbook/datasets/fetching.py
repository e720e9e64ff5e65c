"""Fetching a file once: checked by its sum, kept, with a progress bar, and going on where it was broken off."""

from __future__ import annotations

import os
import pathlib
import urllib.error
import urllib.request
from collections.abc import Sequence
from types import ModuleType

PIECE = 1 << 16
PATIENCE = 30  # seconds without an answer


def cache() -> pathlib.Path:
    """Where fetched files are kept: the folder named by TENSORBOOK_DATA, or the user's cache."""
    named = os.environ.get("TENSORBOOK_DATA")
    return pathlib.Path(named) if named else pathlib.Path(_pooch().os_cache("tensorbook"))


def fetch(name: str, md5: str, mirrors: Sequence[str], folder: pathlib.Path) -> pathlib.Path:
    """A file in the folder, fetched from the first mirror that has it unless it is there already.

    ConnectionError, which says what to do, where no mirror gives it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    troubles = []
    for mirror in mirrors:
        url = mirror + name
        try:
            found = _pooch().retrieve(url, f"md5:{md5}", fname=name, path=folder, downloader=go_on)
            return pathlib.Path(found)
        except (OSError, ValueError) as error:  # ValueError: another sum than expected
            troubles.append(f"{url}: {error}")
    tried = "\n  ".join(troubles)
    raise ConnectionError(
        f"{name} could not be fetched:\n  {tried}\nWith a network the same call goes on where it stopped. Without one, "
        f"copy {name} into {folder}."
    )


def go_on(url: str, target: str, pooch: object) -> None:
    """Fetch a file for pooch, from where an earlier attempt stopped. What has come is kept beside the target."""
    part = pathlib.Path(target).with_name(url.rpartition("/")[2] + ".part")
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            _receive(answer, part, have if answer.status == 206 else 0)  # 206: the rest; 200: the whole file again
    except urllib.error.HTTPError as error:
        if error.code != 416 or not have:
            raise
        error.close()  # there is nothing after what we have: it is whole
    os.replace(part, target)


def _receive(answer: object, part: pathlib.Path, have: int) -> None:
    from tqdm.auto import tqdm

    rest = int(answer.headers.get("Content-Length") or 0)
    name = part.name.removesuffix(".part")
    got = 0
    with (
        open(part, "ab" if have else "wb") as file,
        tqdm(total=have + rest or None, initial=have, unit="B", unit_scale=True, desc=name, leave=False) as bar,
    ):
        while piece := answer.read(PIECE):
            file.write(piece)
            bar.update(len(piece))
            got += len(piece)
    if got < rest:
        raise ConnectionError(f"the connection ended after {have + got} of {have + rest} bytes")


def _pooch() -> ModuleType:
    try:
        import pooch
        import tqdm.auto  # noqa: F401
    except ImportError as error:
        raise ImportError("fetching data needs pooch and tqdm: pip install 'tensorbook[notebooks]'") from error
    pooch.get_logger().setLevel("WARNING")
    return pooch
