"""The Stripe stand-in: an app's marketplace, its merchants' accounts, and the story they live."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from flask import Flask

from sandbox.post import deliver
from sandbox.shelf import Doc
from sandbox.stripe import (
    cash,
    checkout,
    collection,
    customers,
    intents,
    invoices,
    methods,
    payments,
    payouts,
    reversals,
)
from sandbox.stripe.access import Access
from sandbox.stripe.api import Api, Bucket
from sandbox.stripe.books import StripeBooks, account_of, signature
from sandbox.stripe.consent import consent_pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from sandbox.post import Carrier
    from sandbox.shelf import Post, Request, Shelf

REQUESTS_PER_SECOND_LIVE = 100
REQUESTS_PER_SECOND_TEST = 25

# Stripe tells that it retries for three days with growing waits, not the waits themselves.
RETRIES = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    *(timedelta(hours=12) for _ in range(4)),
)
ACCEPTED = range(200, 300)
# What happens by itself when its moment comes.
LATER: dict[str, Callable[[StripeBooks, Doc, datetime], object]] = {
    "arrive": payouts.arrive,
    "debit": intents.debit,
    "expire": checkout.expire,
    "fulfil": checkout.fulfil,
    "settle": payments.settle,
}


class StripeStandIn:
    """One Stripe App and everybody who might install it, on an injected clock."""

    def __init__(  # noqa: PLR0913 - an app has this many settings
        self,
        shelf: Shelf,
        clock: Callable[[], datetime],
        *,
        client_id: str,
        developer_key: str,
        webhook_secret: str,
        livemode: bool = False,
        public_url: str = "https://api.stripe.test",
        redirect_uris: tuple[str, ...] = (),
        requests_per_second: int | None = None,
    ) -> None:
        """Open the stand-in on a shelf; a second one on the same shelf goes on where it stood."""
        self.shelf = shelf
        self.public_url = public_url
        self.books = StripeBooks(shelf, clock, livemode=livemode)
        self.access = Access(self.books, client_id=client_id, developer_key=developer_key)
        if not shelf.all("secret"):
            self.books.roll_secret(webhook_secret)
            self._add_platform()
        usual = REQUESTS_PER_SECOND_LIVE if livemode else REQUESTS_PER_SECOND_TEST
        self.api = Api(self.access, Bucket(requests_per_second or usual), self.settle)
        self.app = Flask("sandbox.stripe")
        self.app.register_blueprint(consent_pages(self.access, redirect_uris))
        self.app.register_blueprint(self.api.blueprint())
        self.app.register_blueprint(collection.printed_pages(self.books))

    def _add_platform(self) -> None:
        # The developer's own account: what the app's key opens without a Stripe-Account header.
        self.books.keep("acct_platform", self._account("acct_platform", "Dunnock", "usd"))

    def _account(self, key: str, name: str, currency: str) -> Doc:
        return account_of(key, name, currency, int(self.books.now().timestamp()))

    # The story: what merchants and payers do.

    def add_account(self, name: str, currency: str) -> str:
        """Open a merchant's account that settles in `currency` ("gbp"); gives its acct_ id."""
        with self.shelf.change():
            key = self.books.new_id("acct")
            self.books.keep(key, self._account(key, name, currency.lower()))
            self.shelf.put("merchant", key, {"id": key, "title": name})
            return key

    def add_restricted_key(self, account: str) -> str:
        """Let a merchant make a restricted key by hand; it lives until the account closes."""
        with self.shelf.change():
            mode = "live" if self.books.livemode else "test"
            key = f"rk_{mode}_standin{self.shelf.count('rk'):016d}"
            self.access.grant(account, key, until=None)
            return key

    def add_endpoint(self, account: str, secret: str) -> None:
        """Let a merchant add a webhook endpoint of its own, signed with its own secret."""
        self._install(account, endpoint_secret=secret)

    def withhold(self, account: str, *permissions: str) -> None:
        """Let an install lack permissions, such as `payment_intent_write`; none gives all back."""
        self._install(account, withheld=list(permissions))

    def _install(self, account: str, **facts: str | bool | list[str]) -> None:
        with self.shelf.change():
            before = self.shelf.get("install", account) or {"id": account, "connected": False}
            self.shelf.put("install", account, {**before, **facts})

    def set_rate(self, source: str, target: str, rate: str) -> None:
        """Say what one unit of `source` settles to in `target`, as text such as "1.0833"."""
        key = f"{source.lower()}/{target.lower()}"
        self.shelf.put("rate", key, {"id": key, "rate": rate})

    def add_customer(self, account: str, name: str, email: str | None) -> str:
        """Write a customer into a merchant's account; gives its cus_ id."""
        with self._story():
            params = {"name": name, "email": email}
            return str(customers.new_customer(self.books, account, params)["id"])

    def take_payment(
        self,
        account: str,
        amount_minor: int,
        currency: str,
        *,
        customer: str | None = None,
        metadata: Mapping[str, str] | None = None,
        description: str | None = None,
    ) -> str:
        """Let somebody pay; gives the pi_ id. The fee follows with charge.updated a little later.

        `customer` is a cus_ id. Raises ValueError for a currency without a rate (set_rate).
        """
        with self._story():
            payer = self.books.find(account, "customer", customer) if customer else None
            asked = {
                "amount": amount_minor,
                "currency": currency.lower(),
                "customer": customer,
                "metadata": dict(metadata or {}),
                "description": description,
                "payer": payer,
            }
            return str(payments.take(self.books, account, asked)["id"])

    def add_invoice(
        self,
        account: str,
        customer: str,
        amount_minor: int,
        currency: str,
        *,
        due: date | None = None,
        number: str | None = None,
    ) -> str:
        """Issue an invoice of Stripe's own; gives its in_ id. No `due` charges automatically."""
        with self._story():
            facts = {
                "amount": amount_minor,
                "currency": currency.lower(),
                "customer": customer,
                "number": number,
            }
            return str(invoices.issue(self.books, account, facts, due)["id"])

    def fail_charge(self, invoice: str, code: str, retry: timedelta | None = None) -> None:
        """Let Stripe's own attempt at an invoice fail; without `retry` it gives up."""
        with self._story():
            collection.fail(self.books, invoice, code, retry)

    def start_debit(self, invoice: str) -> None:
        """Let Stripe's own attempt at an invoice be under way."""
        with self._story():
            collection.debit(self.books, invoice)

    def collect(self, invoice: str) -> None:
        """Let Stripe's own attempt at an invoice work."""
        with self._story():
            collection.collect(self.books, invoice)

    def sessions(self, account: str) -> list[Doc]:
        """Give an account's Checkout Sessions, oldest first."""
        self.settle()
        return self.books.all(account, "checkout.session")[::-1]

    def pay_session(self, session: str, *, later: bool = False) -> None:
        """Let a payer pay an open session, at once or by a debit that takes its time."""
        with self._story():
            account, doc = self.books.owner(session), self.books.get("checkout.session", session)
            what = methods.SLOW if later else methods.SUCCEEDS
            checkout.pay(self.books, account, doc, {"name": "Payer", "email": None}, what)

    def attach_payment(self, invoice: str, intent: str, amount_minor: int | None = None) -> str:
        """Tie a payment to a Stripe invoice, for all that fits or a part; gives the inpay_ id."""
        with self._story():
            return str(invoices.attach(self.books, invoice, intent, amount_minor)["id"])

    def refund(self, intent: str, amount_minor: int | None = None) -> str:
        """Give a payment back, all of it or a part; gives the re_ id."""
        with self._story():
            return str(reversals.refund(self.books, intent, amount_minor, None)["id"])

    def dispute(self, charge: str, reason: str = "fraudulent") -> str:
        """Let the payer's bank dispute a charge (ch_ or pi_ id); gives the dp_ id."""
        with self._story():
            if self.shelf.get(f"{self.books.owner(charge)}/payment_intent", charge):
                charge = str(self.books.get("payment_intent", charge)["latest_charge"])
            return str(reversals.dispute(self.books, charge, reason)["id"])

    def close_dispute(self, dispute: str, *, won: bool) -> None:
        """End a dispute for or against the merchant."""
        with self._story():
            reversals.close_dispute(self.books, dispute, won=won)

    def send_transfer(
        self,
        account: str,
        customer: str,
        amount_minor: int,
        currency: str,
        *,
        reference: str = "",
        sender: str = "",
    ) -> str:
        """Let a customer send money by bank transfer; gives the ccsbtxn_ id."""
        with self._story():
            told = {"reference": reference or None, "sender_name": sender or None}
            amount = {currency.lower(): amount_minor}
            return str(cash.fund(self.books, account, customer, amount, told)["id"])

    def payout(self, account: str) -> str | None:
        """Pay out what is available; gives the po_ id, None when there is nothing to pay out."""
        with self._story():
            doc = payouts.payout(self.books, account)
            return str(doc["id"]) if doc else None

    def move(self, account: str, amount_minor: int, category: str) -> str:
        """Move an account's balance for a reason of Stripe's own, such as "fee"; gives a txn_ id.

        `category` is a reporting category.
        """
        with self._story():
            currency = str(self.books.get("account", account)["default_currency"])
            facts = {"amount": amount_minor, "currency": currency, "source": None}
            facts |= {"type": "adjustment", "category": category, "at_once": True}
            return str(payments.transaction(self.books, account, facts, self.books.now())["id"])

    def return_payout(self, payout: str) -> None:
        """Let the bank send a payout back days after it was paid."""
        with self._story():
            payouts.fail(self.books, payout)

    def deauthorize(self, account: str) -> None:
        """Let the merchant uninstall the app: its tokens die, and the webhook says so."""
        with self._story():
            self.books.emit(account, "account.application.deauthorized", self.access.application())
            self.access.revoke(account)
            self._install(account, connected=False)

    def uninstall(self, account: str) -> None:
        """Let the merchant uninstall the app, told of as an install that was deleted."""
        with self._story():
            install = {"id": f"appinst_{account[-8:]}", "object": "apps.install"}
            self.books.emit(account, "apps.install.deleted", {**install, "status": "uninstalling"})
            self.access.revoke(account)
            self._install(account, connected=False)

    def roll_webhook_secret(self, secret: str) -> None:
        """Give the app's endpoint a new secret; for 24 hours deliveries carry both signatures."""
        self.books.roll_secret(secret)

    def send_thin(self, *, thin: bool) -> None:
        """Send thin events from now on, or snapshots again."""
        self.books.thin = thin

    @contextmanager
    def _story(self) -> Iterator[None]:
        self.settle()
        with self.shelf.change():
            yield

    # The clockwork.

    def settle(self) -> None:
        """Let everything happen that was due: charges settle, payouts arrive."""
        now = self.books.now()
        due = [row for row in self.shelf.all("later") if datetime.fromisoformat(row["due"]) <= now]
        for row in sorted(due, key=lambda one: (one["due"], one["id"])):
            with self.shelf.change():
                LATER[row["what"]](self.books, row, datetime.fromisoformat(row["due"]))
                self.shelf.drop("later", row["id"])

    def next_moment(self) -> datetime | None:
        """Say when something happens next by itself: a settlement, or a delivery falling due."""
        moments = [datetime.fromisoformat(row["due"]) for row in self.shelf.all("later")]
        post = self.shelf.next_post()
        return min([*moments, *([post] if post else [])], default=None)

    def deliver(self, carry: Carrier) -> int:
        """Send every webhook that is due, signed at this moment; gives how many were accepted."""
        self.settle()
        now = self.books.now()

        def signed(post: Post) -> int:
            headers = dict(post.headers)
            secrets = self.books.secrets(headers.pop("X-Standin-Signer"))
            headers["Stripe-Signature"] = signature(post.body, secrets, now)
            return carry(replace(post, headers=headers))

        return deliver(self.shelf, now, signed, RETRIES, ACCEPTED)

    # The read-outs: the stand-in's own truth, for whoever checks the product.

    def payment_intents(self, account: str) -> list[Doc]:
        """Give an account's PaymentIntents, oldest first."""
        self.settle()
        return self.books.all(account, "payment_intent")[::-1]

    def payouts(self, account: str) -> list[Doc]:
        """Give an account's payouts, oldest first."""
        self.settle()
        return self.books.all(account, "payout")[::-1]

    def metadata(self, key: str) -> dict[str, str]:
        """Give the metadata on an object by its id; raises KeyError when there is none."""
        account = self.books.owner(key)
        for noun in ("payment_intent", "charge", "customer", "invoice", "refund", "payout"):
            doc = self.books.find(account, noun, key)
            if doc is not None:
                return dict(doc["metadata"])
        raise KeyError(key)

    def told(self) -> list[str]:
        """Give the kinds of every event in every account's log, sent to anybody or not."""
        rows = [
            self.books.find(str(one["account"]), "event", key)
            for key, one in self.shelf.items("owner")
            if key.startswith("evt_")
        ]
        return [str(row["type"]) for row in rows if row]

    def requests(self, after: int = 0) -> list[Request]:
        """Give the request log, oldest first, from behind sequence number `after`."""
        return self.shelf.requests(after)
