"""Reminders by e-mail: what leaves, and how each failure is told from the others."""

from __future__ import annotations

import hashlib
import smtplib
import socket
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from channels import CHANNELS, EmailChannel
from channels.email import EmailSettings, checked, message_id
from channels.smtp import Smtp, over_smtp
from ledger.documents import Customer, Kind, Organisation, Ref
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from sandbox.mail import Mailbox, MailFault, MailSink
from sandbox.shelf import Shelf
from tests.channels.test_wording import ADA, CASES, SHOP, Note, row

NOW = datetime(2026, 9, 15, 9, 30, tzinfo=UTC)
SETTINGS = EmailSettings("reminders@alder.example", "accounts@alder.example")
NOTE = CASES["overdue_polite__one"]


@pytest.fixture
def mailbox():
    return Mailbox(Shelf(), lambda: NOW)


@pytest.fixture(params=["smtp", "in process"])
def channel(request, mailbox):
    if request.param == "in process":
        yield EmailChannel(SETTINGS, lambda: mailbox, lambda: NOW)
        return
    sink = MailSink(mailbox)
    sink.start()
    smtp = Smtp(sink.host, sink.port, security="none", timeout_seconds=5)
    yield EmailChannel(SETTINGS, over_smtp(smtp), lambda: NOW)
    sink.stop()


def test_a_reminder_arrives_as_written(channel, mailbox):
    note = Note("overdue_polite", NOTE.lines, cc=("bob@engines.example", "ada@engines.example"))
    sent = channel.send(note, ADA, SHOP, "remind:c1")
    (kept,) = mailbox.messages()
    digest = hashlib.sha256(b"remind:c1").hexdigest()[:32]
    assert sent == kept.message_id == f"<{digest}@alder.example>"
    assert kept.sender == "Alder & Sons <reminders@alder.example>"
    assert kept.to == ("ada@engines.example", "bob@engines.example")
    assert kept.header("To") == '"Ada Lovelace <Engines>" <ada@engines.example>'
    assert kept.header("Cc") == "bob@engines.example, ada@engines.example"
    assert kept.header("Reply-To") == "Alder & Sons <accounts@alder.example>"
    assert kept.header("Auto-Submitted") == "auto-generated"
    assert kept.header("Date") == "Tue, 15 Sep 2026 09:30:00 +0000"
    assert kept.subject == "Reminder: invoice INV-7 is overdue"
    composed = channel.compose(note, ADA, SHOP, "remind:c1")
    assert kept.text == composed.text
    assert kept.html == composed.html


@pytest.mark.parametrize(
    ("fault", "error", "kept"),
    [
        (MailFault.BUSY, RetryLaterError, 0),
        (MailFault.REJECTED, RefusedError, 0),
        (MailFault.BUSY_AFTER_DATA, RetryLaterError, 0),
        (MailFault.DROP_KEPT, UnknownOutcomeError, 1),
        (MailFault.DROP_LOST, UnknownOutcomeError, 0),
    ],
)
def test_each_failure_says_whether_it_may_have_arrived(channel, mailbox, fault, error, kept):
    mailbox.fail_next(fault)
    with pytest.raises(error):
        channel.send(NOTE, ADA, SHOP, "k")
    assert len(mailbox.messages()) == kept


def test_a_server_that_is_away_is_asked_again_later():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    connect = over_smtp(Smtp("127.0.0.1", port, security="none"))
    channel = EmailChannel(SETTINGS, connect, lambda: NOW)
    with pytest.raises(RetryLaterError, match="not to be reached") as caught:
        channel.send(NOTE, ADA, SHOP, "k")
    assert caught.value.seconds == 120


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_server_without_the_security_asked_for_gets_nothing(mailbox, security):
    sink = MailSink(mailbox)
    sink.start()
    smtp = Smtp(sink.host, sink.port, security=security, timeout_seconds=2)
    with pytest.raises(RetryLaterError, match="not to be reached"):
        EmailChannel(SETTINGS, over_smtp(smtp), lambda: NOW).send(NOTE, ADA, SHOP, "k")
    sink.stop()
    assert mailbox.messages() == []


def test_a_server_that_lets_us_not_in_is_asked_again_later(mailbox):
    sink = MailSink(mailbox)
    sink.start()
    smtp = Smtp(sink.host, sink.port, security="none", username="u", password="p")
    with pytest.raises(RetryLaterError, match="not to be reached"):
        EmailChannel(SETTINGS, over_smtp(smtp), lambda: NOW).send(NOTE, ADA, SHOP, "k")
    sink.stop()
    assert "p" not in repr(smtp).replace("Smtp", "").replace("port", "").replace("timeout", "")


class Wire:
    """A mail server's way of failing, as smtplib would tell it."""

    def __init__(self, problem: Exception | None = None, **refused: tuple[int, bytes]) -> None:
        self.problem = problem
        self.refused = refused
        self.data_begun = False
        self.left = False

    def send_message(self, msg, from_addr=None, to_addrs=None):
        assert isinstance(msg, EmailMessage)
        assert from_addr == "reminders@alder.example"
        if self.problem is not None:
            raise self.problem
        return {to: answer for to in to_addrs for answer in self.refused.values()}

    def quit(self) -> None:
        self.left = True
        raise smtplib.SMTPServerDisconnected("already gone")


