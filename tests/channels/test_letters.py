"""Letters to members: short, plain, to one address, and each failure told apart."""

from __future__ import annotations

import pytest

from channels.email import EmailSettings, message_id
from channels.letters import Letters
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from sandbox.mail import Mailbox, MailFault
from sandbox.shelf import Shelf
from tests.conftest import NOW

SENDER = "dunnock@alder.example"


@pytest.fixture
def mailbox():
    return Mailbox(Shelf(), lambda: NOW)


@pytest.fixture
def letters(mailbox):
    return Letters(EmailSettings(SENDER), lambda: mailbox, lambda: NOW)


def test_a_letter_arrives_as_written(letters, mailbox):
    sent = letters.send("ann@alder.example", "Subject", "Good day\n", "key 1")
    (kept,) = mailbox.messages()
    assert sent == kept.message_id == message_id("key 1", SENDER)
    assert (kept.to, kept.subject) == (("ann@alder.example",), "Subject")
    assert kept.header("From") == f"Dunnock <{SENDER}>"
    assert kept.header("Auto-Submitted") == "auto-generated"
    assert kept.text == "Good day\n"


def test_a_name_from_a_ledger_begins_no_header(letters, mailbox):
    letters.send("ann@alder.example", "Wren\r\nBcc: eve@evil.example", "text", "k")
    (kept,) = mailbox.messages()
    assert kept.to == ("ann@alder.example",)
    assert "\n" not in kept.subject
    assert kept.header("Bcc") == ""


def test_an_address_that_is_none_is_refused(letters):
    with pytest.raises(RefusedError, match="to: "):
        letters.send("ann", "Subject", "text", "k")
    with pytest.raises(RefusedError, match="sender: "):
        Letters(EmailSettings("nobody"), list, lambda: NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (MailFault.BUSY, RetryLaterError),
        (MailFault.REJECTED, RefusedError),
        (MailFault.DROP_KEPT, UnknownOutcomeError),
    ],
)
def test_each_failure_says_whether_it_may_have_arrived(letters, mailbox, fault, error):
    mailbox.fail_next(fault)
    with pytest.raises(error):
        letters.send("ann@alder.example", "Subject", "text", "k")
