"""One bank file: what is wrong with it, and for CSV which column is what, seen before it counts."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from connector.bankfile import CsvMapping, preview
from flows.bank import accounts as accounts_flow
from flows.bank import files as files_flow
from flows.bank import taking_back, trouble
from flows.bank.files import File
from ledger.money import MoneyError, exponent
from store import bank_accounts, bank_files, exceptions
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from connector.bankfile import Reading
    from store.bank_accounts import BankAccountRow
    from store.bank_files import BankFileRow

pages = Blueprint("bank_csv", __name__, url_prefix="/o/<public_id>/bank/files")

LINES_SHOWN = 20
HEAD_LINES = 6
HEAD_BYTES = 8_192
NEW = "new"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to say about a CSV file: a field of the mapping, in plain words."""

    name: str
    label: str
    text: str = ""
    is_column: bool = True
    # Seldom needed, or seldom wrong as proposed.
    is_rare: bool = False


ENTRIES = (
    Entry("day", "Day", "The column with the booking day."),
    Entry(
        "day_format", "Days are written", "With D, M and Y, such as DD.MM.YYYY.", is_column=False
    ),
    Entry("amount", "Amount", "One column with a sign, or leave it empty and give the next two."),
    Entry("money_in", "Money in"),
    Entry("money_out", "Money out"),
    Entry("decimal_mark", "Decimal mark", "A point or a comma.", is_column=False),
    Entry("thousands_mark", "Thousands mark", "Empty if there is none.", is_column=False),
    Entry("text", "Text", "What the line says; several columns with | between them."),
    Entry("reference", "Reference"),
    Entry("payer_name", "Payer"),
    Entry("payer_account", "Payer's account", is_rare=True),
    Entry("bank_id", "The bank's own number of the line", is_rare=True),
    Entry("end_to_end_id", "The payer's own number of the payment", is_rare=True),
    Entry("structured_reference", "Structured reference", is_rare=True),
    Entry("account_column", "Account", "A column with the account's number.", is_rare=True),
    Entry("currency_column", "Currency", is_rare=True),
    Entry("value_day", "Value day", is_rare=True),
    Entry("balance", "Balance after the line", is_rare=True),
    Entry(
        "direction",
        "Direction",
        "A column with a word for money in or out, if there is one.",
        is_rare=True,
    ),
    Entry(
        "delimiter",
        "Columns are divided by",
        "A comma, a semicolon or \\t.",
        is_column=False,
        is_rare=True,
    ),
    Entry(
        "encoding",
        "Encoding",
        "Such as utf-8 or cp1252; empty finds out.",
        is_column=False,
        is_rare=True,
    ),
    Entry(
        "header_line",
        "Line with the names",
        "Counted from 1; 0 if there is none.",
        is_column=False,
        is_rare=True,
    ),
)


@pages.get("/<int:file_id>")
def show(file_id: int) -> str:
    """Show a file; one that waits shows how it would be read."""
    found = _file(file_id)
    body = _body(found)
    mapping = _proposed(found, body)
    return _page(found, body, mapping, None)


@pages.post("/<int:file_id>/read")
def read(file_id: int) -> Response | str | tuple[str, int]:
    """Show how the file would be read, or take it in so."""
    found = _file(file_id)
    body = _body(found)
    if body is None or found.state == bank_files.READ:
        abort(404)
    try:
        mapping = _mapping(request.form)
        account = _account(request.form)
    except ValueError as error:
        flash(str(error), "error")
        return _page(found, body, _proposed(found, body), None), 422
    if request.form.get("what") != "take":
        number, currency = _named(account, request.form)
        whole = replace(mapping, account=number, currency=currency)
        return _page(found, body, mapping, preview(body, whole))
    return _take(found, body, mapping, account)


@pages.post("/<int:file_id>/forget")
def forget(file_id: int) -> Response:
    """Let go of a file that nobody wants read."""
    found = _file(file_id)
    with site().tools.sessions.begin() as s:
        dropped = bank_files.forget(s, organisation().id, found.id)
        if dropped:
            about = trouble.file_subject(found.id)
            exceptions.close_subject(
                s, organisation().id, about, who=who(), now=now(), resolution="let go"
            )
    flash("Let go." if dropped else "It was taken in already.")
    return redirect(url_for("bank.show"))


@pages.post("/<int:file_id>/take-back")
def take_back(file_id: int) -> Response:
    """Forget what a file told that was taken in by mistake."""
    found = _file(file_id)
    try:
        with site().tools.sessions.begin() as s:
            taking_back.take_back(s, organisation().id, found.id, who=who(), now=now())
    except ValueError as error:
        told = str(error)
        flash(f"{told[:1].upper()}{told[1:]}.", "error")
        return redirect(url_for("bank_csv.show", file_id=file_id))
    flash("Taken back. Nothing of it counts any more, and the file may come again.")
    return redirect(url_for("bank.show"))


