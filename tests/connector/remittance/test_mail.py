from __future__ import annotations

from email.message import EmailMessage

import pytest

from connector.remittance.advice import UnreadableError
from connector.remittance.parse import parse
from tests.connector.remittance.paper import pdf, table
from tests.connector.remittance.test_lists import GIVEN, paid
from tests.connector.remittance.test_sheets import workbook

LIST = "Invoice    Paid\nINV-1001   100.00\nTotal      100.00\n"
SHEET = workbook([["Invoice", "Paid"], ["INV-1002", 50.0], ["Total", 50.0]])


CUT = b"""From: =?utf-8?q?=
Content-Type: multipart/mixed; boundary=x

--x
Content-Disposition: attachment; filename=a.pdf

%PDF-
--x--"""


def mail(text: str, subtype: str = "plain") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Marlow Payables <ap@marlow.example>"
    message["Subject"] = "Remittance advice"
    message.set_content(text, subtype=subtype)
    return message


def test_the_text_of_a_mail_is_read_and_its_sender_kept() -> None:
    (found,) = parse("", mail(LIST).as_bytes(), GIVEN)
    assert paid(found) == {"INV-1001": "100.00"}
    assert (found.sender, found.payer_name) == ("ap@marlow.example", "Marlow Payables")


def test_a_table_in_a_page_is_read() -> None:
    page = """<html><head><style>td {x: 1.00}</style></head><body><p>Dear&nbsp;all,</p><table>
        <tr><th>Invoice</th><th>Paid</th></tr>
        <tr><td>INV-1001</td><td>&pound;100.00</td></tr><tr><td>Total</td><td>100.00</td></tr>
        </table></body></html>"""
    (found,) = parse("", mail(page, "html").as_bytes(), GIVEN)
    assert {line.reference: str(line.amount) for line in found.lines} == {"INV-1001": "100.00 GBP"}
    (bare,) = parse("", page.encode(), GIVEN)
    assert bare.lines == found.lines


def test_what_is_attached_goes_before_the_text() -> None:
    message = mail("Please find INV-9999 9.99 attached")
    message.add_attachment(SHEET, maintype="application", subtype="octet-stream", filename="a.xlsx")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="logo.png")
    (found,) = parse("x.eml", message.as_bytes(), GIVEN)
    assert paid(found) == {"INV-1002": "50.00"}
    assert found.sender == "ap@marlow.example"


def test_one_list_attached_twice_is_one_and_two_lists_are_two() -> None:
    message = mail("see attached")
    rows = table([("Invoice", "Paid"), ("INV-1002", "50.00"), ("Total", "50.00")])
    for name, content in (("a.xlsx", SHEET), ("a.pdf", pdf(rows)), ("b.txt", LIST.encode())):
        message.add_attachment(content, maintype="application", subtype="x", filename=name)
    found = parse("x.eml", message.as_bytes(), GIVEN)
    assert [paid(one) for one in found] == [{"INV-1002": "50.00"}, {"INV-1001": "100.00"}]


def test_an_attachment_that_cannot_be_read_leaves_the_text() -> None:
    message = mail(LIST)
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="a.pdf")
    (found,) = parse("x.eml", message.as_bytes(), GIVEN)
    assert paid(found) == {"INV-1001": "100.00"}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "it is empty"),
        (b"From: a@b.example\n\n", "it is empty"),
        (b"From: a@b.example\nContent-Type: image/png\n\nx", "it is empty"),
        (b"From: a@b.example\n\nHello", "no line names"),
        (CUT, "a.pdf: the PDF is damaged"),
    ],
)
def test_a_mail_without_a_list_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(UnreadableError, match=told):
        parse("x.eml", body, GIVEN)


def test_a_mail_the_parser_stumbles_over_is_refused() -> None:
    body = b"From: a@b.example\nContent-Type: text/plain; charset=martian\n\nINV-1001 5.00"
    with pytest.raises(UnreadableError, match="mail is damaged"):
        parse("x.eml", body, GIVEN)
