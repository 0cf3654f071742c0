"""Mails with a remittance advice in their text or attached, as they lie in a mailbox (.eml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from itertools import islice
from typing import TYPE_CHECKING

from connector.remittance.advice import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTACHMENTS_MAX = 10
_MAIL = re.compile(
    rb"\s{0,4}(?:Return-Path|Received|Delivered-To|From|To|Subject|Date|Message-ID|MIME-Version"
    rb"|X-[A-Za-z-]+|DKIM-Signature):",
    re.IGNORECASE,
)
_CELLS = frozenset({"td", "th"})
_LINES = frozenset({"tr", "p", "div", "br", "li", "table", "h1", "h2", "h3", "h4", "pre"})
_NO_LISTS = frozenset({"image", "audio", "video"})
_BLANKS = re.compile(r"[ \t\r\n]+")
_SILENT = frozenset({"style", "script", "head", "title"})


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail taken apart. `attached` are names and contents."""

    sender: str
    sender_name: str
    text: str
    attached: tuple[tuple[str, bytes], ...]


def is_mail(name: str, body: bytes) -> bool:
    """Say whether a file is a mail with its headings."""
    return name.lower().endswith(".eml") or bool(_MAIL.match(body))


def take_apart(body: bytes) -> Mail:
    """Give what a mail holds; raises UnreadableError for one that cannot be taken apart."""
    try:
        message = message_from_bytes(body, _class=EmailMessage, policy=policy.default)
        senders = getattr(message["From"], "addresses", ()) or ()
        return Mail(
            sender=senders[0].addr_spec if senders else "",
            sender_name=senders[0].display_name if senders else "",
            text=_text(message),
            attached=tuple(_attached(message)),
        )
    except Exception as error:
        msg = "the mail is damaged: forward it as an attachment, or copy its text"
        raise UnreadableError(msg) from error


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    text = part.get_content()
    return text_of_html(text) if part.get_content_subtype() == "html" else str(text)


def _attached(message: EmailMessage) -> Iterator[tuple[str, bytes]]:
    for part in islice(message.iter_attachments(), ATTACHMENTS_MAX):
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and part.get_content_maintype() not in _NO_LISTS:
            yield part.get_filename() or "", content


class _Lines(HTMLParser):
    """Collects the text of a page: a tab between cells, a line for each row and paragraph."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line or a cell."""
        del attrs
        self.silent += tag in _SILENT
        self.parts.append("\n" if tag in _LINES else "\t" if tag in _CELLS else "")

    def handle_endtag(self, tag: str) -> None:
        """End a line, or what is not shown."""
        self.silent = max(0, self.silent - (tag in _SILENT))
        self.parts.append("\n" if tag in _LINES else "")

    def handle_data(self, data: str) -> None:
        """Keep what is shown; its own line breaks are none."""
        if not self.silent:
            self.parts.append(_BLANKS.sub(" ", data))


def text_of_html(page: str) -> str:
    """Give the text that a page shows."""
    reader = _Lines()
    reader.feed(page)
    reader.close()
    return "".join(reader.parts)
