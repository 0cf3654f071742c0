"""Consent, sealed tokens, refresh under a lease, disconnect."""
