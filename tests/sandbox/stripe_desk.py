"""A client of the Stripe stand-in inside the process: asks as a form, and gets the JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.shelf import Shelf
from sandbox.stripe import StripeStandIn
from tests.sandbox.stripe_world import Clock, make

OK = 200


@dataclass
class Desk:
    """One account with its key, and every way to write into it."""

    clock: Clock = field(default_factory=Clock)
    stand_in: StripeStandIn = field(init=False)
    shop: str = field(init=False)
    version: str = ""

    def __post_init__(self) -> None:
        self.stand_in = make(Shelf(), self.clock)
        self.shop = self.stand_in.add_account("Shop", "usd")
        self._key = self.stand_in.add_restricted_key(self.shop)

    def ask(self, verb: str, path: str, **form: Any) -> tuple[int, dict[str, Any]]:
        """Ask, and give the status with the answer; `a__b` in a name is `a[b]`."""
        named = {_bracketed(name): value for name, value in form.items()}
        self.clock.now += timedelta(milliseconds=200)
        head = {"Authorization": f"Bearer {self._key}"}
        head |= {"Stripe-Version": self.version} if self.version else {}
        sent: dict[str, Any] = {"query_string" if verb == "GET" else "data": named}
        answer = self.stand_in.app.test_client().open(
            f"/v1/{path}", method=verb, headers=head, **sent
        )
        return answer.status_code, answer.get_json()

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Read what must be there."""
        status, doc = self.ask("GET", path, **query)
        assert status == OK, doc
        return doc

    def post(self, path: str, **form: Any) -> dict[str, Any]:
        """Write what must succeed."""
        status, doc = self.ask("POST", path, **form)
        assert status == OK, doc
        return doc

    def refused(self, path: str, verb: str = "POST", **form: Any) -> tuple[int, str]:
        """Ask for what must be refused; gives the status with the code or the parameter."""
        status, doc = self.ask(verb, path, **form)
        assert status != OK, doc
        error = doc["error"]
        return status, error.get("code") or error.get("param") or error["message"]

    def wait(self, **span: int) -> None:
        """Let time pass, with what happens by itself."""
        self.clock.forward(**span)
        self.stand_in.settle()

    @property
    def told(self) -> list[str]:
        """The kinds of every event so far."""
        return self.stand_in.told()

    # What several tests begin with.

    def customer(self, token: str = "", **more: Any) -> str:
        """Add a customer, with a card of a test token if given."""
        card = {"payment_method": token} if token else {}
        return str(self.post("customers", name="Ada", **card, **more)["id"])

    def price(self, amount: int = 1500, **more: Any) -> str:
        """Add a product with a price."""
        product = self.post("products", name="Paper")["id"]
        made = self.post("prices", product=product, unit_amount=amount, currency="usd", **more)
        return str(made["id"])

    def draft(self, customer: str, amount: int = 2000, **more: Any) -> str:
        """Draft an invoice of one item."""
        self.post("invoiceitems", customer=customer, amount=amount, currency="usd")
        made = self.post(
            "invoices", customer=customer, pending_invoice_items_behavior="include", **more
        )
        return str(made["id"])


def _bracketed(name: str) -> str:
    first, *rest = name.split("__")
    return first + "".join(f"[{one}]" for one in rest)
