"""A remittance file read where one stands; `connector.remittance.read` does it apart."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from connector.remittance import listing, mail, pages, rows, sheets, x12
from connector.remittance.advice import Given, UnreadableError
from connector.remittance.forms import decoded, edi_of, is_pdf, is_zip
from ledger.money import exponent

if TYPE_CHECKING:
    from ledger.remittances import Remittance

_FOREIGN = {
    b"\xd0\xcf\x11\xe0": "an old Office file: save it as .xlsx, or the mail as .eml",
    b"\x89PNG": "a picture: ask for the list as a sheet or in a mail",
    b"\xff\xd8\xff": "a picture: ask for the list as a sheet or in a mail",
    b"{\\rtf": "a text with formats (RTF): save it as plain text",
}
_HTML = re.compile(r"\s*(?:<!doctype html|<html|<table|<body)", re.IGNORECASE)


def parse(name: str, body: bytes, given: Given) -> tuple[Remittance, ...]:
    """Read a file of any form, told by what stands in it; raises UnreadableError.

    `name` says no more than whether a text is meant as CSV or as a mail.
    """
    exponent(given.currency)
    if mail.is_mail(name, body):
        return _mail(mail.take_apart(body), given)
    return _file(name, body, given)


def _file(name: str, body: bytes, given: Given) -> tuple[Remittance, ...]:
    if is_pdf(body):
        return (listing.read(rows.of_text(pages.text_of(body)), given),)
    if is_zip(body):
        return sheets.read_xlsx(body, given)
    for start, told in _FOREIGN.items():
        if body.startswith(start):
            msg = f"the file is {told}"
            raise UnreadableError(msg)
    text = decoded(body)
    if edi := edi_of(text):
        return x12.read(edi, given)
    cells = None if _HTML.match(text) else sheets.csv_rows(text, name)
    if cells is not None:
        return (listing.read(cells, given, grid=True),)
    text = mail.text_of_html(text) if _HTML.match(text) else text
    return (listing.read(rows.of_text(text), given),)


def _mail(one: mail.Mail, given: Given) -> tuple[Remittance, ...]:
    """Read what is attached; a mail that has nothing attached, or nothing to read, by its text."""
    given = replace(given, sender=one.sender or given.sender)
    found: dict[object, Remittance] = {}
    problem = "it is empty"
    for name, body in (*one.attached, ("", one.text.encode())):
        try:
            advices = _file(name, body, given) if body.strip() and (name or not found) else ()
        except UnreadableError as error:
            problem = f"{name}: {error}" if name else str(error)
            continue
        for advice in advices:
            # The same list attached twice, as a sheet and as a PDF, is one.
            said = (
                advice.total,
                *sorted((line.reference, str(line.amount)) for line in advice.lines),
            )
            found.setdefault(said, advice)
    if not found:
        raise UnreadableError(problem)
    return tuple(
        replace(advice, payer_name=advice.payer_name or one.sender_name)
        for advice in found.values()
    )
