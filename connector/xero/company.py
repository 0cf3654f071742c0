"""The organisation itself: zone, lock dates, currencies, and what an accountant should know."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from babel.core import get_global

from connector.protocol import Ability
from connector.xero.fields import day, text
from ledger.documents import Organisation
from ledger.errors import RetryLaterError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.xero.calls import Calls

    Doc = Mapping[str, object]

# How Xero's own addresses name an organisation.
_SHORT_CODE = re.compile(r"![A-Za-z0-9]{1,20}")

# What the connected user must be allowed to do for everything here to work.
_NEEDED = {
    "CreateInvoicePayment": "enter payments",
    "CreateARCreditAllocation": "allocate overpayments",
    "ViewContacts": "see contacts",
}

# Without which of them we cannot do what.
_DEEDS = {
    "CreateInvoicePayment": Ability.APPLY,
    "CreateARCreditAllocation": Ability.CREDIT,
}


@cache
def _zones() -> dict[str, str]:
    # Xero writes the names of Windows' zones without spaces and signs, in capitals.
    named = get_global("windows_zone_mapping").items()
    found = {"".join(filter(str.isalnum, name)).upper(): zone for name, zone in named}
    return {"UTC": "Etc/UTC", "UTC13": "Etc/GMT-13", **found}


def zone(name: str) -> str | None:
    """Give the IANA zone of Xero's name, such as NEWZEALANDSTANDARDTIME; None when unknown."""
    return _zones().get(name.upper())


def organisation(
    company: Doc, currencies: Sequence[Doc], actions: Sequence[Doc], reminders: Sequence[Doc]
) -> Organisation:
    """Translate an organisation with its currencies, the user's rights and the reminder setting."""
    told = text(company, "Timezone")
    warnings = []
    if zone(told) is None:
        warnings.append(f"Xero names a time zone that is not known here ({told!r}); UTC is used.")
    if any(one.get("Enabled") is True for one in reminders):
        warnings.append("Xero's own invoice reminders are on: customers may be reminded twice.")
    denied = {text(one, "Name") for one in actions if text(one, "Status") == "NOT-ALLOWED"}
    warnings += [
        f"The user who connected is not allowed to {what} in Xero."
        for name, what in _NEEDED.items()
        if name in denied
    ]
    if text(company, "Edition").upper() == "PARTNER":
        warnings.append("This edition of Xero has no invoicing: it can send no invoices.")
    if company.get("IsDemoCompany") is True:
        warnings.append("This is Xero's demo company: it sends no mail and is emptied often.")
    locks = [day(company, name) for name in ("PeriodLockDate", "EndOfYearLockDate")]
    code = text(company, "ShortCode")
    home = f"https://go.xero.com/app/{code}" if _SHORT_CODE.fullmatch(code) else ""
    country = text(company, "CountryCode")
    base = text(company, "BaseCurrency")
    codes = [text(one, "Code") for one in currencies]
    return Organisation(
        name=text(company, "Name"),
        currency=base,
        zone=zone(told) or "Etc/UTC",
        country=country if len(country) == 2 else None,  # noqa: PLR2004 - ISO 3166
        currencies=tuple(dict.fromkeys(code for code in (base, *codes) if code)),
        locked_until=max((lock for lock in locks if lock), default=None),
        warnings=tuple(warnings),
        legal_name=text(company, "LegalName"),
        invoice_page=f"{home}/invoicing/view/{{id}}" if home else "",
        customer_page=f"{home}/contacts/contact/{{id}}" if home else "",
        denied=tuple(ability.value for name, ability in _DEEDS.items() if name in denied),
    )


def read(calls: Calls) -> Organisation:
    """Read the organisation and its settings: four calls."""
    found = calls.listed("organisations", "Organisations")
    if not found:
        raise RetryLaterError(60.0, "Xero's answer holds no organisation")
    return organisation(
        found[0],
        calls.listed("currencies", "Currencies"),
        calls.listed("organisation_actions", "Actions"),
        calls.listed("invoice_reminders", "InvoiceReminders"),
    )
