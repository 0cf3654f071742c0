"""How a payer is written down, so that it is known again."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.documents import Receipt

# The same legal form, spelled in two ways; a form is never dropped, for Acme Ltd and Acme GmbH
# are two companies.
_FORMS = {
    "limited": "ltd",
    "company": "co",
    "corporation": "corp",
    "incorporated": "inc",
    "and": "",
}


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
    """Give a name as people are remembered by: plain words, each legal form spelled one way."""
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(filter(None, (_FORMS.get(word, word) for word in words)))
