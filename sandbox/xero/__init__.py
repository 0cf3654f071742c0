"""The stand-in for Xero: consent, tokens, the accounting API, webhooks, and its own books."""

from __future__ import annotations

from sandbox.xero.standin import XeroStandIn

__all__ = ["XeroStandIn"]