@pytest.mark.parametrize(
    ("problem", "error"),
    [
        (ConnectionResetError("reset"), RetryLaterError),
        (TimeoutError("timed out"), RetryLaterError),
        (smtplib.SMTPServerDisconnected("gone"), RetryLaterError),
        (smtplib.SMTPSenderRefused(451, b"later", "x"), RetryLaterError),
        (smtplib.SMTPSenderRefused(550, b"no", "x"), RefusedError),
        (smtplib.SMTPDataError(554, b"spam"), RefusedError),
        (smtplib.SMTPRecipientsRefused({"a": (451, b"x"), "b": (550, b"y")}), RefusedError),
        (smtplib.SMTPNotSupportedError("no SMTPUTF8"), RefusedError),
    ],
)
def test_before_the_message_travels_nothing_is_in_doubt(problem, error):
    wire = Wire(problem)
    with pytest.raises(error):
        EmailChannel(SETTINGS, lambda: wire, lambda: NOW).send(NOTE, ADA, SHOP, "k")
    assert wire.left


@pytest.mark.parametrize(
    "problem", [TimeoutError("timed out"), smtplib.SMTPServerDisconnected("gone")]
)
def test_after_it_began_to_travel_everything_is(problem):
    wire = Wire(problem)
    wire.data_begun = True
    with pytest.raises(UnknownOutcomeError, match="on its way"):
        EmailChannel(SETTINGS, lambda: wire, lambda: NOW).send(NOTE, ADA, SHOP, "k")


def test_a_refused_addressee_with_accepted_copies_is_for_a_person():
    wire = Wire(some=(550, b"no such mailbox"))
    with pytest.raises(UnknownOutcomeError, match=r"ada@engines\.example was refused"):
        EmailChannel(SETTINGS, lambda: wire, lambda: NOW).send(NOTE, ADA, SHOP, "k")


@pytest.mark.parametrize(
    "evil",
    [
        "Ada\r\nBcc: eve@evil.example",
        "Ada\nBcc: eve@evil.example",
        "Ada\u2028Bcc: eve@evil.example",
        "Ada\x00\x0bBcc: eve@evil.example",
        'Ada" <eve@evil.example>, "',
    ],
)
def test_no_name_or_number_begins_another_header(mailbox, evil):
    channel = EmailChannel(SETTINGS, lambda: mailbox, lambda: NOW)
    sly = Customer(Ref(Kind.CUSTOMER, "c"), evil)
    note = Note("overdue_polite", (row(evil, 7),))
    channel.send(note, sly, Organisation(evil, "GBP", "Etc/UTC"), "k")
    (kept,) = mailbox.messages()
    assert kept.to == ("ada@engines.example",)
    assert {name for name, _ in kept.headers} == {
        *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted"),
        *("MIME-Version", "Content-Type"),
    }
    parsed = message_from_bytes(kept.raw, _class=EmailMessage, policy=SMTP)
    for name, address in (("To", "ada@engines.example"), ("From", "reminders@alder.example")):
        assert [one.addr_spec for one in parsed[name].addresses] == [address]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "ada@localhost",
        "a b@x.example",
        "ada@x.example\nBcc: eve@evil.example",
        "@x.example",
    ],
)
def test_what_is_no_address_is_refused_with_its_field(mailbox, address):
    channel = EmailChannel(SETTINGS, lambda: mailbox, lambda: NOW)
    with pytest.raises(RefusedError, match=r"^to: "):
        channel.send(Note("overdue_polite", NOTE.lines, to=address), ADA, SHOP, "k")
    with pytest.raises(RefusedError, match=r"^cc: "):
        channel.send(Note("overdue_polite", NOTE.lines, cc=(address,)), ADA, SHOP, "k")
    with pytest.raises(RefusedError, match=r"^sender: "):
        EmailChannel(EmailSettings(address), lambda: mailbox, lambda: NOW)
    assert mailbox.messages() == []


def test_an_address_is_written_in_its_normal_form():
    assert checked("ada@Bücher.Example", "to") == "ada@xn--bcher-kva.example"


def test_an_unknown_template_is_refused(mailbox):
    channel = EmailChannel(SETTINGS, lambda: mailbox, lambda: NOW)
    with pytest.raises(RefusedError, match="no template"):
        channel.send(Note("angry", NOTE.lines), ADA, SHOP, "k")


def test_replies_go_to_the_sender_when_nobody_else_is_named(mailbox):
    channel = EmailChannel(EmailSettings("a@alder.example"), lambda: mailbox, lambda: NOW)
    assert channel.compose(NOTE, ADA, SHOP, "k").reply_to.addr_spec == "a@alder.example"


def test_the_same_key_is_the_same_message_and_another_is_not():
    assert message_id("k", "a@x.example") == message_id("k", "b@x.example")
    assert message_id("k", "a@x.example") != message_id("l", "a@x.example")
    assert CHANNELS["email"] is EmailChannel
