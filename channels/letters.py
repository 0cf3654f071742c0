"""Short letters to the people of an organisation, about what only they can put right."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from channels.email import EmailSettings, checked, message_id
from channels.smtp import Connect, post
from channels.wording import clean
from ledger.days import Clock


class Letters:
    """Sends plain letters through one mail server."""

    def __init__(self, settings: EmailSettings, connect: Connect, clock: Clock) -> None:
        """Take the sender's address; raises RefusedError when it is none."""
        self._sender = checked(settings.sender, "sender")
        self._connect = connect
        self._clock = clock

    def send(self, to: str, subject: str, text: str, key: str) -> str:
        """Send one letter once; gives its Message-ID, made from `key`.

        Raises RefusedError, RetryLaterError (both: surely not accepted) or UnknownOutcomeError.
        """
        address = checked(to, "to")
        letter = EmailMessage(policy=SMTP)
        letter["From"] = f"Dunnock <{self._sender}>"
        letter["To"] = address
        letter["Subject"] = clean(subject)
        letter["Date"] = self._clock()
        letter["Message-ID"] = message_id(key, self._sender)
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(text, cte="quoted-printable")
        post(self._connect, letter, self._sender, [address])
        return str(letter["Message-ID"])
