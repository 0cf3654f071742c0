"""Wiring and commands. Nobody imports this module."""

from __future__ import annotations

import click


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dunnock", prog_name="dunnock")
def main() -> None:
    """Dunnock: dunning and cash application beside Xero, QuickBooks Online and Stripe."""
