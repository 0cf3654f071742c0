"""A stand-in for Stripe: an app's consent, its merchants' accounts, the API and its webhooks."""

from __future__ import annotations

from sandbox.stripe.standin import StripeStandIn

__all__ = ["StripeStandIn"]
