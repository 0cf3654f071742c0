"""What came of a bank file that somebody handed in."""

from __future__ import annotations

from dataclasses import dataclass

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
