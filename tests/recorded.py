"""What the whole suite asks of the vendors, judged by the vendors' own files.

Every stand-in keeps a log of requests. While tests run that drive the product, whatever is logged
is judged when the test ends, so that a request no vendor describes names the test that sent it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Protocol

from sandbox.shelf import LISTENERS, Request
from tests.judges.quickbooks_judge import QuickBooksJudge
from tests.judges.stripe_judge import StripeJudge
from tests.judges.xero_judge import XeroJudge

SPECS = Path(__file__).resolve().parents[2] / "shared" / "specs"
# Rooms whose tests let the product speak; elsewhere a test may ask a stand-in what it likes.
ROOMS = ("connector", "flows", "oauth", "web", "webhooks", "worlds")
# A request without what differs from one to the next.
_VARIES = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}|\d+")


class Judge(Protocol):
    """Says everything that is wrong with a request."""

    def findings(self, one: Request) -> list[str]: ...


@cache
def judges() -> dict[str, Judge]:
    """Load the vendors' files, once in each process."""
    return {
        "xero": XeroJudge(SPECS / "xero"),
        "quickbooks": QuickBooksJudge(SPECS / "quickbooks"),
        "stripe": StripeJudge(SPECS / "stripe"),
    }


def vendor(one: Request) -> str:
    """Tell by its path whom a request was meant for; "" for what no file describes."""
    if one.path.startswith(("/api.xro/", "/connections", "/Connections")):
        return "xero"
    if one.path.startswith("/v3/company/"):
        return "quickbooks"
    if one.path.startswith("/v1/") and "/oauth/" not in one.path and "openid" not in one.path:
        return "stripe"
    return ""


class Recorder:
    """Remembers requests as stand-ins log them."""

    def __init__(self) -> None:
        """Listen from now on."""
        self._heard: list[Request] = []
        self._judged: set[tuple[str, ...]] = set()
        LISTENERS.append(self._heard.append)

    def forget(self) -> None:
        """Let go of what was heard: it is nobody's."""
        self._heard.clear()

    def findings(self) -> list[str]:
        """Judge what was heard since the last time, each kind of request once."""
        found: list[str] = []
        for one in self._heard:
            kind = (one.method, one.path, one.query, one.body.decode("utf-8", "replace"))
            shape = tuple(_VARIES.sub("*", part) for part in kind)
            name = vendor(one)
            if name and shape not in self._judged:
                self._judged.add(shape)
                found += judges()[name].findings(one)
        self.forget()
        return found
