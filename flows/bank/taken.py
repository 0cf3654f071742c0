"""What came of a bank file that somebody handed in."""

from __future__ import annotations

from dataclasses import dataclass

from store.bank_files import READ

# The file was taken in before.
KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a file. `state` is read, known, waiting or unreadable; `said` says why.

    Of its `lines` so many were `new`, and so many are `doubted`: they may be known lines told in
    other words. `asked` are accounts that a person has to speak about first.
    """

    name: str
    state: str
    file_id: int
    format: str = ""
    said: str = ""
    problems: tuple[str, ...] = ()
    statements: int = 0
    lines: int = 0
    new: int = 0
    doubted: int = 0
    asked: tuple[str, ...] = ()
    account_ids: tuple[int, ...] = ()

    @property
    def sentence(self) -> str:
        """Say in a sentence or two what came of it."""
        if self.state != READ:
            was = "was known" if self.state == KNOWN else "is not taken in"
            return f"{self.name} {was}. {self.said}"
        told = f"{self.name}: {self.new} of {self.lines} lines are new."
        if self.doubted:
            told += f" {self.doubted} may be known lines in other words: look at them."
        if self.asked:
            told += f" Say whose account it is: {', '.join(self.asked)}."
        return told

    @property
    def is_well(self) -> bool:
        """Whether all of it is taken in, now or before, and nobody has to look at anything."""
        return self.is_in and not (self.problems or self.doubted or self.asked)

    @property
    def is_in(self) -> bool:
        """Whether it is taken in, now or before."""
        return self.state in (READ, KNOWN)
