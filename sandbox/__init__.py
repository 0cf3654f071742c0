"""Loopback stand-ins for Xero, QuickBooks, Stripe and a mail server.

Imports nothing of the product: the stand-ins keep their own books by their own arithmetic, so that
they can judge ours.
"""
