"""QuickBooks Online as a system of record: receipts are Payments, notes are Attachables."""

from __future__ import annotations

from connector.quickbooks.provider import PROVIDER

__all__ = ["PROVIDER"]
