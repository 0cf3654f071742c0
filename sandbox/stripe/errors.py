"""Stripe's refusals, in Stripe's own JSON."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

# A shorter key is hidden whole.
MASKED_FROM = 12


class StripeRefusal(Exception):  # noqa: N818 - it is an answer, not a fault of this program
    """An answer with an error body; `stored` says that an idempotency key remembers it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        code: str = "",
        param: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Keep the HTTP status and what goes into the body."""
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.headers = headers or {}
        # Stripe remembers an answer only once execution began; a refused request never did.
        self.stored = False

        self.more: dict[str, Any] = {}

    def body(self, request_id: str) -> dict[str, Any]:
        """Give the body as Stripe writes it, with the address of the request's log."""
        error: dict[str, Any] = {"message": str(self), "type": self.kind, **self.more}
        if self.code:
            error["code"] = self.code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}"
        if self.param:
            error["param"] = self.param
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def missing(noun: str, key: str, param: str = "id") -> StripeRefusal:
    """Say that this account has nothing of that id."""
    status = 404 if param == "id" else 400
    return StripeRefusal(status, f"No such {noun}: '{key}'", code="resource_missing", param=param)


def unknown_parameter(name: str) -> StripeRefusal:
    """Refuse a parameter this endpoint does not have."""
    return StripeRefusal(
        400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name
    )


def invalid(message: str, param: str, code: str = "parameter_invalid") -> StripeRefusal:
    """Refuse a value Stripe does not take."""
    return StripeRefusal(400, message, code=code, param=param)


def masked(token: str) -> str:
    """Show a key as Stripe's messages do: its beginning and its last four characters."""
    return f"{token[:8]}{'*' * 12}{token[-4:]}" if len(token) > MASKED_FROM else "*" * len(token)


def bad_key(token: str) -> StripeRefusal:
    """Refuse no key or an unknown one."""
    if not token:
        return StripeRefusal(401, "You did not provide an API key.")
    return StripeRefusal(401, f"Invalid API Key provided: {masked(token)}")


def expired_key(token: str) -> StripeRefusal:
    """Refuse an access token behind its hour."""
    return StripeRefusal(401, f"Expired API Key provided: {masked(token)}", code="api_key_expired")


def no_access(token: str, account: str) -> StripeRefusal:
    """Refuse a key for an account that never consented, or that took its consent back."""
    return StripeRefusal(
        403,
        f"The provided key '{masked(token)}' does not have access to account '{account}'"
        " (or that account does not exist). Application access may have been revoked.",
        code="account_invalid",
    )


def not_permitted(permission: str) -> StripeRefusal:
    """Refuse what the installed app's manifest does not ask for."""
    return StripeRefusal(
        403,
        f"The application does not have the required permissions: {permission}.",
        code="more_permissions_required_for_application",
    )


def too_many(reason: str = "global-rate") -> StripeRefusal:
    """Refuse a request too many; Stripe names the limit and no waiting time."""
    return StripeRefusal(
        429,
        "Request rate limit exceeded.",
        code="rate_limit",
        headers={"Stripe-Rate-Limited-Reason": reason},
    )


def locked() -> StripeRefusal:
    """Refuse because another request holds the object: a 429 without the limit's header."""
    return StripeRefusal(
        429,
        "This object cannot be accessed right now because another API request is accessing it.",
        code="lock_timeout",
    )


def broken(status: int) -> StripeRefusal:
    """Say that something failed on Stripe's side; a 500 happened after execution began."""
    refusal = StripeRefusal(status, "An unknown error occurred.", kind="api_error")
    refusal.stored = status == HTTPStatus.INTERNAL_SERVER_ERROR
    return refusal


def key_reused() -> StripeRefusal:
    """Refuse an idempotency key that came before with other parameters."""
    return StripeRefusal(
        400,
        "Keys for idempotent requests can only be used with the same parameters they were"
        " first used with.",
        kind="idempotency_error",
    )


def declined(intent: dict[str, Any], charge: str) -> StripeRefusal:
    """Say that the payer's bank declined; the attempt itself stays in the books."""
    refusal = StripeRefusal(402, "Your card was declined.", kind="card_error", code="card_declined")
    refusal.more = {
        "charge": charge,
        "decline_code": "generic_decline",
        "payment_intent": intent,
    }
    refusal.stored = True
    return refusal


def key_in_use() -> StripeRefusal:
    """Refuse an idempotency key whose first request is still under way."""
    return StripeRefusal(
        409,
        "There is currently another in-progress request using this Idempotent Key.",
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )
