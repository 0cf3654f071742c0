"""Files handed in without a page: bank files and remittance advices, told apart by what they hold.

A CSV file may be either. Whoever hands it in then says which: nobody's statement is to pass for
what a payer said, nor the other way round.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from connector import bankfile, remittance
from flows import remittances
from flows.bank import files, naming
from flows.bank.files import File
from flows.bank.taken import KNOWN
from flows.remittances import NotYetError
from store.bank_files import READ, UNREADABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from flows.bank.taken import Taken
    from flows.tools import Tools
    from ledger.remittances import Remittance

WHO = "command line"
# Nobody knows what it is; a person says so.
ASKED = "asked"
# It is read once the ledger was.
LATER = "later"
EITHER = "it may be a bank statement or a remittance advice"


Advices = tuple["Remittance", ...]


class Kind(StrEnum):
    """What a file is taken as."""

    BANK = "bank"
    REMITTANCE = "remittance"


@dataclass(frozen=True, slots=True)
class Handed:
    """What came of a file: read, known, waiting, unreadable, asked or later.

    `kind` is what it was taken as, None for one that may be either. `said` says why it is not in,
    `sentence` all that came of it, `told` the same as JSON shows it.
    """

    name: str
    kind: Kind | None
    state: str
    said: str
    sentence: str
    told: Mapping[str, Any]

    @property
    def is_in(self) -> bool:
        """Whether it is taken in, now or before."""
        return self.state in (READ, KNOWN)


def run(
    tools: Tools, paths: Sequence[Path], organisation: str, account: str, kind: Kind | None = None
) -> Iterator[Handed]:
    """Take files in, one after the other. Raises LookupError before any, for an unknown name."""
    with tools.sessions.begin() as s:
        ours = naming.organisation(s, organisation).id
        account_id = naming.account(s, ours, account).id if account else None
    return (
        take(tools, ours, File(path.name, _head(path), account_id), kind, who=WHO) for path in paths
    )


def _head(path: Path) -> bytes:
    """Read a file, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(bankfile.Limits().file_bytes + 1)


def take(
    tools: Tools, organisation_id: int, file: File, kind: Kind | None = None, *, who: str
) -> Handed:
    """Take a file in as what it is, or as `kind` says.

    Raises LookupError for an account that is not this organisation's.
    """
    found: Advices = ()
    try:
        if kind is None:
            kind, found = _told_apart(tools, organisation_id, file)
        if kind is Kind.REMITTANCE:
            found = found or remittances.read(tools, organisation_id, file.name, file.body)
            return _keep_advices(tools, organisation_id, file, found, who)
    except NotYetError as error:
        return _not_in(file, kind, LATER, error)
    except remittance.UnreadableError as error:
        return _not_in(file, kind, UNREADABLE, error)
    if kind is None:
        return _not_in(file, kind, ASKED, EITHER)
    return _of_bank(files.take(tools, organisation_id, file, who=who))


def _told_apart(tools: Tools, organisation_id: int, file: File) -> tuple[Kind | None, Advices]:
    """Tell what a file is by what it holds, None when it may be either; and what was read of it."""
    if remittance.form_of(file.name, file.body):
        return Kind.REMITTANCE, ()
    family = bankfile.family(file.body)
    if family not in ("csv", "") or (family and file.account_id is not None):
        return Kind.BANK, ()
    try:
        found = _listed(tools, organisation_id, file)
    except remittance.UnreadableError:
        # What nobody can read is kept as a bank file, with the reason.
        return Kind.BANK, ()
    return (None if family and _is_statement(file.body) else Kind.REMITTANCE), found


def _listed(tools: Tools, organisation_id: int, file: File) -> Advices:
    """Read a text as an advice; gives none of one that must wait. Raises UnreadableError."""
    try:
        return remittances.read(tools, organisation_id, file.name, file.body)
    except NotYetError:
        # Whether it is a list at all, any currency tells.
        remittance.read(file.name, file.body, remittance.Given(tools.clock().date(), "EUR"))
        return ()


def _is_statement(body: bytes) -> bool:
    """Say whether a text is a table with a day and an amount in each row, as a bank gives it."""
    found = files.proposed(body)
    return bool(found and found.day and (found.amount or found.money_in or found.money_out))


def _of_bank(taken: Taken) -> Handed:
    told = {name: value for name, value in asdict(taken).items() if name != "account_ids"}
    sentence = taken.sentence
    if taken.state == READ:
        sentence += f" Taken as a bank file ({taken.format})."
    told |= {"kind": Kind.BANK.value}
    return Handed(taken.name, Kind.BANK, taken.state, taken.said, sentence, told)


def _keep_advices(
    tools: Tools, organisation_id: int, file: File, found: Advices, who: str
) -> Handed:
    with tools.sessions.begin() as s:
        taken = remittances.keep(s, organisation_id, file.name, found, who=who, now=tools.clock())
    state = READ if any(is_new for _, is_new in taken) else KNOWN
    said = " ".join(_capital(remittances.said(one, is_new=is_new)) for one, is_new in taken)
    sentence = f"{file.name}: {said} Taken as a remittance advice."
    return Handed(file.name, Kind.REMITTANCE, state, "", sentence, _told(file, state, taken))


def _told(file: File, state: str, taken: Sequence[tuple[Remittance, bool]]) -> dict[str, Any]:
    return {
        "name": file.name,
        "kind": Kind.REMITTANCE.value,
        "state": state,
        "format": remittance.form_of(file.name, file.body) or "text",
        "said": "",
        "problems": [one.problem for one, _ in taken if one.problem],
        "advices": len(taken),
        "lines": sum(len(one.lines) for one, _ in taken),
        "new": sum(is_new for _, is_new in taken),
    }


def _not_in(file: File, kind: Kind | None, state: str, why: object) -> Handed:
    said = f"{_capital(str(why))}."
    told = {"name": file.name, "kind": kind and kind.value, "state": state, "said": said}
    return Handed(file.name, kind, state, said, f"{file.name} is not taken in. {said}", told)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
