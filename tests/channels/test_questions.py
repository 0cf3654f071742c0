"""The question which invoices a payment is for, in words and by e-mail."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from channels import EmailChannel
from channels.email import EmailSettings
from channels.wording import write_question
from ledger.money import Money
from sandbox.mail import Mailbox
from sandbox.shelf import Shelf
from tests.channels.test_wording import ADA, SHOP, Row, row

NOW = datetime(2026, 9, 15, 9, 30, tzinfo=UTC)
LINK = "https://dunnock.example/remit/a-token-that-is-longer-than-a-line-of-a-mail-and-stays-whole"

PAID = Money(123_450, "GBP")


@dataclass(frozen=True)
class Question:
    lines: tuple[Row, ...]
    to: str = "ada@engines.example"
    paid: Money = PAID
    received: date = date(2026, 9, 14)
    link: str = LINK


TWO = Question((row("INV-7", 7), row("INV-8", -3, 5_000)))
TEXT = f"""\
Hello Ada Lovelace <Engines>,

On 14 September 2026 we received a payment of £1,234.50 that seems to
come from you, thank you. It names no invoice, so we cannot tell what it
is for.

Please let us know. The page behind this link takes a minute and needs
no password; nothing is to be paid there.

Say which invoices it is for:
{LINK}

Open invoices
- INV-7 of 9 August 2026, due 8 September 2026: £1,234.50
- INV-8 of 19 August 2026, due 18 September 2026: £50.00
Total: £1,284.50

You can also reply with the numbers of the invoices and the amounts. If
the payment is not yours, or is meant for something else, please reply
and tell us.

Kind regards,
Alder & Sons

"""


def test_the_question_names_the_payment_what_is_open_and_the_link() -> None:
    words = write_question(TWO, ADA, SHOP)
    assert words.subject == "Your payment of £1,234.50: which invoices is it for?"
    assert words.text.startswith(TEXT)
    assert f'<a href="{LINK}">Say which invoices it is for</a>' in words.html
    assert "Ada Lovelace &lt;Engines&gt;" in words.html
    assert words.html.count("INV-7") == 1


def test_one_invoice_is_spoken_of_as_one() -> None:
    words = write_question(replace(TWO, lines=TWO.lines[:1]), ADA, SHOP)
    assert words.subject == "Your payment of £1,234.50: which invoice is it for?"
    assert "Total:" not in words.text


def test_a_question_arrives_once_and_as_written() -> None:
    mailbox = Mailbox(Shelf(), lambda: NOW)
    settings = EmailSettings("reminders@alder.example", "accounts@alder.example")
    channel = EmailChannel(settings, lambda: mailbox, lambda: NOW)
    sent = channel.ask(TWO, ADA, SHOP, "ask:bank:r1")
    (kept,) = mailbox.messages()
    assert sent == kept.message_id
    assert kept.to == ("ada@engines.example",)
    assert kept.header("Reply-To") == "Alder & Sons <accounts@alder.example>"
    assert LINK in kept.text