def _take(
    found: BankFileRow, body: bytes, mapping: CsvMapping, account: BankAccountRow | None
) -> Response:
    ours = organisation().id
    if account is None:
        number, currency = _named(None, request.form)
        with site().tools.sessions.begin() as s:
            account = accounts_flow.add(s, ours, number, currency, now())
    whole = replace(mapping, account=account.number, currency=account.currency)
    file = File(found.name, body, account.id, whole)
    taken = files_flow.take(site().tools, ours, file, who=who())
    flash(taken.sentence, "message" if taken.is_well else "error")
    if taken.state in (bank_files.WAITING, bank_files.UNREADABLE):
        return redirect(url_for("bank_csv.show", file_id=found.id))
    if taken.asked:
        return redirect(url_for("bank.account", account_id=account.id))
    return redirect(url_for("bank.show"))


def _file(file_id: int) -> BankFileRow:
    with looking() as s:
        found = bank_files.get(s, organisation().id, file_id)
    if found is None:
        abort(404)
    return found


def _body(found: BankFileRow) -> bytes | None:
    with looking() as s:
        return bank_files.body(s, organisation().id, found.id)


def _proposed(found: BankFileRow, body: bytes | None) -> CsvMapping | None:
    """Give how the file seems to be meant; None when it is no CSV file, or needs nothing said."""
    if body is None or found.state != bank_files.WAITING:
        return None
    return files_flow.proposed(body)


def _page(
    found: BankFileRow, body: bytes | None, mapping: CsvMapping | None, reading: Reading | None
) -> str:
    with looking() as s:
        accounts = bank_accounts.everyone(s, organisation().id)
    lines = [line for one in reading.statements for line in one.lines] if reading else []
    return render_template(
        "bank_file.html",
        file=found,
        mapping=mapping,
        values=_values(mapping) if mapping else {},
        entries=ENTRIES,
        head=_head(body, mapping) if mapping else [],
        columns=_columns(body, mapping) if mapping else [],
        accounts=accounts,
        reading=reading,
        lines=lines[:LINES_SHOWN],
        more=max(len(lines) - LINES_SHOWN, 0),
        typed=request.form,
        NEW=NEW,
    )


def _values(mapping: CsvMapping) -> dict[str, str]:
    """Write a mapping as the form shows it."""
    told = {one.name: getattr(mapping, one.name) for one in ENTRIES}
    plain = {
        name: "|".join(one) if isinstance(one, tuple) else str(one) for name, one in told.items()
    }
    return {**plain, "delimiter": plain["delimiter"].replace("\t", "\\t")}


def _mapping(form: Mapping[str, str]) -> CsvMapping:
    """Read the form. Raises ValueError naming the field and the fix."""
    told = {one.name: form.get(one.name, "").strip() for one in ENTRIES}
    header = told["header_line"] or "1"
    if not header.isdecimal():
        raise ValueError("Line with the names: give a number, 0 if there is none.")
    # A mark of thousands may be a space.
    thousands = form.get("thousands_mark", "")[:1]
    delimiter = form.get("delimiter", "").replace("\\t", "\t")[:1]
    if told["encoding"] and not _is_known(told["encoding"]):
        raise ValueError(f"Encoding: {told['encoding']!r} is not known; leave it empty.")
    if not delimiter:
        raise ValueError("Columns are divided by: give one sign, such as a comma.")
    words: dict[str, Any] = {
        name: value
        for name, value in told.items()
        if name not in {"header_line", "text", "thousands_mark", "delimiter"}
    }
    return CsvMapping(
        **words,
        header_line=int(header),
        thousands_mark=thousands,
        delimiter=delimiter,
        text=tuple(one.strip() for one in told["text"].split("|") if one.strip()),
    )


def _is_known(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True


def _account(form: Mapping[str, str]) -> BankAccountRow | None:
    """Give the account that was chosen; None for a new one. Raises ValueError naming the fix."""
    wanted = form.get("account", "")
    if wanted == NEW:
        _named(None, form)
        return None
    with looking() as s:
        account_id = int(wanted) if wanted.isdecimal() else 0
        found = bank_accounts.get(s, organisation().id, account_id)
    if found is None:
        raise ValueError("Account: choose which account the file is of, or name a new one.")
    return found


def _named(account: BankAccountRow | None, form: Mapping[str, str]) -> tuple[str, str]:
    """Give number and currency. Raises ValueError naming the field and the fix."""
    if account is not None:
        return account.number, account.currency
    number, currency = (
        form.get("number", "").strip()[:100],
        form.get("currency", "").strip().upper(),
    )
    if not number:
        raise ValueError("Number or name: give the account's number, or a name you know it by.")
    try:
        exponent(currency)
    except MoneyError as error:
        raise ValueError(f"Currency: {error}.") from None
    return number, currency


def _head(body: bytes | None, mapping: CsvMapping) -> Sequence[str]:
    """Give the first lines of the file as they stand."""
    text = (body or b"")[:HEAD_BYTES].decode(mapping.encoding or "utf-8", errors="replace")
    return text.splitlines()[: max(HEAD_LINES, mapping.header_line)]


def _columns(body: bytes | None, mapping: CsvMapping) -> Sequence[str]:
    """Name the columns, as the form suggests them."""
    lines = _head(body, mapping)
    if not 0 < mapping.header_line <= len(lines):
        return []
    row = next(csv.reader([lines[mapping.header_line - 1]], delimiter=mapping.delimiter), [])
    return [one.strip() for one in row if one.strip()]
