"""What every board must keep, whatever it shows: called by the tests of each."""

import json
import xml.etree.ElementTree as ET

from tensorbook.widgets.board import Board
from tensorbook.widgets.cells import indices

SVG = "{http://www.w3.org/2000/svg}"


def panel(board: Board, name: str) -> dict:
    return next(p for p in board.picture["panels"] if p["id"] == name)


def texts(board: Board, name: str) -> list[str]:
    return panel(board, name)["texts"]


def number(board: Board, name: str, *index: int) -> int:
    return indices(panel(board, name)["shown"]).index(index)


def linked(board: Board, name: str, *index: int) -> dict[str, list[tuple[int, ...]]]:
    """The cells that belong to one cell, as indices."""
    found = board.picture["links"][name][number(board, name, *index)]
    return {other: [indices(panel(board, other)["shown"])[k] for k in cells] for other, cells in found.items()}


def formula(board: Board, name: str, *index: int) -> str:
    words = board.picture["words"][name][number(board, name, *index)]
    return "".join(piece[0] for piece in words["formula"])


def check_board(board: Board) -> None:
    """The JSON is whole and small, the static picture holds all of it in both themes, and nothing reaches outside."""
    p = board.picture
    json.dumps(p, allow_nan=False)
    for each in p["panels"]:
        cells = indices(each["shown"])
        assert len(cells) == len(each["texts"]) == len(each["names"]) <= 2 * board.most
        assert all(0 <= k < len(cells) for k in each["kinds"])
        assert each["shades"] is None or len(each["shades"]) == len(cells)
        assert len(p["words"].get(each["id"], cells)) == len(cells)
        assert len(p["links"].get(each["id"], cells)) == len(cells)
    sizes = {each["id"]: len(each["texts"]) for each in p["panels"]}
    for link in (link for links in p["links"].values() for link in links):
        assert all(0 <= k < sizes[name] for name, cells in link.items() for k in cells)
    for theme in ("light", "dark"):
        root = ET.fromstring(board.to_svg(theme))
        assert root.get("aria-label") == board.alt
        width, height = float(root.get("width")), float(root.get("height"))
        for rect in root.iter(f"{SVG}rect"):
            x, y, w, h = (float(rect.get(k)) for k in ("x", "y", "width", "height"))
            assert x >= 0 and y >= 0 and x + w <= width + 0.1 and y + h <= height + 0.1
        for text in root.iter(f"{SVG}text"):
            assert 0 <= float(text.get("y")) <= height
    assert board.to_svg() == board.to_svg()
    assert repr(board) == f"<{type(board).__name__}: {board.alt}>"


def check_quiz(board: Board, wrong: str, secret: str) -> None:
    """Before the answer nothing tells it; a wrong guess is told so; the right one opens the picture."""
    answer = board.answer
    assert secret not in {p["id"] for p in board.picture["panels"]} and board.picture["links"] == {}
    assert answer not in json.dumps({**board.picture, "shapes": None}, ensure_ascii=False)
    assert answer not in board.to_svg() and answer not in repr(board)
    assert not board.predict(wrong) and board.guess == wrong and not board.revealed
    assert secret not in {p["id"] for p in board.picture["panels"]}
    board._arrive(board, {"kind": "guess", "data": {"text": f" {answer.lower()} "}}, [])
    assert board.error == "" and board.revealed and board.picture["quiz"]["verdict"].startswith("yes")
    assert secret in {p["id"] for p in board.picture["panels"]}
