"""Reminders by e-mail: text and HTML, addressed, with a Message-ID made from the journal's key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from email_validator import EmailNotValidError, validate_email

from channels.protocol import Message, Question, Reminder
from channels.smtp import Connect, post
from channels.wording import TemplateError, Words, clean, write, write_question
from ledger.days import Clock
from ledger.documents import Customer, Organisation
from ledger.errors import RefusedError, UnknownOutcomeError


@dataclass(frozen=True, slots=True)
class EmailSettings:
    """Who reminders come from. An empty `reply_to` is the sender itself."""

    sender: str
    reply_to: str = ""


class EmailChannel:
    """Sends reminders through one mail server."""

    def __init__(self, settings: EmailSettings, connect: Connect, clock: Clock) -> None:
        """Take the sender's addresses; raises RefusedError naming one that is none.

        `connect` opens a way to the mail server: `channels.smtp.over_smtp`, or a twin of it.
        """
        self._sender = checked(settings.sender, "sender")
        self._reply_to = checked(settings.reply_to or settings.sender, "reply_to")
        self._connect = connect
        self._clock = clock

    def compose(
        self, reminder: Reminder, customer: Customer, organisation: Organisation, key: str
    ) -> Message:
        """Write a reminder without sending it, as a preview shows it.

        Raises RefusedError for an address that is none or a template that does not exist.
        """
        try:
            words = write(reminder, customer, organisation)
        except TemplateError as problem:
            raise RefusedError(str(problem)) from problem
        message = self._addressed(words, reminder.to, customer, organisation, key)
        return replace(message, cc=tuple(_address("", checked(one, "cc")) for one in reminder.cc))

    def _addressed(
        self, words: Words, to: str, customer: Customer, organisation: Organisation, key: str
    ) -> Message:
        creditor = clean(organisation.name)
        return Message(
            id=message_id(key, self._sender),
            sender=_address(creditor, self._sender),
            reply_to=_address(creditor, self._reply_to),
            to=_address(clean(customer.name), checked(to, "to")),
            cc=(),
            subject=words.subject,
            text=words.text,
            html=words.html,
        )

    def send(
        self, reminder: Reminder, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Send one reminder once; gives its Message-ID.

        Raises RefusedError, RetryLaterError (both: surely not accepted) or UnknownOutcomeError.
        """
        return self._post(self.compose(reminder, customer, organisation, key))

    def ask(
        self, question: Question, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Ask a payer once what a payment is for; gives and raises as `send`."""
        words = write_question(question, customer, organisation)
        return self._post(self._addressed(words, question.to, customer, organisation, key))

    def _post(self, message: Message) -> str:
        recipients = [message.to.addr_spec, *(one.addr_spec for one in message.cc)]
        sealed = sealed_letter(message, self._clock())
        refused = post(self._connect, sealed, self._sender, list(dict.fromkeys(recipients)))
        if message.to.addr_spec in refused:
            # Sending again would reach the copies twice; not sending leaves the customer unaware.
            msg = f"copies were taken, but {message.to.addr_spec} was refused"
            raise UnknownOutcomeError(msg)
        return message.id


def message_id(key: str, sender: str) -> str:
    """Give the Message-ID of a journal key: the same key is the same message, for ever."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return f"<{digest}@{sender.rpartition('@')[2]}>"


def checked(address: str, field: str) -> str:
    """Give an address in its normal form, without asking any server.

    Raises RefusedError naming the field.
    """
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError as problem:
        msg = f"{field}: {clean(address)!r} is no e-mail address: {problem}"
        raise RefusedError(msg) from None
    return found.ascii_email or found.normalized


def _address(name: str, address: str) -> Address:
    return Address(display_name=name, addr_spec=address)


def sealed_letter(message: Message, moment: datetime) -> EmailMessage:
    """Make the mail itself. Headers are set as values: none can begin another."""
    letter = EmailMessage(policy=SMTP)
    letter["From"] = message.sender
    letter["To"] = message.to
    if message.cc:
        letter["Cc"] = message.cc
    letter["Reply-To"] = message.reply_to
    letter["Subject"] = message.subject
    letter["Date"] = moment
    letter["Message-ID"] = message.id
    # Out-of-office programs answer no automatic message.
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(message.text, cte="quoted-printable")
    letter.add_alternative(message.html, subtype="html", cte="quoted-printable")
    return letter
