"""The mail server that keeps everything, over SMTP and within the process."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from sandbox.mail import Mailbox, MailFault, MailSink
from sandbox.shelf import Shelf

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


def letter(to: str = "ada@example.com", cc: str | None = None) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Shop <shop@example.com>"
    message["To"] = to
    if cc:
        message["Cc"] = cc
    message["Subject"] = "Rechnung über 5 €"
    message["Message-ID"] = "<m1@example.com>"
    message.set_content("Guten Tag, 5 €\n")
    message.add_alternative("<p>Guten Tag, 5 €</p>\n", subtype="html")
    return message


@pytest.fixture
def mailbox():
    return Mailbox(Shelf(), lambda: NOW)


@pytest.fixture
def sink(mailbox):
    server = MailSink(mailbox)
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["smtp", "in process"])
def send(request, mailbox):
    if request.param == "in process":
        yield mailbox.send_message
        return
    sink = request.getfixturevalue("sink")

    def over_smtp(message: EmailMessage) -> None:
        with smtplib.SMTP(sink.host, sink.port, timeout=5) as connection:
            connection.send_message(message)

    yield over_smtp


def test_a_message_is_kept_with_both_its_bodies(mailbox, send):
    send(letter(cc="Bob <bob@example.com>"))
    (kept,) = mailbox.messages()
    assert kept.message_id == "<m1@example.com>"
    assert kept.sender == "Shop <shop@example.com>"
    assert kept.to == ("ada@example.com", "bob@example.com")
    assert kept.subject == "Rechnung über 5 €"
    assert kept.text == "Guten Tag, 5 €\n"
    assert kept.html == "<p>Guten Tag, 5 €</p>\n"
    assert kept.received == NOW
    assert kept.header("cc") == "Bob <bob@example.com>"
    assert kept.header("X-None") == ""


@pytest.mark.parametrize(
    ("fault", "error", "kept"),
    [
        (MailFault.BUSY, smtplib.SMTPRecipientsRefused, 0),
        (MailFault.REJECTED, smtplib.SMTPRecipientsRefused, 0),
        (MailFault.BUSY_AFTER_DATA, smtplib.SMTPDataError, 0),
        (MailFault.DROP_KEPT, smtplib.SMTPServerDisconnected, 1),
        (MailFault.DROP_LOST, smtplib.SMTPServerDisconnected, 0),
    ],
)
def test_a_fault_strikes_one_message(mailbox, send, fault, error, kept):
    mailbox.fail_next(fault)
    with pytest.raises(error):
        send(letter())
    assert len(mailbox.messages()) == kept
    send(letter())
    assert len(mailbox.messages()) == kept + 1


def test_messages_survive_a_kill(tmp_path):
    path = str(tmp_path / "mail.db")
    first = Shelf(path)
    Mailbox(first, lambda: NOW).send_message(letter(), to_addrs="ada@example.com")
    first.close()
    second = Shelf(path)
    assert [one.to for one in Mailbox(second, lambda: NOW).messages()] == [("ada@example.com",)]
    second.close()


def test_two_sinks_answer_on_two_ports(sink):
    other = MailSink(Mailbox(Shelf(), lambda: NOW))
    other.start()
    assert sink.port != other.port
    with smtplib.SMTP(other.host, other.port, timeout=5) as connection:
        connection.send_message(letter())
    assert (len(sink.messages()), len(other.messages())) == (0, 1)
    other.stop()
