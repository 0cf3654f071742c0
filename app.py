"""Wiring and commands. Nobody imports this module."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import uuid
import webbrowser
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from granian import Granian
from granian.constants import Interfaces
from rich.console import Console
from rich.table import Table

import doctor as checks
import house
from config import Config, ConfigError, load
from flows.doorbell.local import LocalDoorbell
from store import inbox, journal, organisations
from web.sign_in import make_link

if TYPE_CHECKING:
    from flask import Flask

CONFIG = "DUNNOCK_CONFIG"
DEFAULT = Path("config.toml")
console = Console()


def _settings() -> Config:
    """Read the configuration named by --config, DUNNOCK_CONFIG, or lying here; else defaults."""
    named = os.environ.get(CONFIG)
    path = Path(named) if named else DEFAULT if DEFAULT.exists() else None
    try:
        return load(path)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error


def _outside() -> house.Outside:
    """Give the real world: the machine's clock and chance, the vendors' own addresses."""
    return house.Outside(
        clock=lambda: datetime.now(UTC),
        ids=lambda: uuid.uuid4().hex,
        secret=lambda: secrets.token_urlsafe(32),
        wait=time.sleep,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
    )


def _house() -> house.House:
    built = house.build(_settings(), _outside())
    if built.key_file_is_new:
        path = built.config.store.key_file
        click.echo(
            f"A key file was made: {path}. Back it up apart from the database; without it the"
            " connections have to be made anew.",
            err=True,
        )
    return built


def pages() -> Flask:
    """Build the WSGI app; called by the web server in its worker process."""
    return _house().pages()


def _show(as_json: bool, value: Any, text: str) -> None:  # noqa: ANN401, FBT001 - any result
    click.echo(json.dumps(value, indent=2, default=str) if as_json else text)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="dunnock", prog_name="dunnock")
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    help="Configuration file; without it config.toml, if it is here.",
)
def main(config: str | None) -> None:
    """Dunnock: dunning and cash application beside Xero, QuickBooks Online and Stripe."""
    if config:
        os.environ[CONFIG] = config


@main.command(epilog="Example: dunnock serve")
def serve() -> None:
    """Serve the pages and the webhook door."""
    settings = _settings()
    _house().engine.dispose()
    Granian(
        "app:pages",
        factory=True,
        interface=Interfaces.WSGI,
        address=settings.server.bind,
        port=settings.server.port,
        workers=1,
        blocking_threads=settings.server.threads,
    ).serve()


@main.command(epilog="Example: dunnock work")
def work() -> None:
    """Read, decide and write back, until stopped."""
    bell = LocalDoorbell(_house().tools)
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _number, _frame: bell.stop())
    click.echo("Working. Stop with Ctrl-C.", err=True)
    bell.run()


@main.command(epilog="Example: dunnock run")
def run() -> None:
    """Run the pages and the worker, as two processes; when one ends, both do."""
    settings = _settings()
    _house().engine.dispose()
    command = [sys.executable, str(Path(__file__).resolve())]
    parts = [subprocess.Popen([*command, name]) for name in ("serve", "work")]  # noqa: S603 - ours

    def stop(_number: int = 0, _frame: object = None) -> None:
        for part in parts:
            part.terminate()

    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    click.echo(f"Dunnock is at {settings.server.public_url}", err=True)
    while all(part.poll() is None for part in parts):
        time.sleep(0.2)
    stop()
    sys.exit(max(abs(part.wait()) for part in parts) and 1)


@main.command(epilog="Example: dunnock migrate")
def migrate() -> None:
    """Bring the database to the tables of this version."""
    _house().engine.dispose()
    click.echo("The database is at the newest version.")


@main.command(epilog="Example: dunnock sign-in ann@example.com")
@click.argument("email")
def sign_in(email: str) -> None:
    """Print a link that signs a person in once; somebody new is added first."""
    built = _house()
    with built.sessions.begin() as s:
        organisations.add_person(s, email, email.partition("@")[0], built.outside.clock())
    click.echo(
        make_link(
            secret_key=built.secret_key,
            public_url=built.config.server.public_url,
            email=email,
            nonce=built.outside.ids(),
            moment=built.outside.clock(),
        )
    )


@main.command(epilog="Example: dunnock replay 4711")
@click.argument("delivery", type=int)
def replay(delivery: int) -> None:
    """Have a kept webhook event worked off again, by its number in the inbox."""
    built = _house()
    try:
        with built.sessions.begin() as s:
            done = inbox.replay(s, delivery, built.outside.clock())
    except LookupError:
        raise click.ClickException(f"there is no event {delivery} in the inbox") from None
    if not done:
        raise click.ClickException(f"event {delivery} belongs to nobody who is connected")
    click.echo(f"Event {delivery} will be worked off again.")


@main.command(epilog="Example: dunnock verify --json")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Check that nobody changed the journal: every organisation's chain of entries."""
    built, broken = _house(), {}
    with built.sessions() as s:
        for organisation_id in organisations.all_ids(s):
            try:
                journal.verify(s, organisation_id)
            except journal.JournalError as error:
                broken[organisation_id] = str(error)
    text = "\n".join(f"organisation {key}: {said}" for key, said in broken.items())
    _show(as_json, broken, text or "Every journal is whole.")
    sys.exit(1 if broken else 0)


@main.command(epilog="Example: dunnock doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Check the set-up; each fault comes with its cause and its fix."""
    found = checks.examine(_settings(), _outside())
    if as_json:
        click.echo(json.dumps([one.__dict__ for one in found], indent=2))
    else:
        table = Table("", "check", "found", "fix")
        for one in found:
            table.add_row("ok" if one.ok else "FAULT", one.name, one.found, one.fix)
        console.print(table)
    sys.exit(0 if all(one.ok for one in found) else 1)


@main.command(epilog="Example: dunnock demo --once")
@click.option("--once", is_flag=True, help="End after the table; do not keep the page open.")
@click.option("--days", default=60, show_default=True, help="Days of the story.")
@click.option(
    "--invoices",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replay a real receivables history (CSV) instead of the story.",
)
@click.option(
    "--provider",
    type=click.Choice(["xero", "quickbooks"]),
    default="xero",
    show_default=True,
    help="Whose books a replayed history goes through.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".dunnock/demo"),
    show_default=True,
    help="Where the demo keeps its state; one that was stopped goes on from there.",
)
def demo(once: bool, days: int, invoices: Path | None, provider: str, home: Path) -> None:  # noqa: FBT001
    """Live through sixty days with stand-ins of all three services, and tie the books out."""
    from worlds.show import show  # noqa: PLC0415 - the product runs without the sandbox

    sys.exit(
        show(
            home,
            days=days,
            invoices=invoices,
            provider=provider,
            stay=not once and sys.stdout.isatty(),
            opened=webbrowser.open,
        )
    )


if __name__ == "__main__":
    main()
