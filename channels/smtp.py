"""Mail over SMTP; every failure is sorted by whether the message could have been accepted."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol

from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError

# The mail server is away, or does not let us in: nothing about this one message.
SERVER_WAIT_SECONDS = 120.0
# The receiving side asked for patience (greylisting, a full mailbox).
RECIPIENT_WAIT_SECONDS = 300.0
PERMANENT = 500

Refusals = dict[str, tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class Smtp:
    """Where mail leaves: `security` is none, starttls or tls; no user signs in nowhere."""

    host: str = "127.0.0.1"
    port: int = 25
    security: str = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    timeout_seconds: float = 30.0


class Connection(Protocol):
    """An open way to the mail server, as smtplib's SMTP is one."""

    def send_message(
        self,
        msg: EmailMessage,
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
    ) -> Refusals:
        """Send; gives the recipients that were refused while others were accepted."""

    def quit(self) -> object:
        """End the conversation."""


Connect = Callable[[], Connection]


class _Line(smtplib.SMTP):
    """Remembers whether the message itself has begun to travel."""

    data_begun = False

    def data(self, msg: object) -> tuple[int, bytes]:
        self.data_begun = True
        return super().data(msg)  # type: ignore[arg-type] # typeshed names a private alias


class _SecureLine(smtplib.SMTP_SSL, _Line):
    """The same, with TLS from the first byte."""


def over_smtp(smtp: Smtp) -> Connect:
    """Make a factory of connections to one server; each call opens one."""

    def connect() -> Connection:
        if smtp.security == "tls":
            context = ssl.create_default_context()
            line: _Line = _SecureLine(
                smtp.host, smtp.port, timeout=smtp.timeout_seconds, context=context
            )
        else:
            line = _Line(smtp.host, smtp.port, timeout=smtp.timeout_seconds)
        try:
            if smtp.security == "starttls":
                line.starttls(context=ssl.create_default_context())
            if smtp.username:
                line.login(smtp.username, smtp.password)
        except BaseException:
            line.close()
            raise
        return line

    return connect


def post(connect: Connect, message: EmailMessage, sender: str, to: Sequence[str]) -> Refusals:
    """Hand one message over, once; gives the copies that were refused while others went.

    Raises RefusedError and RetryLaterError when it was surely not accepted, UnknownOutcomeError
    when the line broke after the message had begun to travel.
    """
    try:
        connection = connect()
    except (OSError, smtplib.SMTPException) as problem:
        msg = f"the mail server is not to be reached: {_said(problem)}"
        raise RetryLaterError(SERVER_WAIT_SECONDS, msg) from problem
    try:
        refused = connection.send_message(message, sender, list(to))
    except (OSError, smtplib.SMTPException, ValueError) as problem:
        raise _meaning(problem, getattr(connection, "data_begun", True)) from problem
    finally:
        _leave(connection)
    return refused


def _leave(connection: Connection) -> None:
    try:
        connection.quit()
    except (OSError, smtplib.SMTPException):
        # What came of the message is known by now; how the line ends changes nothing.
        return


def _meaning(problem: Exception, data_begun: bool) -> Exception:  # noqa: FBT001 - one fact
    said = _said(problem)
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in problem.recipients.values()]
        return _refusal(max(codes, default=PERMANENT), said)
    if isinstance(problem, smtplib.SMTPResponseException):
        # An answer with a code, also after DATA, says that the message was not taken.
        return _refusal(problem.smtp_code, said)
    if isinstance(problem, (smtplib.SMTPNotSupportedError, ValueError)):
        return RefusedError(f"the mail server cannot take this message: {said}")
    if data_begun:
        return UnknownOutcomeError(f"the line broke while the message was on its way: {said}")
    msg = f"the line broke before the message was sent: {said}"
    return RetryLaterError(SERVER_WAIT_SECONDS, msg)


def _refusal(code: int, said: str) -> Exception:
    if code >= PERMANENT:
        return RefusedError(said, str(code))
    return RetryLaterError(RECIPIENT_WAIT_SECONDS, said)


def _said(problem: Exception) -> str:
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        answers = problem.recipients.items()
        return "; ".join(f"{to}: {code} {_plain(text)}" for to, (code, text) in answers)
    if isinstance(problem, smtplib.SMTPResponseException):
        return f"{problem.smtp_code} {_plain(problem.smtp_error)}"
    return str(problem) or type(problem).__name__


def _plain(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
