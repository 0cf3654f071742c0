"""A bookkeeper's hands: what people do inside Xero, in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero import cashbook, figures, posting
from sandbox.xero.people import People
from sandbox.xero.refusals import Invalid

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from sandbox.shelf import Doc

    Amount = str | Decimal | int


class Hands(People):
    """Controls for a story. Amounts are text or Decimal in units, or an `int` in minor units.

    What Xero would refuse raises `refusals.Invalid` with Xero's messages.
    """

    def add_organisation(  # noqa: PLR0913 - what an organisation is
        self,
        name: str,
        short_code: str,
        base_currency: str,
        timezone: str,
        country: str,
        currencies: Sequence[str] = (),
        *,
        user: str = "",
    ) -> str:
        """Open an organisation and give its tenant id; without `user` it has one of its own."""
        with self.change():
            tenant = self.books.new_id("organisations")
            doc = {
                "id": tenant,
                "name": name,
                "short_code": short_code,
                "base_currency": base_currency,
                "timezone": timezone,
                "country": country,
                "currencies": list(dict.fromkeys((base_currency, *currencies))),
                "user": user or f"owner.{short_code.strip('!').lower()}@example.com",
                "period_lock": None,
                "year_lock": None,
                "reminders": False,
                "not_allowed": [],
            }
            self.shelf.put("organisations", tenant, doc)
        return tenant

    def add_account(  # noqa: PLR0913 - what an account is
        self,
        tenant: str,
        name: str,
        code: str = "",
        *,
        type_: str = "BANK",
        currency: str = "",
        payments: bool = False,
        tax_type: str = "",
    ) -> str:
        """Open a ledger account: a bank account, one that payments may be made to, or a cost."""
        with self.change():
            doc = {
                "id": self.books.new_id("Accounts"),
                "name": name,
                "code": code,
                "type": type_,
                "currency": currency or self.books.organisation(tenant)["base_currency"],
                "enable_payments": payments,
                "payable": payments or type_ == "BANK",
                "tax_type": tax_type,
                "status": "ACTIVE",
            }
            self.books.keep(tenant, "Accounts", doc)
        return str(doc["id"])

    def raise_invoice(  # noqa: PLR0913, PLR0917 - what an invoice is
        self,
        tenant: str,
        contact_id: str,
        number: str,
        day: date,
        due: date,
        amount: Amount,
        currency: str,
        reference: str | None = None,
        *,
        tax: Amount = 0,
        sent: bool = True,
        status: str = "AUTHORISED",
        type_: str = "ACCREC",
    ) -> str:
        """Raise an invoice (with `type_` ACCPAY a bill); ValueError on a bad currency or number."""
        with self.change():
            if currency not in self.books.organisation(tenant)["currencies"]:
                raise ValueError(f"the organisation has no currency {currency}")
            if any(doc["number"] == number for doc in self.books.all(tenant, "Invoices")):
                raise ValueError("Invoice # must be unique.")
            self.doc(tenant, "Contacts", contact_id)
            doc: Doc = {
                "id": self.books.new_id("Invoices"),
                "type": type_,
                "contact": contact_id,
                "number": number,
                "reference": reference or "",
                "day": day.isoformat(),
                "due": due.isoformat(),
                "expected": None,
                "currency": currency,
                "total": figures.told(amount, currency),
                "tax": figures.told(tax, currency),
                "paid": 0,
                "credited": 0,
                "paid_on": None,
                "status": status,
                "sent": sent,
                "payments": [],
                "allocations": [],
                "at": self.books.now(),
            }
            self.books.keep(tenant, "Invoices", doc)
        return str(doc["id"])

    def record_receipt(
        self,
        tenant: str,
        contact_id: str,
        amount: Amount,
        currency: str,
        day: date,
        reference: str = "",
    ) -> str:
        """Book bank money as an overpayment nobody has applied yet; gives the overpayment's id."""
        made = self._money_in(tenant, contact_id, (amount, currency), day, reference)
        return str(made["overpayment"])

    def record_prepayment(
        self, tenant: str, contact_id: str, amount: Amount, currency: str, day: date
    ) -> str:
        """Book bank money that is owed for nothing yet; gives the prepayment's id."""
        type_ = "RECEIVE-PREPAYMENT"
        made = self._money_in(tenant, contact_id, (amount, currency), day, type_=type_)
        return str(made["prepayment"])

    def _money_in(
        self,
        tenant: str,
        contact_id: str,
        money: tuple[Amount, str],
        day: date,
        reference: str = "",
        *,
        type_: str = "RECEIVE-OVERPAYMENT",
    ) -> Doc:
        amount, currency = money
        with self.change():
            account = self._bank_account(tenant, currency)
            fields = {
                "type": type_,
                "contact": contact_id,
                "account": account,
                "amount": figures.told(amount, currency),
                "currency": currency,
                "day": day.isoformat(),
                "reference": reference,
                "reconciled": True,
                "by": "user",
            }
            return cashbook.enter(self.books, tenant, fields)

    def record_payment(
        self, tenant: str, invoice_id: str, amount: Amount, day: date, reference: str = ""
    ) -> str:
        """Book a payment against an invoice; Invalid when Xero would refuse it."""
        with self.change():
            invoice = self.doc(tenant, "Invoices", invoice_id)
            entry = {
                "target": invoice,
                "account": self._bank_account(tenant, invoice["currency"]),
                "amount": figures.told(amount, invoice["currency"]),
                "day": day.isoformat(),
                "reference": reference,
                "reconciled": False,
                "by": "user",
            }
            wrong = posting.check_payment(self.books, tenant, "Invoices", entry)
            if wrong:
                raise Invalid(*wrong)
            return str(posting.pay(self.books, tenant, "Invoices", entry)["id"])

    def remove_payment(self, tenant: str, payment_id: str) -> None:
        """Delete a payment; Invalid when Xero would refuse it."""
        with self.change():
            posting.unpay(self.books, tenant, self.doc(tenant, "Payments", payment_id))

    def reconcile(self, tenant: str, payment_id: str) -> None:
        """Match a payment with its bank line; it cannot be deleted any more."""
        self.set_fields(tenant, "Payments", payment_id, reconciled=True)

    def raise_credit_note(
        self,
        tenant: str,
        contact_id: str,
        amount: Amount,
        currency: str,
        day: date,
        reference: str = "",
    ) -> str:
        """Raise a credit note and leave it unallocated; gives its id."""
        with self.change():
            fields = {
                "contact": contact_id,
                "amount": figures.told(amount, currency),
                "currency": currency,
                "day": day.isoformat(),
                "reference": reference,
                "number": f"CN-{self.shelf.count('credit note ' + tenant):04d}",
                "by": "user",
            }
            return str(posting.enter_credit(self.books, tenant, "CreditNotes", fields)["id"])

    def allocate(
        self, tenant: str, kind: str, credit_id: str, invoice_id: str, amount: Amount, day: date
    ) -> str:
        """Allocate an overpayment or credit note (`kind` as in the API) to an invoice."""
        with self.change():
            credit = self.doc(tenant, kind, credit_id)
            entry = {
                "target": self.doc(tenant, "Invoices", invoice_id),
                "amount": figures.told(amount, credit["currency"]),
                "day": day.isoformat(),
                "by": "user",
            }
            wrong = posting.check_allocation(self.books, tenant, credit, entry, {})
            if wrong:
                raise Invalid(*wrong)
            return str(posting.allocate(self.books, tenant, kind, credit, entry)["id"])

    def remove_allocation(self, tenant: str, allocation_id: str) -> None:
        """Take an allocation back."""
        with self.change():
            posting.unallocate(self.books, tenant, self.doc(tenant, "Allocations", allocation_id))

    def credit(self, tenant: str, invoice_id: str, amount: Amount, day: date) -> str:
        """Raise a credit note and allocate all of it to an invoice; gives the credit note's id."""
        with self.change():
            invoice = self.doc(tenant, "Invoices", invoice_id)
            units = figures.told(amount, invoice["currency"])
            note = self.raise_credit_note(
                tenant, invoice["contact"], units, invoice["currency"], day
            )
            self.allocate(tenant, "CreditNotes", note, invoice_id, units, day)
        return note

    def void(self, tenant: str, invoice_id: str) -> None:
        """Void an invoice; Invalid when something is applied to it."""
        with self.change():
            posting.void(self.books, tenant, self.doc(tenant, "Invoices", invoice_id))

    def change_due(self, tenant: str, invoice_id: str, due: date) -> None:
        """Move a due date; on a part-paid invoice `UpdatedDateUTC` stays, as in Xero."""
        with self.change():
            invoice = self.doc(tenant, "Invoices", invoice_id)
            invoice["due"] = due.isoformat()
            self.books.keep(tenant, "Invoices", invoice, quiet=bool(invoice["paid"]))

    def set_account(self, tenant: str, account_id: str, **fields: Any) -> None:  # noqa: ANN401
        """Change an account, for example `status="ARCHIVED"`."""
        self.set_fields(tenant, "Accounts", account_id, **fields)

    def set_lock_date(self, tenant: str, day: date | None, *, year_end: bool = False) -> None:
        """Lock everything up to and including a day."""
        field = "year_lock" if year_end else "period_lock"
        self.set_organisation(tenant, **{field: day.isoformat() if day else None})

    def set_organisation(self, tenant: str, **fields: Any) -> None:  # noqa: ANN401
        """Change an organisation.

        Name, reminders (bool), not_allowed (action names), edition, demo (bool), mails_a_day,
        spam (bool: Xero suspects it), ignores (fields of invoices that it leaves alone), ….
        """
        with self.change():
            doc = self.books.organisation(tenant) | fields
            self.shelf.put("organisations", tenant, doc)

    def disconnect(self, tenant: str) -> None:
        """End the app's connections to an organisation, as its user can inside Xero."""
        with self.change():
            for doc in self.shelf.all("connections"):
                if doc["tenantId"] == tenant:
                    self.shelf.drop("connections", doc["id"])

    def _bank_account(self, tenant: str, currency: str) -> Doc:
        for account in self.books.all(tenant, "Accounts"):
            if account["type"] == "BANK" and account["currency"] == currency:
                return account
        raise ValueError(f"the organisation has no bank account in {currency}")
