"""`dunnock import`: bank files from a command line, taken in as the bank page does."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from connector.bankfile import Limits
from flows.bank import files, naming
from flows.bank.files import File

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from flows.bank.taken import Taken
    from flows.tools import Tools

WHO = "command line"


def run(tools: Tools, paths: Sequence[Path], organisation: str, account: str) -> Iterator[Taken]:
    """Take files in, one after the other. Raises LookupError before any, for an unknown name."""
    with tools.sessions.begin() as s:
        ours = naming.organisation(s, organisation).id
        account_id = naming.account(s, ours, account).id if account else None
    return (
        files.take(tools, ours, File(path.name, _head(path), account_id), who=WHO) for path in paths
    )


def _head(path: Path) -> bytes:
    """Read a file, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(Limits().file_bytes + 1)


def told(taken: Taken) -> dict[str, Any]:
    """Give what came of a file as JSON shows it."""
    return {name: value for name, value in asdict(taken).items() if name != "account_ids"}
