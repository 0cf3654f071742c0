"""Stripe as a place where money comes in: payments are read, notes go into their metadata."""

from __future__ import annotations

from connector.stripe.provider import PROVIDER

__all__ = ["PROVIDER"]
