"""Who may ask: keys, access tokens with their hour, rotating refresh tokens, permissions."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sandbox.stripe.errors import bad_key, expired_key, no_access, not_permitted

if TYPE_CHECKING:
    from sandbox.shelf import Doc
    from sandbox.stripe.books import StripeBooks

TOKEN_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=365)
CODE_LIFE = timedelta(minutes=5)

_PERMISSIONS = {
    "payment_intents": "payment_intent",
    "charges": "charge",
    "balance_transactions": "balance_transaction_source",
    "customers": "customer",
    "invoices": "invoice",
    "invoice_payments": "invoice",
    "events": "event",
    "payouts": "payout",
    "refunds": "charge",
    "disputes": "dispute",
    "checkout": "checkout_session",
    "credit_notes": "credit_note",
    "payment_links": "payment_links",
    "payment_methods": "payment_method",
    "prices": "plan",
    "products": "product",
    "subscriptions": "subscription",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """A request's key and the account it opens."""

    token: str
    account: str


def bearer(header: str) -> str:
    """Read the key out of an Authorization header, sent as Bearer or as the user of Basic."""
    word, _, rest = header.partition(" ")
    if word.lower() == "bearer":
        return rest.strip()
    if word.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""


class Access:
    """The keys of one app and of the merchants that installed it."""

    def __init__(self, books: StripeBooks, *, client_id: str, developer_key: str) -> None:
        """Know the app by its client id and its secret key."""
        self.books = books
        self.client_id = client_id
        self.developer_key = developer_key
        # The same developer's keys of other environments: known, and no use for what is ours.
        self.other_keys: set[str] = set()
        # Before the app is published, only this channel leads to its consent.
        self.channel = ""
        # Signs the way back from an install with the platform's key.
        self.install_secret = "absec_standin"  # noqa: S105 - a stand-in's

    def identify(self, token: str, account: str) -> Caller:
        """Say whose account a key opens, with the Stripe-Account header given (or "").

        Raises StripeRefusal: 401 for an unknown or expired key, 403 for a foreign account.
        """
        if token == self.developer_key:
            return Caller(token, self._as_platform(token, account))
        row = self.books.shelf.get("token", token)
        if row is None or row["revoked"]:
            raise bad_key(token)
        if row["until"] is not None and datetime.fromisoformat(row["until"]) <= self.books.now():
            raise expired_key(token)
        if account not in {"", row["account"]}:
            raise no_access(token, account)
        return Caller(token, row["account"])

    def _as_platform(self, token: str, account: str) -> str:
        if not account:
            return "acct_platform"
        install = self.books.shelf.get("install", account)
        if install is None or not install["connected"]:
            raise no_access(token, account)
        return account

    def permit(self, account: str, path: str, *, write: bool) -> None:
        """Refuse what the merchant's install does not grant."""
        noun = _PERMISSIONS.get(path.removeprefix("/v1/").partition("/")[0])
        install = self.books.shelf.get("install", account) or {}
        wanted = f"{noun}_{'write' if write else 'read'}"
        if noun and wanted in install.get("withheld", []):
            raise not_permitted(wanted)

    def code(self, account: str) -> str:
        """Write the one-time code a consent is redirected back with."""
        code = self.books.new_id("ac")
        until = (self.books.now() + CODE_LIFE).isoformat()
        row = {"id": code, "account": account, "until": until}
        self.books.shelf.put("code", code, row)
        return code

    def redeem(self, kind: str, secret: str) -> Doc | None:
        """Trade a code or a refresh token for a new pair; None when it is used, old or foreign."""
        row = self.books.shelf.get(kind, secret)
        if row is None or datetime.fromisoformat(row["until"]) <= self.books.now():
            return None
        self.books.shelf.drop(kind, secret)
        if kind == "code":
            self._install(row["account"])
        return self._pair(row["account"])

    def _install(self, account: str) -> None:
        before = self.books.shelf.get("install", account) or {}
        self.books.shelf.put("install", account, {**before, "id": account, "connected": True})
        self.books.emit(account, "account.application.authorized", self.application())

    def install(self, account: str, state: str) -> Doc:
        """Install for the platform's key: no tokens, and a signed way back."""
        self._install(account)
        told = {"state": state, "user_id": f"usr_{account[-8:]}", "account_id": account}
        signed = json.dumps(told, separators=(",", ":")).encode()
        stamp = str(int(self.books.now().timestamp()))
        mark = hmac.new(
            self.install_secret.encode(), stamp.encode() + b"." + signed, hashlib.sha256
        )
        return {**told, "install_signature": f"t={stamp},v1={mark.hexdigest()}"}

    def application(self) -> Doc:
        """Describe the app as Stripe's events do."""
        return {"id": self.client_id, "object": "application", "name": "Dunnock"}

    def _pair(self, account: str) -> Doc:
        now = self.books.now()
        mode = "live" if self.books.livemode else "test"
        number = self.books.shelf.count("token")
        access, refresh = f"sk_{mode}_standin{number:016d}", f"rt_standin{number:016d}"
        self.grant(account, access, until=now + TOKEN_LIFE)
        row = {"id": refresh, "account": account, "until": (now + REFRESH_LIFE).isoformat()}
        self.books.shelf.put("refresh", refresh, row)
        return {
            "access_token": access,
            "livemode": self.books.livemode,
            "refresh_token": refresh,
            "scope": "stripe_apps",
            "stripe_publishable_key": f"pk_{mode}_standin{number:016d}",
            "stripe_user_id": account,
            "token_type": "bearer",
        }

    def grant(self, account: str, token: str, *, until: datetime | None) -> None:
        """Let a token open an account, for ever with no `until` (a restricted key)."""
        row = {
            "id": token,
            "account": account,
            "until": until.isoformat() if until else None,
            "revoked": False,
        }
        self.books.shelf.put("token", token, row)

    def revoke(self, account: str) -> None:
        """Take back what the app holds for an account: its access and refresh tokens.

        A key the merchant made by hand outlives the app's install.
        """
        for row in self.books.shelf.all("token"):
            if row["account"] == account and row["until"] is not None:
                self.books.shelf.put("token", row["id"], {**row, "revoked": True})
        for kind in ("refresh", "code"):
            for row in self.books.shelf.all(kind):
                if row["account"] == account:
                    self.books.shelf.drop(kind, row["id"])
