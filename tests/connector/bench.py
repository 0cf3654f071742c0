"""One provider's books, opened bare against the stand-in, for whoever tests what all must do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from connector import PROVIDERS
from connector.protocol import Books, Opening, Provider, Role
from ledger.documents import Kind, Receipt, Ref, Source
from ledger.money import Money
from oauth.tokens import fresh_access
from sandbox.shelf import Post
from store import organisations
from tests.flows.scene import Scene
from worlds.town import QUICKBOOKS as QUICKBOOKS_APP
from worlds.town import STRIPE as STRIPE_APP
from worlds.town import XERO as XERO_APP

APPS = {"xero": XERO_APP, "quickbooks": QUICKBOOKS_APP, "stripe": STRIPE_APP}
# Stripe keeps books too, and with less in them: tests of its own hold it to the same promises.
LEDGERS = [name for name, one in PROVIDERS.items() if Role.PAYMENTS not in one.roles]
PAYMENTS = [name for name, one in PROVIDERS.items() if Role.PAYMENTS in one.roles]


@dataclass
class Bench:
    """One provider's books, opened bare, with the stand-in beside them."""

    name: str
    scene: Scene

    @property
    def provider(self) -> Provider:
        return PROVIDERS[self.name]

    @property
    def standin(self) -> Any:
        return getattr(self.scene.town, self.name)

    @property
    def takes_money(self) -> bool:
        """Whether it is open as a place where money comes in."""
        return self.name in PAYMENTS

    def opening(self, **other: Any) -> Opening:
        opener = self.scene.town.house.opener
        row = self.scene.stripe if self.takes_money else self.scene.books
        with opener.sessions() as s:
            accounts = organisations.get(s, row.organisation_id).accounts
        asked: dict[str, Any] = {
            "access": fresh_access(opener, row).access,
            "gate": opener.gate(row),
            "wire": opener.wire(self.name),
            "clock": opener.clock,
            "accounts": accounts,
        }
        return Opening(**{**asked, **other})

    def books(self, **other: Any) -> Books:
        """Open the books as the vendor's own package does, with nothing of ours around them."""
        return self.provider.open(self.opening(**other))

    def receipt(self, minor: int = 10_000, *, source: Source = Source.LEDGER) -> Receipt:
        """Have money that nobody placed, in the ledger or at Stripe."""
        scene = self.scene
        if source is Source.STRIPE:
            intent = scene.card(minor)
            [found] = Bench("stripe", scene).books().read([Ref(Kind.RECEIPT, intent)])
        else:
            key = scene.receipt(minor)
            page = self.books().open_documents("")
            while not any(one.document.ref.id == key for one in page.found):
                page = self.books().open_documents(page.cursor)
            [found] = [one for one in page.found if one.document.ref.id == key]
        assert isinstance(found.document, Receipt)
        return found.document

    def document(self, number: str = "AA-1001") -> Ref:
        """Have a document that a note can be written on."""
        if self.takes_money:
            return Ref(Kind.RECEIPT, self.scene.card(10_000))
        return Ref(Kind.INVOICE, self.scene.invoice(number))

    def state(self) -> Any:
        """Give the stand-in's own view of what is open, paid and unapplied."""
        tenant = self.scene.keeper.tenant
        if self.name == "xero":
            xero = self.scene.town.xero
            return xero.receivables(tenant), xero.unapplied(tenant), _sums(xero.invoices(tenant))
        books = self.scene.town.quickbooks
        left = {one["Id"]: one.get("UnappliedAmt") for one in books.payments(tenant)}
        return books.receivables(tenant), {key for key, amount in left.items() if amount}, left

    def posts(self) -> list[Post]:
        """Give the signed webhooks that are due now."""
        found: list[Post] = []

        def keep(post: Post) -> int:
            found.append(post)
            return 200

        self.standin.deliver(keep)
        return found


def _sums(invoices: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(one["id"], one["open"], one["paid"], one["credited"]) for one in invoices]


def gbp(minor: int) -> Money:
    return Money(minor, "GBP")


every = pytest.mark.parametrize("bench", list(PROVIDERS), indirect=True)
ledgers = pytest.mark.parametrize("bench", LEDGERS, indirect=True)
sources = pytest.mark.parametrize("source", [Source.LEDGER, Source.STRIPE])
