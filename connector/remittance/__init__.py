"""Remittance advices: what payers send to say which documents a payment is for."""
