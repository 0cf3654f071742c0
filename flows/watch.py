"""The watched folder: files laid into an organisation's subfolder are taken in by themselves.

Nothing there is moved or changed. A file is read once it has stayed as it is from one look to the
next; what was taken in is known again, also after a restart.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from connector.bankfile import Limits
from flows import importing
from flows.bank import naming
from flows.bank.files import File
from flows.importing import ASKED, LATER, Kind
from store import bank_files, exceptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flows.importing import Handed
    from flows.tools import Tools

log = structlog.get_logger()

WHO = "watched folder"
TROUBLE = "watch_folder"
# Beside the folders of accounts: what lies in it is from payers, whatever it looks like.
ADVICES = "remittances"
# What programs write while a file is still coming.
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload")
# So many files are taken in at one look; the rest at the next.
FILES_MAX = 50

_ALLOW = "Let Dunnock read it, or take it away."

State = tuple[int, int]


class Watch:
    """Looks into the folder; remembers how each file stood when it last looked."""

    def __init__(self, tools: Tools, folder: Path) -> None:
        """Prepare to look; nothing is read yet."""
        self._tools = tools
        self._folder = folder
        self._stood: dict[Path, State] = {}
        self._done: dict[Path, State] = {}
        # What a person was told of, until it is settled: whose it is, and in which words.
        self._told: dict[Path, tuple[int | None, str]] = {}
        # What cannot be taken in yet, and so is looked at again.
        self._later: set[Path] = set()

    def look(self) -> list[Handed]:
        """Take in what has settled since the last look."""
        taken: list[Handed] = []
        stands = {path: state for path in self._paths() if (state := _state(path))}
        settled = [
            path
            for path, state in stands.items()
            if self._stood.get(path) == state and self._done.get(path) != state
        ]
        self._stood = stands
        for path in settled[:FILES_MAX]:
            found = self._take(path)
            if path not in self._later:
                self._done[path] = stands[path]
            taken += [found] if found else []
        gone = self._told.keys() - stands.keys() - {self._folder}
        self._close(one for one in gone if not _is_folder(one))
        return taken

    def _paths(self) -> Iterator[Path]:
        """List the files: in a folder for each organisation, perhaps in one for an account."""
        if not _is_folder(self._folder):
            self._tell(
                self._folder, f"{self._folder} is not there", "Make it, or change watch_folder."
            )
            return
        self._close([self._folder])
        for organisation in filter(_is_folder, self._within(self._folder)):
            for path in self._within(organisation):
                if _is_folder(path):
                    yield from filter(_is_file, self._within(path))
                elif _is_file(path):
                    yield path

    def _within(self, folder: Path) -> list[Path]:
        """List what lies in a folder and is not hidden; one that cannot be opened is told."""
        try:
            found = sorted(one for one in folder.iterdir() if not _is_hidden(one))
        except OSError as error:
            self._tell(folder, f"{folder} cannot be opened: {error.strerror}", _ALLOW)
            return []
        self._close([folder])
        return found

    def _take(self, path: Path) -> Handed | None:
        """Take a file in; None when that is not possible yet, or was done before."""
        try:
            ours, account_id, kind = self._whose(path)
        except LookupError as error:
            self._tell(path, str(error), "Name the folder after it; Dunnock goes on looking.")
            return None
        try:
            if path.stat().st_size > Limits().file_bytes:
                most = Limits().file_bytes // (1024 * 1024)
                self._tell(path, f"it is larger than {most} MB", "Download a shorter period.")
                return None
            file = File(path.name, path.read_bytes(), account_id)
        except OSError as error:
            self._tell(path, f"it cannot be read: {error.strerror}", _ALLOW)
            return None
        with self._tools.sessions.begin() as s:
            known = bank_files.with_digest(s, ours, file.digest)
        if known:
            # Whatever came of it was told then.
            self._close([path])
            return None
        handed = importing.take(self._tools, ours, file, kind, who=WHO)
        self._tell_of(path, handed, ours)
        return handed

    def _tell_of(self, path: Path, handed: Handed, ours: int) -> None:
        """Tell of what is kept nowhere; a bank file that cannot be read tells of itself."""
        if handed.state == ASKED:
            fix = f"Lay it into the folder of its bank account, or into one called {ADVICES}."
            self._tell(path, handed.said, fix, ours, again=False)
        elif handed.state == LATER:
            self._tell(path, handed.said, "Connect the ledger; Dunnock goes on looking.", ours)
        elif handed.kind is Kind.REMITTANCE and not handed.is_in:
            fix = "Ask the payer for it in another form, or write the list down and hand that in."
            self._tell(path, handed.said, fix, ours, again=False)
        else:
            self._close([path])

    def _whose(self, path: Path) -> tuple[int, int | None, Kind | None]:
        """Give the organisation and, as far as its folder says so, the account and what it is.

        Raises LookupError.
        """
        organisation, *inner, _ = map(naming.plain, path.relative_to(self._folder).parts)
        place = next(iter(inner), "")
        with self._tools.sessions.begin() as s:
            ours = naming.organisation(s, organisation).id
            if place.casefold() == ADVICES:
                return ours, None, Kind.REMITTANCE
            return ours, naming.account(s, ours, place).id if place else None, None

    def _tell(
        self, path: Path, said: str, fix: str, ours: int | None = None, *, again: bool = True
    ) -> None:
        """Say once what is in the way; `again` when the file is looked at again by itself.

        Of a file of nobody's, whoever runs Dunnock is told.
        """
        if self._told.get(path) == (ours, said):
            return
        self._close([path])
        self._told[path] = ours, said
        if again:
            self._later.add(path)
        shown, name = naming.plain(str(path)), naming.plain(path.name)
        log.warning("watched folder", path=shown, said=said)
        with self._tools.sessions.begin() as s:
            exceptions.open_exception(
                s,
                ours,
                kind=TROUBLE,
                subject=f"folder:{shown}",
                title=f"A file in the watched folder is not taken in: {name}",
                detail=naming.plain(said),
                fix=fix,
                now=self._tools.clock(),
            )

    def _close(self, settled: Iterable[Path]) -> None:
        """Close what is told of files and folders that are no trouble any more."""
        for path in [one for one in settled if one in self._told]:
            ours, _said = self._told.pop(path)
            self._later.discard(path)
            with self._tools.sessions.begin() as s:
                exceptions.close_subject(
                    s,
                    ours,
                    f"folder:{naming.plain(str(path))}",
                    who="dunnock",
                    now=self._tools.clock(),
                    resolution="settled",
                )


def _is_folder(path: Path) -> bool:
    with suppress(OSError):
        return path.is_dir()
    return False


def _is_file(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() not in UNFINISHED


def _is_hidden(path: Path) -> bool:
    # A link may lead anywhere: what is watched is what lies here.
    return path.name.startswith(".") or path.is_symlink()


def _state(path: Path) -> State | None:
    """Say how a file stands; None for one that was taken away since it was listed."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
