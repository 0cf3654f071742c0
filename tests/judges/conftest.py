"""The vendors' own descriptions of their interfaces, where they lie beside the checkout.

They are not ours to hand on. Without them nothing is judged, and the run says so at its end. So it
does without Stripe's own command-line tool, which is found on the path or by DUNNOCK_STRIPE_CLI.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.judges.quickbooks_judge import QuickBooksJudge
from tests.judges.stripe_judge import StripeJudge
from tests.judges.xero_judge import XeroJudge

SPECS = Path(__file__).resolve().parents[3] / "shared" / "specs"

STRIPE_CLI = os.environ.get("DUNNOCK_STRIPE_CLI") or shutil.which("stripe") or ""

collect_ignore = [] if STRIPE_CLI else ["test_stripe_cli.py"]
collect_ignore_glob = [] if SPECS.is_dir() else ["test_*_requests.py", "test_stripe_standin.py"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not SPECS.is_dir():
        terminalreporter.write_line(
            f"No vendor descriptions at {SPECS}: the requests we send were not judged by them."
        )
    if not STRIPE_CLI:
        terminalreporter.write_line(
            "No Stripe command-line tool on the path or at DUNNOCK_STRIPE_CLI: its recipes were"
            " not run against the stand-in."
        )


@pytest.fixture(scope="session")
def specs() -> Path:
    """Give the folder of the vendors' descriptions; it need not be there."""
    return SPECS


@pytest.fixture(scope="session")
def xero(specs: Path) -> XeroJudge:
    return XeroJudge(specs / "xero")


@pytest.fixture(scope="session")
def quickbooks(specs: Path) -> QuickBooksJudge:
    return QuickBooksJudge(specs / "quickbooks")


@pytest.fixture(scope="session")
def stripe(specs: Path) -> StripeJudge:
    return StripeJudge(specs / "stripe")
