"""What the owner of a company does: open its books, list accounts, settings, connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.quickbooks.change import kind, moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from sandbox.quickbooks.consent import Consent
    from sandbox.shelf import Doc, Shelf

_ACCOUNTS = {
    "Accounts Receivable (A/R)": ("Accounts Receivable", "AccountsReceivable"),
    "Undeposited Funds": ("Other Current Asset", "UndepositedFunds"),
    "Checking": ("Bank", "Checking"),
    "Services": ("Income", "ServiceFeeIncome"),
    "Merchant Fees": ("Expense", "BankCharges"),
}


class Owner:
    """Keeps companies: their lists and their settings."""

    shelf: Shelf
    clock: Callable[[], datetime]
    consent: Consent

    def add_company(  # noqa: PLR0913 - a company has this many traits
        self,
        name: str,
        *,
        country: str = "US",
        currency: str = "USD",
        timezone: str = "America/Los_Angeles",
        email: str = "books@example.com",
        currencies: tuple[str, ...] = (),
        multicurrency: bool = False,
        auto_apply: bool = False,
    ) -> str:
        """Open a company's books; gives its realmId, 16 digits as text.

        `currencies` are the foreign ones it keeps books in; naming any makes it multi-currency.
        """
        with self.shelf.change():
            realm = str(9130350000000000 + self.shelf.count("realm") * 7919)
            company: Doc = {
                "realm": realm,
                "name": name,
                "country": country,
                "currency": currency,
                "timezone": timezone,
                "email": email,
                "multicurrency": multicurrency or bool(currencies),
                "auto_apply": auto_apply,
                "takes_cards": False,
                "read_only": False,
                "dismissed": False,
                "book_close_date": None,
                "accounts": {},
            }
            company["since"] = moment(company, self.clock())
            for title, (of_type, of_subtype) in _ACCOUNTS.items():
                company["accounts"][title] = self._account(company, title, of_type, of_subtype)
            company["terms"] = self._term(company, "Net 30", DueDays=30)
            for code in currencies:
                entry = {"Code": code, "Name": code, "Active": True}
                self._list_entry(company, "CompanyCurrency", entry)
            self.shelf.put("company", realm, company)
        return realm

    def _list_entry(self, company: Doc, entity: str, doc: Doc) -> str:
        realm = company["realm"]
        key = str(self.shelf.count(f"id/{realm}"))
        times = {"CreateTime": company["since"], "LastUpdatedTime": company["since"]}
        doc |= {"Id": key, "SyncToken": "0", "domain": "QBO", "sparse": False, "MetaData": times}
        self.shelf.put(kind(realm, entity), key, doc)
        return key

    def add_term(self, realm: str, name: str, **fields: float) -> str:
        """Add a term of sale by QuickBooks' own fields, such as `DueDays`; gives its id.

        With `DueDays` it counts days from the sale, without it is about days of a month.
        """
        with self.shelf.change():
            return self._term(self._company(realm), name, **fields)

    def edit_term(self, realm: str, term_id: str, **fields: object) -> None:
        """Change fields of a term by their QuickBooks names."""
        with self.shelf.change():
            doc = self.shelf.get(kind(realm, "Term"), term_id)
            if doc is None:
                message = f"no term {term_id}"
                raise LookupError(message)
            self.shelf.put(kind(realm, "Term"), term_id, doc | fields)

    def _term(self, company: Doc, name: str, **fields: float) -> str:
        way = "STANDARD" if "DueDays" in fields else "DATE_DRIVEN"
        doc = {"Name": name, "Type": way, "Active": True, **fields}
        return self._list_entry(company, "Term", doc)

    def add_account(self, realm: str, name: str, of_type: str, of_subtype: str = "") -> str:
        """Add an account to the chart of accounts; gives its id."""
        with self.shelf.change():
            company = self._company(realm)
            company["accounts"][name] = self._account(company, name, of_type, of_subtype)
            self.shelf.put("company", realm, company)
        return str(company["accounts"][name])

    def deactivate_account(self, realm: str, account_id: str) -> None:
        """Make an account inactive."""
        with self.shelf.change():
            doc = self.shelf.get(kind(realm, "Account"), account_id)
            if doc is None:
                message = f"no account {account_id}"
                raise LookupError(message)
            self.shelf.put(kind(realm, "Account"), account_id, doc | {"Active": False})

    def _account(self, company: Doc, name: str, of_type: str, of_subtype: str) -> str:
        doc = {"Name": name, "FullyQualifiedName": name, "Active": True}
        doc |= {"AccountType": of_type, "AccountSubType": of_subtype}
        return self._list_entry(company, "Account", doc)

    def set_book_close_date(self, realm: str, day: date | None) -> None:
        """Close the books up to and with a day, or open them again."""
        self._set(realm, book_close_date=day.isoformat() if day else None)

    def set_auto_apply(self, realm: str, *, on: bool) -> None:
        """Let QuickBooks apply payments to the oldest invoices by itself."""
        self._set(realm, auto_apply=on)

    def set_rate_places(self, realm: str, places: int) -> None:
        """Keep only so many digits behind the point of a rate of exchange."""
        self._set(realm, rate_places=places)

    def set_takes_cards(self, realm: str, *, on: bool) -> None:
        """Sign the company up for card payments, or end that: without it no invoice has a link."""
        self._set(realm, takes_cards=on)

    def set_read_only(self, realm: str, *, on: bool) -> None:
        """End or resume the company's subscription: without one its books can only be read."""
        self._set(realm, read_only=on)

    def dismiss(self, realm: str) -> None:
        """Take the administrator's rights from who connected the app; another may connect it."""
        self._set(realm, dismissed=True)

    def disconnect(self, realm: str) -> None:
        """Disconnect the app inside QuickBooks: every token of the company dies."""
        self.consent.end(realm)

    def _company(self, realm: str) -> Doc:
        company = self.shelf.get("company", realm)
        if company is None:
            message = f"no company {realm}"
            raise LookupError(message)
        return company

    def _set(self, realm: str, **traits: object) -> None:
        with self.shelf.change():
            self.shelf.put("company", realm, self._company(realm) | traits)
