"""Predict first, then see: what a widget made with `quiz=True` asks, and what it makes of an answer."""

from __future__ import annotations

from typing import Any

from .base import Picture


class Quiz(Picture):
    """A picture that may ask a question first. A subclass says `question` and `answer`, and hides what tells it."""

    question = ""

    def __init__(self, *, quiz: bool = False):
        self.quiz = bool(quiz)
        self.revealed = not self.quiz
        self.guess = ""
        """What was typed last into the quiz."""
        self._verdict = ""
        super().__init__()

    @property
    def answer(self) -> str:
        """The right answer to the quiz, as one would type it."""
        return ""

    def hint(self, guess: str) -> str:
        """What to say about a wrong guess, without giving the answer."""
        return "not yet"

    def is_right(self, guess: str) -> bool:
        """Does a guess mean the answer?"""
        return plain(guess) == plain(self.answer)

    def predict(self, guess: str) -> bool:
        """Answer the question; the picture is shown once the guess is right."""
        self.guess = str(guess)
        right = self.is_right(self.guess)
        self._verdict = f"yes: {self.answer}" if right else self.hint(self.guess)
        self.revealed = self.revealed or right
        self.refresh()
        return right

    def reveal(self) -> None:
        """Show the picture without an answer."""
        self._verdict = "" if self.revealed else f"the answer is {self.answer}"
        self.revealed = True
        self.refresh()

    def ask_again(self) -> None:
        """Hide what is asked for once more, after what is shown has changed."""
        self.revealed, self.guess, self._verdict = not self.quiz, "", ""

    def receive(self, kind: str, data: dict[str, Any]) -> Any:
        if kind == "guess":
            return self.predict(str(data["text"])[:200])
        if kind == "reveal":
            return self.reveal()
        return super().receive(kind, data)

    def asking(self) -> dict[str, Any] | None:
        """The quiz as JSON, for the page; None where there is none."""
        if not self.quiz:
            return None
        return {"question": self.question, "guess": self.guess, "verdict": self._verdict, "open": not self.revealed}


def plain(answer: str) -> str:
    """An answer without what does not matter: blanks, brackets, case, a last comma.

    >>> plain(" (3, 4) ") == plain("3,4"), plain("(3,)") == plain("3")
    (True, True)
    """
    words = "".join(c for c in answer.lower() if c not in " ()[]").removeprefix("torch.size")
    return words.rstrip(",") if words else "()"
