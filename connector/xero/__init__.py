"""Xero as a system of record: receipts are Payments, Overpayments and Prepayments."""

from __future__ import annotations

from connector.xero.provider import PROVIDER

__all__ = ["PROVIDER"]
