"""A mail server that keeps every message and sends none on: over SMTP, or within the process."""

from __future__ import annotations

import smtplib
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import getaddresses
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    import asyncio

    from aiosmtpd import smtp as server_side

    from sandbox.shelf import Doc, Shelf

KIND = "mail"


class MailFault(StrEnum):
    """What can go wrong with the next message."""

    # Refused for now at the recipient (451), and for good (550).
    BUSY = "busy"
    REJECTED = "rejected"
    # Refused for now after the whole message was read: it was not accepted.
    BUSY_AFTER_DATA = "busy after data"
    # The line drops after the whole message was read: kept in one case, lost in the other.
    DROP_KEPT = "drop, kept"
    DROP_LOST = "drop, lost"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it arrived. `to` is who it was delivered to, headers or not."""

    message_id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    received: datetime
    headers: tuple[tuple[str, str], ...]
    raw: bytes

    def header(self, name: str) -> str:
        """Give a header's value, or "" when the message lacks it."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else ""


class Mailbox:
    """What the mail server keeps; also an SMTP connection's twin for worlds within the process."""

    def __init__(self, shelf: Shelf, clock: Callable[[], datetime]) -> None:
        """Keep messages on a shelf: one backed by a file survives a kill."""
        self.shelf = shelf
        self.clock = clock
        self._faults: deque[MailFault] = deque()
        # Reading a message costs more than keeping it, and a kept one never changes.
        self._parsed: dict[tuple[str, str, tuple[str, ...]], Letter] = {}

    def fail_next(self, *faults: MailFault) -> None:
        """Let the next messages fail, one fault each."""
        self._faults.extend(faults)

    def next_fault(self) -> MailFault | None:
        """Take the fault of the message now coming in, if there is one."""
        return self._faults.popleft() if self._faults else None

    def keep(self, raw: bytes, to: Sequence[str]) -> None:
        """Write a message down as accepted now."""
        with self.shelf.change():
            key = f"{self.shelf.count(KIND):09d}"
            doc = {
                "id": key,
                "to": list(to),
                "received": self.clock().isoformat(),
                "raw": raw.decode("latin-1"),
            }
            self.shelf.put(KIND, key, doc)

    def messages(self) -> list[Letter]:
        """Give every kept message, in the order of arrival."""
        return [self._read(row) for row in self.shelf.all(KIND)]

    def _read(self, row: Doc) -> Letter:
        kept = (row["received"], row["raw"], tuple(row["to"]))
        if kept not in self._parsed:
            received = datetime.fromisoformat(row["received"])
            self._parsed[kept] = _letter(row["raw"].encode("latin-1"), row["to"], received)
        return self._parsed[kept]

    def send_message(
        self,
        msg: EmailMessage,
        from_addr: str | None = None,
        to_addrs: str | Sequence[str] | None = None,
    ) -> dict[str, tuple[int, bytes]]:
        """Take a message as smtplib's method of this name does, and fail with its exceptions."""
        del from_addr
        to = [to_addrs] if isinstance(to_addrs, str) else list(to_addrs or _recipients(msg))
        fault = self.next_fault()
        if fault in {MailFault.BUSY, MailFault.REJECTED}:
            answer = (451, b"busy") if fault is MailFault.BUSY else (550, b"no such mailbox")
            raise smtplib.SMTPRecipientsRefused(dict.fromkeys(to, answer))
        if fault is MailFault.BUSY_AFTER_DATA:
            raise smtplib.SMTPDataError(451, b"try again later")
        if fault is not MailFault.DROP_LOST:
            self.keep(msg.as_bytes(policy=SMTP), to)
        if fault in {MailFault.DROP_KEPT, MailFault.DROP_LOST}:
            raise smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        return {}

    def quit(self) -> None:
        """End the conversation, as smtplib's method of this name does."""


def _recipients(msg: EmailMessage) -> list[str]:
    fields = [str(value) for name in ("To", "Cc") for value in msg.get_all(name, [])]
    return [address for _, address in getaddresses(fields)]


def _letter(raw: bytes, to: Sequence[str], received: datetime) -> Letter:
    parsed = message_from_bytes(raw, _class=EmailMessage, policy=SMTP)
    return Letter(
        message_id=str(parsed["Message-ID"] or ""),
        sender=str(parsed["From"] or ""),
        to=tuple(to),
        subject=str(parsed["Subject"] or ""),
        text=_body(parsed, "plain"),
        html=_body(parsed, "html"),
        received=received,
        headers=tuple((name, str(value)) for name, value in parsed.items()),
        raw=raw,
    )


def _body(parsed: EmailMessage, kind: str) -> str:
    part = parsed.get_body(preferencelist=("plain" if kind == "plain" else "html",))
    return "" if part is None else str(part.get_content()).replace("\r\n", "\n")


class _Desk:
    """What aiosmtpd calls for each step of a conversation."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox
        self.fault: MailFault | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self,
        server: server_side.SMTP,
        session: server_side.Session,
        envelope: server_side.Envelope,
        address: str,
        options: list[str],
    ) -> str:
        del server, session, options
        if not envelope.rcpt_tos:
            self.fault = self.mailbox.next_fault()
        if self.fault is MailFault.BUSY:
            return "451 4.7.1 busy, try again later"
        if self.fault is MailFault.REJECTED:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: server_side.SMTP, session: server_side.Session, envelope: server_side.Envelope
    ) -> str:
        del session
        fault, self.fault = self.fault, None
        if fault is MailFault.BUSY_AFTER_DATA:
            return "451 4.3.0 try again later"
        if fault is not MailFault.DROP_LOST:
            content = envelope.content or b""
            raw = content if isinstance(content, bytes) else content.encode()
            self.mailbox.keep(raw, [str(one) for one in envelope.rcpt_tos])
        if fault in {MailFault.DROP_KEPT, MailFault.DROP_LOST} and server.transport is not None:
            server.transport.abort()  # type: ignore[attr-defined] # every socket transport has it
        return "250 OK"


class _FreePort(Controller):
    """Aiosmtpd's controller on a port that the system chose."""

    def __init__(self, desk: _Desk) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        super().__init__(desk, hostname="127.0.0.1", port=self.socket.getsockname()[1])

    def _create_server(self) -> asyncio.Future[Any]:
        return self.loop.create_server(self._factory_invoker, sock=self.socket)  # type: ignore[return-value] # as in the class above


class MailSink:
    """An SMTP server on a free loopback port that keeps what it is sent in a Mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        """Bind the port; `start` begins to answer."""
        self.mailbox = mailbox
        self._controller = _FreePort(_Desk(mailbox))

    @property
    def host(self) -> str:
        """The address it answers at."""
        return str(self._controller.hostname)

    @property
    def port(self) -> int:
        """The port it answers at."""
        return int(self._controller.port)

    def start(self) -> None:
        """Answer, in a thread of its own."""
        self._controller.start()

    def stop(self) -> None:
        """Answer no more; the messages stay."""
        self._controller.stop()

    def messages(self) -> list[Letter]:
        """Give every kept message, in the order of arrival."""
        return self.mailbox.messages()
