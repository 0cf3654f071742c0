"""How a payer is written down, so that it is known again."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rules.matching.names import SHORT, announced

if TYPE_CHECKING:
    from ledger.documents import Receipt


def payer_forms(receipt: Receipt) -> tuple[str, ...]:
    """Give what identifies a receipt's payer, strongest first: account, e-mail, name.

    These are the forms under which confirmed payers are remembered and known again.
    """
    account = re.sub(r"\W", "", receipt.payer_account).casefold()
    email = receipt.payer_email.strip().casefold()
    name = name_form(receipt.payer_name)
    pairs = (("account", account), ("email", email), ("name", name))
    return tuple(f"{kind}:{value}" for kind, value in pairs if value)


def name_form(text: str) -> str:
    """Give a name as people are remembered by: plain words, each legal form spelled one way.

    No form is left out, for Acme Ltd and Acme GmbH are two companies.
    """
    plain = announced(unicodedata.normalize("NFKC", text).casefold())
    words = re.findall(r"[^\W_]+", plain)
    return " ".join(SHORT.get(word, word) for word in words if word != "and")
