"""A QuickBooks company as an organisation, with what its bookkeeper should know beforehand."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from connector.quickbooks.text import is_latin, read, to_latin
from ledger.days import zone_of
from ledger.documents import Organisation

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connector.quickbooks.calls import Calls

# Used when QuickBooks does not tell the company's zone, with a warning that asks for it.
_ZONES = {
    "US": "America/New_York",
    "CA": "America/Toronto",
    "GB": "Europe/London",
    "IE": "Europe/Dublin",
    "AU": "Australia/Sydney",
    "NZ": "Pacific/Auckland",
    "IN": "Asia/Kolkata",
    "ZA": "Africa/Johannesburg",
    "SG": "Asia/Singapore",
    "FR": "Europe/Paris",
}


PREFERENCES = "SELECT * FROM Preferences"
COMPANY = "SELECT * FROM CompanyInfo"


class Company:
    """What a company is asked once: its currency, its automation, and the signs it can hold."""

    def __init__(self, calls: Calls, known: Organisation | None = None) -> None:
        """Make no call yet; `known` is what was read of it at another time."""
        self._calls = calls
        self._currency = known.currency if known else ""
        self._country = (known.country or "") if known else None
        self._applies_itself: bool | None = None

    def unknown(self, *, automation: bool = False) -> list[str]:
        """Give the statement to ask beside others, while currency or automation is not known."""
        wanted = not self._currency or (automation and self._applies_itself is None)
        return [PREFERENCES] if wanted else []

    def learn(self, answers: Sequence[Sequence[Mapping[str, Any]]]) -> None:
        """Take in what `unknown` was answered."""
        for docs in answers:
            self._take(docs[0] if docs else {})

    def know(self, company: Mapping[str, Any], preferences: Mapping[str, Any]) -> None:
        """Take in what was read besides."""
        self._country = read(company.get("Country"))
        self._take(preferences)

    def _take(self, preferences: Mapping[str, Any]) -> None:
        self._currency = home_of(preferences)
        self._applies_itself = applies_payments(preferences)

    @property
    def leaves_money_alone(self) -> bool:
        """Whether QuickBooks is known not to apply unapplied money by itself."""
        return self._applies_itself is False

    def home(self) -> str:
        """Give the currency of the books."""
        if not self._currency:
            self._take(self._calls.preferences())
        return self._currency

    def fits(self, text: str) -> str:
        """Make a text fit: only companies in the United States are bound to ISO-8859-1."""
        if is_latin(text):
            return text
        if self._country is None:
            self._country = read(self._calls.company().get("Country"))
        return to_latin(text) if self._country in {"US", ""} else text


def home_of(preferences: Mapping[str, Any]) -> str:
    """Give the currency of the books from Preferences; a company in one currency may not say it."""
    return read(_part(_part(preferences, "CurrencyPrefs"), "HomeCurrency").get("value")) or "USD"


def applies_payments(preferences: Mapping[str, Any]) -> bool:
    """Say whether QuickBooks applies payments to the oldest invoices by itself."""
    return _part(preferences, "SalesFormsPrefs").get("AutoApplyPayments") is True


def has_currencies(preferences: Mapping[str, Any]) -> bool:
    """Say whether the company keeps books in several currencies."""
    return _part(preferences, "CurrencyPrefs").get("MultiCurrencyEnabled") is True


def organisation(
    company: Mapping[str, Any],
    preferences: Mapping[str, Any],
    currencies: Sequence[Mapping[str, Any]],
) -> Organisation:
    """Translate CompanyInfo, Preferences and the list of foreign currencies."""
    country = read(company.get("Country"))
    zone, warnings = _zone(company, country)
    home = home_of(preferences)
    codes = [read(one.get("Code")) for one in currencies if one.get("Active") is not False]
    warnings += _automation(preferences)
    if _is_ended(company):
        warnings.append(
            "The company's QuickBooks subscription has ended: its books can be read, not changed."
        )
    return Organisation(
        name=read(company.get("CompanyName")) or "QuickBooks company",
        currency=home,
        zone=zone,
        country=country or None,
        currencies=tuple(dict.fromkeys([home, *(code for code in codes if code)])),
        locked_until=_day(_part(preferences, "AccountingInfoPrefs").get("BookCloseDate")),
        warnings=tuple(warnings),
        legal_name=read(company.get("LegalName")),
    )


def _automation(preferences: Mapping[str, Any]) -> list[str]:
    sales = _part(preferences, "SalesFormsPrefs")
    words = {"AutoApplyPayments": "payments", "AutoApplyCredit": "credits"}
    what = " and ".join(word for name, word in words.items() if sales.get(name) is True)
    if not what:
        return []
    warning = (
        f"QuickBooks applies {what} to the oldest invoices by itself. Turn that off (Settings,"
        " Advanced, Automation), or matches may be made before Dunnock proposes them."
    )
    return [warning]


def _zone(company: Mapping[str, Any], country: str) -> tuple[str, list[str]]:
    told = read(company.get("DefaultTimeZone"))
    try:
        return zone_of(told).key, []
    except ValueError:
        assumed = _ZONES.get(country, "America/New_York")
        warning = (
            f"QuickBooks does not say the company's time zone; {assumed} is assumed. Set the right"
            " one in Settings before reminders go out."
        )
        return assumed, [warning]


def _is_ended(company: Mapping[str, Any]) -> bool:
    values = company.get("NameValue")
    pairs = [one for one in values if isinstance(one, dict)] if isinstance(values, list) else []
    told = {read(one.get("Name")): read(one.get("Value")).upper() for one in pairs}
    return told.get("SubscriptionStatus") in {"EXPIRED", "CANCELLED", "CANCELED", "SUSPENDED"}


def _part(doc: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = doc.get(name)
    return value if isinstance(value, dict) else {}


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(read(value)[:10])
    except ValueError:
        return None
