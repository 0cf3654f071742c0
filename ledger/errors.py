"""What can go wrong outside, in the four words a flow acts on; any other exception is a bug.

Each docstring is the sentence a person reads.
"""

from __future__ import annotations

# The code of a refusal that meets every write alike: the books can only be read for now.
READ_ONLY = "read_only"


class OutsideError(Exception):
    """Something outside Dunnock did not do what was asked."""


class RetryLaterError(OutsideError):
    """The other side asks for patience; the same call may be made again after `seconds`."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        """Keep how long to wait, in seconds, and what the other side said."""
        super().__init__(reason or f"try again in {seconds:g} s")
        self.seconds = seconds
        self.reason = reason


class RefusedError(OutsideError):
    """The other side refused for good; a person must look at the reason."""

    def __init__(self, reason: str, code: str = "") -> None:
        """Keep the other side's own wording and, where it has one, its error code."""
        super().__init__(f"{reason} ({code})" if code else reason)
        self.reason = reason
        self.code = code


class StaleError(OutsideError):
    """The document changed since it was read: read it again and decide again."""


class DisconnectedError(OutsideError):
    """The connection no longer works; a person must connect again."""


class UnknownOutcomeError(OutsideError):
    """The call may or may not have been carried out: look before repeating it."""
