"""A loopback stand-in for QuickBooks Online, with its own books and its own arithmetic."""

from __future__ import annotations

from sandbox.quickbooks.standin import QuickBooksStandIn

__all__ = ["QuickBooksStandIn"]
