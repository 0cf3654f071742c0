"""The one error of connecting: what a person is told, and a word for programs."""

from __future__ import annotations


class ConsentError(Exception):
    """Connecting did not work; nothing of it was kept, and the text says why and what to do."""

    def __init__(self, code: str, text: str) -> None:
        """Keep a word that does not change, such as denied, and the sentence a person reads."""
        super().__init__(text)
        self.code = code
        self.text = text
