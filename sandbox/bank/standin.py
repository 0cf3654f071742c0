"""The bank's own books: accounts, the lines booked on them, and the statements printed of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sandbox.bank import bai, camt, mt940
from sandbox.bank.sheet import Line, Sheet

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.shelf import Doc, Shelf

PRINTERS: dict[str, Callable[[Sheet], str]] = {
    "bai2": bai.printed,
    "camt": camt.printed,
    "mt940": mt940.printed,
}
# How an ordinary transfer comes, by as what the bank prints it.
ORDINARY = {"bai2": "ach", "camt": "sepa", "mt940": "fps"}
ENDINGS = {"bai2": "bai", "camt": "xml", "mt940": "sta"}


@dataclass(frozen=True, slots=True)
class Statement:
    """A printed statement, as the file that its customer downloads."""

    name: str
    body: bytes
    closed: date
    closing_minor: int
    lines: int


class BankStandIn:
    """Keeps every account on one shelf. Amounts are minor units of an account's currency."""

    def __init__(self, shelf: Shelf) -> None:
        """Go on with what the shelf holds."""
        self.shelf = shelf

    def open_account(  # noqa: PLR0913 - what an account is
        self,
        key: str,
        *,
        number: str,
        currency: str,
        owner: str,
        opened: date,
        opening_minor: int,
        form: str,
    ) -> None:
        """Open an account, once. `form` says what its statements are printed as."""
        with self.shelf.change():
            if self.shelf.get("account", key) is None:
                account = {"number": number, "currency": currency, "owner": owner, "form": form}
                more = {"opened": opened.isoformat(), "opening": opening_minor}
                self.shelf.put("account", key, account | more)

    def account(self, key: str) -> Doc:
        """Give an account; KeyError for one that was never opened."""
        found = self.shelf.get("account", key)
        if found is None:
            raise KeyError(key)
        return found

    def book(self, key: str, mark: str, line: Line) -> None:
        """Book a line. The same `mark` again changes nothing."""
        with self.shelf.change():
            if self.shelf.get(f"{key}/line", mark) is None:
                number = len(self.shelf.all(f"{key}/line")) + 1
                self.shelf.put(f"{key}/line", mark, {**line.as_doc(), "number": number, "on": 0})

    def lines(self, key: str) -> list[Line]:
        """List what is on printed statements, in their order."""
        docs = [doc for doc in self.shelf.all(f"{key}/line") if doc["on"]]
        return [Line.of(doc) for doc in sorted(docs, key=_place)]

    def mark_of(self, key: str, day: date, minor: int, payer: str) -> str | None:
        """Say by which mark a printed line was booked; None when no line is just so."""
        wanted = (day.isoformat(), minor, payer)
        for mark, doc in self.shelf.items(f"{key}/line"):
            if doc["on"] and (doc["day"], doc["minor"], doc["payer"]) == wanted:
                return mark
        return None

    def statements(self, key: str) -> list[Statement]:
        """List the statements printed so far, oldest first."""
        return [_statement(doc) for doc in self.shelf.all(f"{key}/statement")]

    def statement(self, key: str, day: date) -> Statement:
        """Print what was booked before a day and is on no statement yet; the same day, the same."""
        with self.shelf.change():
            known = self.shelf.get(f"{key}/statement", day.isoformat())
            if known is None:
                known = self._print(key, day)
                self.shelf.put(f"{key}/statement", day.isoformat(), known)
        return _statement(known)

    def _print(self, key: str, day: date) -> Doc:
        account = self.account(key)
        before = self.shelf.all(f"{key}/statement")
        number = len(before) + 1
        since, opening = account["opened"], account["opening"]
        if before:
            last = date.fromisoformat(before[-1]["closed"])
            since, opening = (last + timedelta(days=1)).isoformat(), before[-1]["closing"]
        fresh = [
            (mark, doc)
            for mark, doc in self.shelf.items(f"{key}/line")
            if not doc["on"] and doc["day"] < day.isoformat()
        ]
        for mark, doc in fresh:
            self.shelf.put(f"{key}/line", mark, {**doc, "on": number})
        docs = sorted((doc for _mark, doc in fresh), key=_place)
        closed = day - timedelta(days=1)
        sheet = Sheet(
            account=account["number"],
            currency=account["currency"],
            owner=account["owner"],
            number=number,
            opened=date.fromisoformat(since),
            closed=closed,
            opening_minor=opening,
            lines=tuple(Line.of(doc) for doc in docs),
        )
        return {
            "name": f"{key}-{closed.isoformat()}.{ENDINGS[account['form']]}",
            "text": PRINTERS[account["form"]](sheet),
            "closed": closed.isoformat(),
            "closing": sheet.closing_minor,
            "lines": len(docs),
        }


def _place(doc: Doc) -> tuple[int, str, int]:
    return doc["on"], doc["day"], doc["number"]


def _statement(doc: Doc) -> Statement:
    return Statement(
        doc["name"],
        doc["text"].encode(),
        date.fromisoformat(doc["closed"]),
        doc["closing"],
        doc["lines"],
    )
