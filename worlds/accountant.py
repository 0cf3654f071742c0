"""The accountant of a world: does at the product's pages what a person does, and nothing else."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from channels.email import message_id
from ledger.documents import Source
from store import (
    actions,
    bank_accounts,
    bank_files,
    bank_lines,
    connections,
    exceptions,
    holds,
    mirror,
    organisations,
)
from worlds.browser import Browser, PageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import date

    from sandbox.story.companies import Company
    from store.exceptions import ExceptionRow
    from worlds.town import Town

# What is chosen, and what is pressed, on each vendor's consent page.
CHOICES = {"xero": "tenant", "quickbooks": "realm", "stripe": "account"}
# Where she has Stripe money booked, by how the account's name begins.
ACCOUNTS = {
    "xero": {"stripe": "Stripe", "payouts": "Current account", "fees": "Merchant fees"},
    "quickbooks": {"stripe": "Undeposited", "payouts": "Checking", "fees": "Merchant Fees"},
}
# And where the money on bank statements goes; a bank's fees are booked as Stripe's are.
BANK_ACCOUNTS = {
    "xero": {"bank": "Current account", "fees": "Merchant fees", "rounding": "Merchant fees"},
    "quickbooks": {"bank": "Checking", "fees": "Merchant Fees", "discounts": "Discounts given"},
}
DECISIONS = {"xero": {"decision": "allow"}, "quickbooks": {"decision": "connect"}, "stripe": {}}

# Says which invoices a receipt was meant for, by the vendor's receipt id; None when nobody knows.
Truth = "Callable[[str, str], Mapping[str, int] | None]"


class Accountant:
    """Signs in once and works at the pages. Everything she does may be done twice."""

    def __init__(self, town: Town) -> None:
        """Take a seat in front of the product."""
        self.town = town
        self.browser = Browser(town.browser(), town.addresses.product)

    def sign_in(self) -> None:
        """Press the demo's button."""
        self.browser.open("/sign-in")
        if self.browser.has_form("/sign-in/demo"):
            self.browser.submit("/sign-in/demo")

    def organisation_of(self, tenant: str, provider: str) -> int | None:
        """Give our id of the organisation whose books are at a tenant."""
        with self.town.house.sessions() as s:
            found = connections.by_tenant(s, provider, tenant)
        return found.organisation_id if found else None

    def _at(self, organisation_id: int) -> str:
        with self.town.house.sessions() as s:
            return f"/o/{organisations.get(s, organisation_id).public_id}"

    def connect(self, company: Company, tenant: str) -> int:
        """Connect a company's books through the vendor's own consent page; gives our id."""
        known = self.organisation_of(tenant, company.provider)
        if known is not None and self._is_connected(known, company.provider):
            return known
        start = "/organisations" if known is None else f"{self._at(known)}/connections"
        self.browser.open(start)
        self.browser.submit(f"/connect/{company.provider}")
        chosen = {CHOICES[company.provider]: tenant, **DECISIONS[company.provider]}
        self.browser.submit("", **chosen)
        made = self.organisation_of(tenant, company.provider)
        if made is None:
            msg = f"{company.name} could not be connected: {self.said()}"
            raise PageError(msg)
        return made

    def _is_connected(self, organisation_id: int, provider: str) -> bool:
        with self.town.house.sessions() as s:
            found = connections.of_organisation(s, organisation_id)
        return any(one.provider == provider and one.state == "connected" for one in found)

    def connect_stripe(self, organisation_id: int, account: str, into: Mapping[str, str]) -> None:
        """Connect a Stripe account to an organisation and say where its money is booked.

        `into` names an account of the ledger by how it begins, for each purpose that is chosen.
        """
        home = self._at(organisation_id)
        if not self._is_connected(organisation_id, "stripe"):
            self.browser.open(f"{home}/connections")
            self.browser.submit("/connect/stripe")
            self.browser.submit("", account=account)
        self.book_into(organisation_id, into)

    def book_into(self, organisation_id: int, into: Mapping[str, str]) -> None:
        """Choose the ledger's account for each purpose that has none yet."""
        with self.town.house.sessions() as s:
            chosen = organisations.get(s, organisation_id).accounts
        if any(purpose not in chosen for purpose in into):
            page = self.browser.open(f"{self._at(organisation_id)}/connections/accounts")
            wanted = {purpose: self._option(page, purpose, name) for purpose, name in into.items()}
            self.browser.submit("/connections/accounts", **wanted)

    def hand_in(self, organisation_id: int, name: str, body: bytes) -> bool:
        """Upload a bank statement, unless she did before; says whether she did now.

        The account it is of is claimed when the product asks whose it is.
        """
        digest = hashlib.sha256(body).hexdigest()
        with self.town.house.sessions() as s:
            known = bank_files.with_digest(s, organisation_id, digest)
        if known is None:
            self.upload(organisation_id, name, body)
        with self.town.house.sessions() as s:
            taken = bank_files.with_digest(s, organisation_id, digest)
            books = connections.books_of(s, organisation_id)
            into = BANK_ACCOUNTS[books.provider]["bank"] if books else ""
            asked = [
                one
                for one in bank_accounts.everyone(s, organisation_id)
                if one.state == bank_accounts.ASKED
            ]
        if taken is None or taken.state != bank_files.READ:
            msg = f"{name} was not taken in: {self.said()}"
            raise PageError(msg)
        # Without books she cannot say yet which of their accounts it is.
        for one in asked if books else ():
            page = self.browser.open(f"{self._at(organisation_id)}/bank/accounts/{one.id}")
            account = self._option(page, "ledger_account", into)
            self.browser.submit("/claim", ledger_account=account)
        return known is None

    def upload(self, organisation_id: int, name: str, body: bytes) -> None:
        """Upload a file on the bank page, whether it is known or not."""
        self.browser.open(f"{self._at(organisation_id)}/bank")
        self.browser.hand_in("/bank/upload", name, body)

    def settle_seen(
        self, organisation_id: int, twins: Callable[[str], Collection[str] | None]
    ) -> int:
        """Say of lines that may be in the books already what they are; gives how many.

        `twins` gives the ids a line's money may have there, nothing for money of its own, and None
        where she does not know. She presses only what is offered.
        """
        settled = 0
        for row in self._open(organisation_id, "bank_line_seen"):
            receipt_id = row.subject.rpartition(":")[2]
            known = twins(receipt_id)
            if known is None:
                continue
            with self.town.house.sessions() as s:
                line = bank_lines.of_receipts(s, organisation_id, [receipt_id])[receipt_id]
            page = self.browser.open(f"{self._at(organisation_id)}/bank")
            form = f"/bank/lines/{line.id}/seen"
            offered = re.findall(rf'{form}".*?name="twin" value="([^"]*)"', page, re.DOTALL)
            chosen = [one for one in offered if one in known] if known else [""]
            if offered and chosen:
                self.browser.submit(form, twin=chosen[0])
                settled += 1
        return settled

    def _option(self, page: str, field: str, name: str) -> str:
        """Find what a choice sends for the option that begins with a name."""
        choice = re.search(rf'<select[^>]*name="{field}".*?</select>', page, re.DOTALL)
        options = choice[0] if choice else ""
        found = re.search(rf'value="([^"]+)"[^>]*>\s*{re.escape(name)}', options)
        if found is None:
            msg = f"there is no account {name} for {field}: {self.said()}"
            raise PageError(msg)
        return found[1]

    def disconnect(self, organisation_id: int, provider: str) -> None:
        """Disconnect the books of an organisation."""
        if not self._is_connected(organisation_id, provider):
            return
        self.browser.open(f"{self._at(organisation_id)}/connections")
        self.browser.submit("/disconnect/")

    def go_live(self, organisation_id: int) -> None:
        """Read what would be sent, then switch sending on."""
        self.browser.open(f"{self._at(organisation_id)}/today/mode")
        self.browser.submit("/today/mode", mode="auto", read="yes")

    def trust(self, organisation_id: int) -> None:
        """Let the rules apply by themselves what they are sure of."""
        self.browser.open(f"{self._at(organisation_id)}/settings")
        self.browser.submit("/settings", **{"matching.mode": "auto", "do": "save"})

    def dispute(self, organisation_id: int, invoice_id: str, reason: str) -> None:
        """Hold back reminders about a disputed invoice."""
        self._hold(organisation_id, invoice_id, kind="disputed", reason=reason)

    def promise(self, organisation_id: int, invoice_id: str, until: date, reason: str) -> None:
        """Record that an invoice is to be paid by a day."""
        day = until.isoformat()
        self._hold(organisation_id, invoice_id, kind="promise_open", reason=reason, until=day)

    def _hold(self, organisation_id: int, invoice_id: str, **form: str) -> None:
        with self.town.house.sessions() as s:
            held = holds.all_open(s, organisation_id, self.town.clock().date())
            known = mirror.invoice(s, organisation_id, invoice_id)
        if known is None or any(one.hold.invoice_id == invoice_id for one in held):
            return
        self.browser.open(f"{self._at(organisation_id)}/invoices/{invoice_id}")
        self.browser.submit("/holds/invoice/", **form)

    def release(self, organisation_id: int, invoice_id: str) -> None:
        """Release what was held."""
        with self.town.house.sessions() as s:
            held = holds.all_open(s, organisation_id, self.town.clock().date())
        if not any(one.hold.invoice_id == invoice_id for one in held):
            return
        self.browser.open(f"{self._at(organisation_id)}/invoices/{invoice_id}")
        self.browser.submit("/release")

    def approve_matches(self, organisation_id: int) -> int:
        """Confirm every proposed application; gives how many."""
        home, approved = self._at(organisation_id), 0
        self.browser.open(f"{home}/matches")
        while self.browser.has_form("/matches/approve/"):
            self.browser.submit("/matches/approve/")
            approved += 1
            self.browser.open(f"{home}/matches")
        return approved

    def answer(
        self, organisation_id: int, truth: Callable[[str, str], Mapping[str, int] | None]
    ) -> int:
        """Place the receipts that nobody could place, as far as she knows; gives how many.

        Money on the bank for what is paid already is left on account.
        """
        placed = 0
        back = self._came_back(organisation_id).values()
        for row in self._open(organisation_id, "unmatched_receipt"):
            _word, source, receipt_id = row.subject.split(":", 2)
            wanted = truth(source, receipt_id)
            if not wanted or receipt_id in back:
                continue
            if self._place(organisation_id, source, receipt_id, wanted):
                placed += 1
            elif source == "bank":
                self._leave(organisation_id, receipt_id)
        return placed

    def _leave(self, organisation_id: int, receipt_id: str) -> bool:
        """Leave money on account; False when nobody asks about it."""
        self.browser.open(f"{self._at(organisation_id)}/matches")
        if not self.browser.has_form(f"/matches/leave/bank/{receipt_id}"):
            return False
        self.browser.submit(f"/matches/leave/bank/{receipt_id}")
        return True

    def _came_back(self, organisation_id: int) -> dict[int, str]:
        """Say, by exception, which receipt it is that the bank took back."""
        found: dict[int, str] = {}
        for row in self._open(organisation_id, "payment_returned"):
            key = row.subject.rpartition(":")[2]
            with self.town.house.sessions() as s:
                line = bank_lines.of_receipts(s, organisation_id, [key])[key]
                days = (line.booked - timedelta(days=60), line.booked)
                came = mirror.receipts_between(
                    s, organisation_id, Source.BANK, days, {-line.amount}
                )
            same = [one.ref.id for one in came if one.payer_name == line.payer_name]
            if same:
                found[row.id] = same[-1]
        return found

    def settle_returned(self, organisation_id: int) -> int:
        """Undo what was done with money that the bank took back; gives how much was settled.

        What was never applied is left where it is.
        """
        settled = 0
        for exception_id, receipt_id in self._came_back(organisation_id).items():
            undo = f"/exceptions/{exception_id}/undo/"
            self.browser.open(f"{self._at(organisation_id)}/exceptions")
            if self.browser.has_form(undo):
                self.browser.submit(undo)
                settled += 1
            elif self._leave(organisation_id, receipt_id):
                self.browser.open(f"{self._at(organisation_id)}/exceptions")
                note = "It was never applied; the customer was called."
                self.browser.submit(f"/exceptions/{exception_id}/close", note=note)
                settled += 1
        return settled

    def _place(
        self, organisation_id: int, source: str, receipt_id: str, wanted: Mapping[str, int]
    ) -> bool:
        """Type amounts beside the invoices, at most what is open on each."""
        with self.town.house.sessions() as s:
            receipts = mirror.receipts_to_match(s, organisation_id)
            receipt = next((one for one in receipts if one.ref.id == receipt_id), None)
            open_now = mirror.invoices(s, organisation_id, list(wanted))
        if receipt is None:
            return False
        left, typed = receipt.unapplied, {}
        for invoice_id, minor in wanted.items():
            invoice = open_now.get(invoice_id)
            if invoice is None or not invoice.is_open:
                continue
            amount = min(minor, invoice.balance.minor, left.minor)
            if amount > 0 and invoice.balance.currency == left.currency:
                share = type(left)(amount, left.currency)
                typed[f"pay:{invoice_id}"] = share.text
                left -= share
        if not typed:
            return False
        number = open_now[next(iter(wanted))].number
        page = f"{self._at(organisation_id)}/matches/{source}/{receipt_id}"
        self.browser.open(f"{page}?q={number if len(wanted) == 1 else ''}")
        self.browser.submit(f"/matches/{source}/{receipt_id}", **typed)
        return True

    def settle_unconfirmed(self, organisation_id: int) -> int:
        """Look into the sent mail and say of each send in doubt whether it went out."""
        settled = 0
        doubts = self._open(organisation_id, "unconfirmed_send")
        sent = {letter.message_id for letter in self.town.mailbox.messages()} if doubts else set()
        for row in doubts:
            with self.town.house.sessions() as s:
                action = actions.get(s, organisation_id, row.action_id or 0)
                ours = organisations.get(s, organisation_id)
            if action is None:
                continue
            key = f"{ours.public_id}:{action.key}"
            wanted = message_id(key, self.town.house.config.mail.sender)
            self.browser.open(f"{self._at(organisation_id)}/exceptions")
            answer = "yes" if wanted in sent else "no"
            self.browser.submit(f"/exceptions/{row.id}/resolve", sent=answer)
            settled += 1
        return settled

    def _open(self, organisation_id: int, kind: str) -> list[ExceptionRow]:
        with self.town.house.sessions() as s:
            return exceptions.list_open(s, organisation_id, kind)

    def said(self) -> str:
        """Give what the open page tells, for a person reading the console."""
        return " ".join(re.sub(r"<[^>]+>", " ", self.browser.text).split())[:300]
