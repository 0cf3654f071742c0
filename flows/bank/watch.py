"""The watched folder: bank files laid into an organisation's subfolder are taken in by themselves.

Nothing there is moved or changed. A file is read once it has stayed as it is from one look to the
next; what was taken in is known again by its bytes, also after a restart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from connector.bankfile import Limits
from flows.bank import files, naming
from flows.bank.files import File
from store import bank_files, exceptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flows.bank.taken import Taken
    from flows.tools import Tools

log = structlog.get_logger()

WHO = "watched folder"
TROUBLE = "watch_folder"
# What programs write while a file is still coming.
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload")
# So many files are taken in at one look; the rest at the next.
FILES_MAX = 50

State = tuple[int, int]


class Watch:
    """Looks into the folder; remembers how each file stood when it last looked."""

    def __init__(self, tools: Tools, folder: Path) -> None:
        """Prepare to look; nothing is read yet."""
        self._tools = tools
        self._folder = folder
        self._stood: dict[Path, State] = {}
        self._done: dict[Path, State] = {}
        # What a person was told of, until it is settled.
        self._told: set[Path] = set()

    def look(self) -> list[Taken]:
        """Take in what has settled since the last look."""
        taken: list[Taken] = []
        stands = {path: _state(path) for path in self._paths()}
        settled = [
            path
            for path, state in stands.items()
            if self._stood.get(path) == state and self._done.get(path) != state
        ]
        self._stood = stands
        for path in settled[:FILES_MAX]:
            found = self._take(path)
            if path not in self._told:
                self._done[path] = stands[path]
            taken += [found] if found else []
        self._close(one for one in self._told - stands.keys() if one != self._folder)
        return taken

    def _paths(self) -> Iterator[Path]:
        """List the files: in a folder for each organisation, perhaps in one for an account."""
        if not self._folder.is_dir():
            self._tell(
                self._folder, f"{self._folder} is not there", "Make it, or change watch_folder."
            )
            return
        self._close([self._folder])
        for organisation in _folders(self._folder):
            yield from _files(organisation)
            for account in _folders(organisation):
                yield from _files(account)

    def _take(self, path: Path) -> Taken | None:
        """Take a file in; None when that is not possible yet, or was done before."""
        try:
            ours, account_id = self._whose(path)
        except LookupError as error:
            self._tell(path, str(error), "Name the folder after it; Dunnock goes on looking.")
            return None
        if path.stat().st_size > Limits().file_bytes:
            most = Limits().file_bytes // (1024 * 1024)
            self._tell(path, f"it is larger than {most} MB", "Download a shorter period.")
            return None
        self._close([path])
        file = File(path.name, path.read_bytes(), account_id)
        with self._tools.sessions.begin() as s:
            known = bank_files.with_digest(s, ours, file.digest)
        # Whatever came of it was told then.
        return None if known else files.take(self._tools, ours, file, who=WHO)

    def _whose(self, path: Path) -> tuple[int, int | None]:
        """Give the organisation and, if its folder says so, the account. Raises LookupError."""
        organisation, *account, _ = path.relative_to(self._folder).parts
        with self._tools.sessions.begin() as s:
            ours = naming.organisation(s, organisation).id
            known = [naming.account(s, ours, one).id for one in account]
        return ours, next(iter(known), None)

    def _tell(self, path: Path, said: str, fix: str) -> None:
        """Say once what is in the way: whoever runs Dunnock is to see it, whosever file it is."""
        if path in self._told:
            return
        self._told.add(path)
        log.warning("watched folder", path=str(path), said=said)
        with self._tools.sessions.begin() as s:
            exceptions.open_exception(
                s,
                None,
                kind=TROUBLE,
                subject=f"folder:{path}",
                title=f"A bank file in the watched folder is not taken in: {path.name}",
                detail=said,
                fix=fix,
                now=self._tools.clock(),
            )

    def _close(self, settled: Iterable[Path]) -> None:
        """Close what is told of files and folders that are no trouble any more."""
        for path in [one for one in settled if one in self._told]:
            self._told.discard(path)
            with self._tools.sessions.begin() as s:
                exceptions.close_subject(
                    s,
                    None,
                    f"folder:{path}",
                    who="dunnock",
                    now=self._tools.clock(),
                    resolution="settled",
                )


def _folders(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir() and not _is_hidden(one))


def _files(folder: Path) -> list[Path]:
    return sorted(
        one
        for one in folder.iterdir()
        if one.is_file() and not _is_hidden(one) and one.suffix.lower() not in UNFINISHED
    )


def _is_hidden(path: Path) -> bool:
    # A link may lead anywhere: what is watched is what lies here.
    return path.name.startswith(".") or path.is_symlink()


def _state(path: Path) -> State:
    found = path.stat()
    return found.st_size, found.st_mtime_ns
