"""A bookkeeper's hands: what people do inside QuickBooks, and what the books say afterwards.

Amounts are whole minor units of the document's currency, days are dates.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from sandbox.quickbooks import write
from sandbox.quickbooks.amounts import to_minor, to_wire
from sandbox.quickbooks.change import Change, currency_of, kind
from sandbox.quickbooks.faults import not_found
from sandbox.quickbooks.owner import Owner

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from sandbox.shelf import Doc, Request


class Bookkeeper(Owner):
    """Acts on companies' books directly, by the same rules that bind an API client."""

    def add_customer(  # noqa: PLR0913 - a customer has this many traits
        self,
        realm: str,
        name: str,
        email: str | None = None,
        *,
        parent: str | None = None,
        billed_with_parent: bool = True,
        currency: str | None = None,
        phone: str | None = None,
    ) -> str:
        """Add a customer, or a sub-customer billed with its parent or by itself; gives its id."""
        body: Doc = {"DisplayName": name, "CompanyName": name}
        if email:
            body["PrimaryEmailAddr"] = {"Address": email}
        if phone:
            body["PrimaryPhone"] = {"FreeFormNumber": phone}
        if parent:
            body |= {"ParentRef": {"value": parent}, "BillWithParent": billed_with_parent}
            body["Job"] = True
        if currency:
            body["CurrencyRef"] = {"value": currency, "name": currency}
        return str(self._save(realm, "Customer", body)["Id"])

    def edit_customer(self, realm: str, customer_id: str, **fields: object) -> None:
        """Change fields of a customer by their QuickBooks names, such as `DisplayName`."""
        self._save(realm, "Customer", self._sparse(realm, "Customer", customer_id) | fields)

    def deactivate_customer(self, realm: str, customer_id: str) -> None:
        """Make a customer inactive, as QuickBooks does instead of deleting a name."""
        body = self._sparse(realm, "Customer", customer_id)
        name = self._get(realm, "Customer", customer_id)["DisplayName"]
        fields = {"Active": False, "DisplayName": f"{name} (deleted)"}
        self._save(realm, "Customer", body | fields)

    def merge_customers(self, realm: str, gone: str, into: str) -> None:
        """Merge a customer into another, to whom all its documents belong from then on."""
        survivor = self._get(realm, "Customer", into)
        ref = {"value": into, "name": survivor["DisplayName"]}
        with self.shelf.change():
            change = Change(self.shelf, realm, self.clock())
            for entity in ("Invoice", "CreditMemo", "Payment"):
                for doc in self.shelf.all(kind(realm, entity)):
                    if doc["CustomerRef"]["value"] == gone:
                        change.replace(entity, {**doc, "CustomerRef": ref})
            change.commit()
            # With the balance that came over.
            survivor = self._get(realm, "Customer", into)
            change.merge(into, gone)
            change.replace("Customer", {**survivor, "Notes": f"took in {gone}"})
            change.commit()

    def raise_invoice(  # noqa: PLR0913 - an invoice has this many traits
        self,
        realm: str,
        customer_id: str,
        number: str,
        day: date,
        due: date,
        amount: int,
        *,
        currency: str | None = None,
        memo: str | None = None,
        term: str = "",
        tax: int = 0,
    ) -> str:
        """Raise an invoice over `amount` minor units, `tax` of them tax; gives its id.

        It is sold on the term of that id, else on the customer's own, if it has one.
        """
        body = self._sale(realm, customer_id, day, amount - tax, currency)
        body |= {"DocNumber": number, "DueDate": due.isoformat()}
        own = self._get(realm, "Customer", customer_id).get("SalesTermRef", {}).get("value")
        if term or own:
            body["SalesTermRef"] = {"value": term or own}
        if tax:
            body["TxnTaxDetail"] = {"TotalTax": to_wire(tax, body["CurrencyRef"]["value"])}
        if memo:
            body["PrivateNote"] = memo
        return str(self._save(realm, "Invoice", body)["Id"])

    def edit_invoice(self, realm: str, invoice_id: str, **fields: object) -> None:
        """Change fields of an invoice by their QuickBooks names, such as `DueDate`."""
        self._save(realm, "Invoice", self._sparse(realm, "Invoice", invoice_id) | fields)

    def schedule_payment(self, realm: str, invoice_id: str, *, on: bool = True) -> None:
        """Have the customer agree to an automatic payment of an invoice, or call it off."""
        with self.shelf.change():
            change = Change(self.shelf, realm, self.clock())
            doc = {**self._get(realm, "Invoice", invoice_id)}
            doc["ScheduledPaymentId"] = f"sched-{invoice_id}" if on else ""
            change.replace("Invoice", doc)
            change.commit()

    def _sale(
        self, realm: str, customer_id: str, day: date, amount: int, currency: str | None
    ) -> Doc:
        currency = currency or currency_of(self._get(realm, "Customer", customer_id))
        detail = {"ItemRef": {"value": "1", "name": "Services"}}
        line = {"Amount": to_wire(amount, currency), "DetailType": "SalesItemLineDetail"}
        return {
            "CustomerRef": {"value": customer_id},
            "TxnDate": day.isoformat(),
            "CurrencyRef": {"value": currency},
            "Line": [{**line, "Description": "Services", "SalesItemLineDetail": detail}],
        }

    def record_receipt(
        self,
        realm: str,
        customer_id: str,
        amount: int,
        day: date,
        reference: str,
        *,
        memo: str | None = None,
    ) -> str:
        """Record money that came in and that nobody has matched yet; gives the payment's id."""
        body = self._money(realm, customer_id, amount, day, reference)
        if memo:
            body["PrivateNote"] = memo
        return str(self._save(realm, "Payment", body)["Id"])

    def record_payment(
        self, realm: str, invoice_id: str, amount: int, day: date, reference: str
    ) -> str:
        """Record a payment of an invoice, as a bookkeeper does by hand; gives the payment's id."""
        invoice = self._get(realm, "Invoice", invoice_id)
        owner = invoice["CustomerRef"]["value"]
        body = self._money(realm, owner, amount, day, reference)
        body["Line"] = [_line(invoice, "Invoice", amount)]
        return str(self._save(realm, "Payment", body)["Id"])

    def _money(self, realm: str, customer_id: str, amount: int, day: date, reference: str) -> Doc:
        currency = currency_of(self._get(realm, "Customer", customer_id))
        return {
            "CustomerRef": {"value": customer_id},
            "TotalAmt": to_wire(amount, currency),
            "TxnDate": day.isoformat(),
            "PaymentRefNum": reference,
            "CurrencyRef": {"value": currency},
        }

    def edit_payment(self, realm: str, payment_id: str, **fields: object) -> None:
        """Change fields of a payment by their QuickBooks names, such as `PrivateNote`."""
        self._save(realm, "Payment", self._sparse(realm, "Payment", payment_id) | fields)

    def apply_receipt(self, realm: str, payment_id: str, shares: dict[str, int]) -> None:
        """Apply a payment to invoices by hand: invoice id to minor units, replacing all lines."""
        body = self._sparse(realm, "Payment", payment_id)
        found = [
            _line(self._get(realm, "Invoice", key), "Invoice", minor)
            for key, minor in shares.items()
        ]
        self._save(realm, "Payment", body | {"Line": found})

    def raise_credit_memo(self, realm: str, customer_id: str, amount: int, day: date) -> str:
        """Raise a credit memo that is not applied to anything; gives its id."""
        body = self._sale(realm, customer_id, day, amount, None)
        return str(self._save(realm, "CreditMemo", body)["Id"])

    def credit(self, realm: str, invoice_id: str, amount: int, day: date) -> str:
        """Raise a credit memo and apply it to an invoice with a payment of 0; gives its id."""
        invoice = self._get(realm, "Invoice", invoice_id)
        customer_id = invoice["CustomerRef"]["value"]
        with self.shelf.change():
            memo_id = self.raise_credit_memo(realm, customer_id, amount, day)
            memo = self._get(realm, "CreditMemo", memo_id)
            body = self._money(realm, customer_id, 0, day, "")
            body["Line"] = [_line(invoice, "Invoice", amount), _line(memo, "CreditMemo", amount)]
            self._save(realm, "Payment", body)
        return memo_id

    def void(self, realm: str, invoice_id: str) -> None:
        """Void an invoice."""
        self._undo(realm, "Invoice", invoice_id, write.void)

    def void_payment(self, realm: str, payment_id: str) -> None:
        """Void a payment."""
        self._undo(realm, "Payment", payment_id, write.void)

    def delete(self, realm: str, entity: str, key: str) -> None:
        """Delete an invoice, payment, credit memo or deposit for good."""
        self._undo(realm, entity, key, write.delete)

    def deposit(self, realm: str, *payment_ids: str) -> str:
        """Put payments of Undeposited Funds into one bank deposit; gives its id."""
        payments = [self._get(realm, "Payment", key) for key in payment_ids]
        company = self._company(realm)
        lines = [
            {
                "Amount": one["TotalAmt"],
                "LinkedTxn": [{"TxnId": one["Id"], "TxnType": "Payment", "TxnLineId": "0"}],
            }
            for one in payments
        ]
        account = {"value": company["accounts"]["Checking"]}
        body = {"DepositToAccountRef": account, "Line": lines}
        return str(self._save(realm, "Deposit", body)["Id"])

    def receivables(self, realm: str) -> dict[str, int]:
        """Sum what customers owe on open invoices: currency to minor units."""
        found: Counter[str] = Counter()
        for doc in self.invoices(realm):
            currency = currency_of(doc)
            found[currency] += to_minor(doc["Balance"], currency)
        return dict(found)

    def balance(self, realm: str, account_id: str, span: tuple[str, str]) -> int:
        """Add up what payments brought into an account, in minor units of their currencies.

        `span` is the first and the last day that counts, as ISO writes them.
        """
        first, last = span
        return sum(
            to_minor(doc["TotalAmt"], currency_of(doc))
            for doc in self.payments(realm)
            if doc["DepositToAccountRef"]["value"] == account_id and first <= doc["TxnDate"] <= last
        )

    def invoices(self, realm: str) -> list[Doc]:
        """Give every invoice as QuickBooks' API shows it."""
        return self.shelf.all(kind(realm, "Invoice"))

    def payments(self, realm: str) -> list[Doc]:
        """Give every payment as kept: lines without `LineEx`."""
        return self.shelf.all(kind(realm, "Payment"))

    def credit_memos(self, realm: str) -> list[Doc]:
        """Give every credit memo."""
        return self.shelf.all(kind(realm, "CreditMemo"))

    def customers(self, realm: str) -> list[Doc]:
        """Give every customer, inactive ones too."""
        return self.shelf.all(kind(realm, "Customer"))

    def notes(self, realm: str) -> list[tuple[str, str, str, str]]:
        """Give every attached note: entity type, id, text, and when it was written."""
        found = []
        for doc in self.shelf.all(kind(realm, "Attachable")):
            for ref in doc.get("AttachableRef", []):
                at = doc["MetaData"]["CreateTime"]
                target = ref["EntityRef"]
                found.append((target["type"], target["value"], doc.get("Note", ""), at))
        return found

    def requests(self, after: int = 0) -> list[Request]:
        """Give the stand-in's own log of requests behind a sequence number."""
        return self.shelf.requests(after)

    def meter(self, realm: str, month: str) -> tuple[int, int]:
        """Give the calls of a month (`2026-11`): free writes and metered reads."""
        doc = self.shelf.get("meter", f"{realm}/{month}") or {"core": 0, "core_plus": 0}
        return doc["core"], doc["core_plus"]

    def _get(self, realm: str, entity: str, key: str) -> Doc:
        doc = self.shelf.get(kind(realm, entity), key)
        if doc is None:
            raise not_found(entity, key)
        return doc

    def _sparse(self, realm: str, entity: str, key: str) -> Doc:
        doc = self._get(realm, entity, key)
        return {"Id": key, "SyncToken": doc["SyncToken"], "sparse": True}

    def _save(self, realm: str, entity: str, body: Doc) -> Doc:
        with self.shelf.change():
            change = Change(self.shelf, realm, self.clock())
            doc = write.save(change, entity, body, duplicates=True)
            change.commit()
            return doc

    def _undo(
        self, realm: str, entity: str, key: str, undo: Callable[[Change, str, Doc], Doc]
    ) -> None:
        with self.shelf.change():
            change = Change(self.shelf, realm, self.clock())
            undo(change, entity, self._sparse(realm, entity, key))
            change.commit()


def _line(target: Doc, entity: str, minor: int) -> Doc:
    link = {"TxnId": target["Id"], "TxnType": entity}
    return {"Amount": to_wire(minor, currency_of(target)), "LinkedTxn": [link]}
