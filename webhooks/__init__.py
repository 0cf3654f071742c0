"""The door: verify, keep, answer."""
