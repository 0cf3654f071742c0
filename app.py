"""Wiring and commands. Nobody imports this module.

Each command loads what it needs when it runs, so that a quick one is quick.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import subprocess

    from flask import Flask

    import house
    from config import Config

CONFIG = "DUNNOCK_CONFIG"
DEFAULT = Path("config.toml")
# How long the pages and the worker may take to finish what they have begun.
STOP_SECONDS = 30.0
# Commands that live in their own room: the module, and what it calls them. The product runs
# without the sandbox, and so without what is in `worlds`.
ELSEWHERE = {
    "bench": ("worlds.bench.commands", "bench"),
    "demo": ("worlds.commands", "demo"),
    "match": ("flows.match_file.command", "match"),
    "simulate": ("worlds.commands", "simulate"),
}
FILES = click.Path(exists=True, dir_okay=False, path_type=Path)
as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

EXIT_CODES = """\b
Exit codes:
  0  done, and all is well
  1  a fault was found, or what was asked cannot be done
  2  the command or the configuration is wrong; nothing was begun"""

# What reads and writes files alone keeps no log, and starts faster for it.
WITHOUT_LOG = ("match",)


class Commands(click.Group):
    """The commands of this module, and those elsewhere once they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all commands, without loading any."""
        return sorted((*super().list_commands(ctx), *ELSEWHERE))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give a command by its name; None if there is none."""
        if cmd_name not in ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, name = ELSEWHERE[cmd_name]
        found: click.Command = getattr(import_module(module), name)
        return found

    def every(self) -> dict[str, click.Command]:
        """Load all commands, by name."""
        named = (
            (name, self.get_command(click.Context(self), name))
            for name in (*self.commands, *ELSEWHERE)
        )
        return {name: command for name, command in named if command}


class WrongSettingsError(click.ClickException):
    """The configuration is wrong; nothing was begun."""

    exit_code = 2


def _settings() -> Config:
    """Read the configuration named by --config, DUNNOCK_CONFIG, or lying here; else defaults."""
    from config import ConfigError, load

    named = os.environ.get(CONFIG)
    path = Path(named) if named else DEFAULT if DEFAULT.exists() else None
    try:
        return load(path)
    except ConfigError as error:
        raise WrongSettingsError(str(error)) from error


def _outside() -> house.Outside:
    """Give the real world: the machine's clock and chance, the vendors' own addresses."""
    import secrets
    import socket
    import uuid

    import house

    return house.Outside(
        clock=lambda: datetime.now(UTC),
        ids=lambda: uuid.uuid4().hex,
        secret=lambda: secrets.token_urlsafe(32),
        wait=time.sleep,
        owner=f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}",
    )


def _house() -> house.House:
    import house

    try:
        built = house.build(_settings(), _outside())
    except house.SetUpError as error:
        raise WrongSettingsError(f"{error} (dunnock doctor looks at the whole set-up)") from error
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
    import logs

    logs.set_up()
    return _house().pages()


def _show(as_json: bool, value: Any, text: str) -> None:  # noqa: ANN401, FBT001 - any result
    click.echo(json.dumps(value, indent=2, default=str) if as_json else text)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES
)
@click.version_option(package_name="dunnock", prog_name="dunnock")
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    help="Configuration file; without it config.toml, if it is here.",
)
@click.pass_context
def main(ctx: click.Context, config: str | None) -> None:
    """Dunnock: dunning and cash application beside Xero, QuickBooks Online and Stripe."""
    if ctx.invoked_subcommand not in WITHOUT_LOG:
        import logs

        logs.set_up()
    if config:
        os.environ[CONFIG] = config


def _follow(lifeline: int | None) -> None:
    """End when the other end of a pipe is closed, which it is however its owner ended."""

    def wait() -> None:
        os.read(lifeline or 0, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    if lifeline is not None:
        threading.Thread(target=wait, daemon=True).start()


lifeline_option = click.option("--lifeline", type=int, hidden=True, help="Pipe to end with.")


@main.command(epilog="Example: dunnock serve")
@lifeline_option
def serve(lifeline: int | None) -> None:
    """Serve the pages and the webhook door."""
    from granian import Granian
    from granian.constants import Interfaces

    _follow(lifeline)
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
@lifeline_option
def work(lifeline: int | None) -> None:
    """Read, decide and write back, until stopped."""
    from flows.doorbell.local import LocalDoorbell

    _follow(lifeline)
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
    asked = threading.Event()
    # Where the system has no SIGHUP, closing the terminal comes as one of the others.
    for number in {signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}:
        # What nohup has us ignore stays ignored.
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: asked.set())
    parts = {name: _start(name) for name in ("serve", "work")}
    click.echo(f"Dunnock is at {settings.server.public_url}", err=True)
    while not asked.is_set() and all(part.poll() is None for part in parts.values()):
        asked.wait(0.2)
    ended = {name: part.returncode for name, part in parts.items() if part.returncode is not None}
    _stop(list(parts.values()))
    if not asked.is_set():
        said = ", ".join(f"{name} ended with code {code}" for name, code in ended.items())
        raise click.ClickException(f"{said}; the rest was stopped")


def _start(name: str) -> subprocess.Popen[bytes]:
    """Start a part that ends with this process, even when this one is killed."""
    import subprocess

    command = [sys.executable, str(Path(__file__).resolve()), name]
    if os.name != "posix":
        return subprocess.Popen(command)  # noqa: S603 - our own commands
    # The end to hold stays open, and ours alone, for as long as this process lives.
    watched, _held = os.pipe()
    try:
        # A group each: what a part has started ends with it, however it ends.
        return subprocess.Popen(  # noqa: S603 - our own commands
            [*command, "--lifeline", str(watched)], process_group=0, pass_fds=(watched,)
        )
    finally:
        os.close(watched)


def _stop(parts: list[subprocess.Popen[bytes]]) -> None:
    """Let the parts finish what they have begun; one that takes too long is killed."""
    from subprocess import TimeoutExpired

    for part in parts:
        part.terminate()
    until = time.monotonic() + STOP_SECONDS
    for part in parts:
        try:
            part.wait(max(until - time.monotonic(), 0.1))
        except TimeoutExpired:
            part.kill()
            part.wait()
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(part.pid, signal.SIGKILL)


@main.command(epilog="Example: dunnock migrate")
@as_json_option
def migrate(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Bring the database to the tables of this version."""
    from store.schema import head

    _house().engine.dispose()
    _show(as_json, {"tables": head()}, "The database is at the newest version.")


@main.command(epilog="Example: dunnock sign-in ann@example.com")
@click.argument("email")
@as_json_option
def sign_in(email: str, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Print a link that signs a person in once; somebody new is added first."""
    from channels.email import checked
    from ledger.errors import RefusedError
    from store import organisations
    from web.sign_in import make_link

    try:
        email = checked(email, "EMAIL")
    except RefusedError as error:
        raise click.UsageError(str(error)) from error
    built = _house()
    with built.sessions.begin() as s:
        organisations.add_person(s, email, email.partition("@")[0], built.outside.clock())
    link = make_link(
        secret_key=built.secret_key,
        public_url=built.config.server.public_url,
        email=email,
        nonce=built.outside.ids(),
        moment=built.outside.clock(),
    )
    _show(as_json, {"link": link}, link)


@main.command("import", epilog="Example: dunnock import march.sta paid.pdf --organisation Ash")
@click.argument("paths", nargs=-1, required=True, metavar="FILE...", type=FILES)
@click.option("--organisation", required=True, help="Its name, or the id in its pages' addresses.")
@click.option("--account", default="", help="Number or name, for bank files that do not say.")
@click.option("--as", "kind", type=click.Choice(["bank", "remittance"]), help="If in doubt.")
@as_json_option
def import_(
    paths: tuple[Path, ...], organisation: str, account: str, kind: str | None, *, as_json: bool
) -> None:
    """Take bank files and remittance advices in; the same file twice does no harm.

    What a file is, it tells by what stands in it. Ends with 1 when one could not be taken in: a
    bank file is kept then, and stands among the exceptions.
    """
    from flows import importing

    built, found = _house(), []
    said = importing.Kind(kind) if kind else None
    try:
        for one in importing.run(built.tools, paths, organisation, account, said):
            found.append(one)
            if not as_json:
                click.echo(one.sentence)
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        click.echo(json.dumps([dict(one.told) for one in found], indent=2))
    if any(one.state == importing.ASKED for one in found):
        click.echo("Say which with --as bank or --as remittance.", err=True)
    sys.exit(0 if all(one.is_in for one in found) else 1)


@main.command(epilog="Example: dunnock replay 4711")
@click.argument("delivery", type=int)
@as_json_option
def replay(delivery: int, as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Have a kept webhook event worked off again, by its number in the inbox."""
    from store import inbox

    built = _house()
    try:
        with built.sessions.begin() as s:
            done = inbox.replay(s, delivery, built.outside.clock())
    except LookupError:
        raise click.ClickException(f"there is no event {delivery} in the inbox") from None
    if not done:
        raise click.ClickException(f"event {delivery} belongs to nobody who is connected")
    _show(as_json, {"event": delivery}, f"Event {delivery} will be worked off again.")


@main.command(epilog="Example: dunnock verify --json")
@as_json_option
def verify(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Check that nobody changed the journal, and that documents are found by their numbers.

    A matching index that does not fit its documents is told and made anew.
    """
    from store.verifying import verify as verified

    every = verified(_house().sessions)
    broken = {key: said for key, said in every.items() if said}
    text = "\n".join(f"organisation {key}: {said}" for key, said in broken.items())
    found = {"organisations": len(every), "broken": broken}
    _show(as_json, found, text or f"Every journal is whole ({len(every)}).")
    sys.exit(1 if broken else 0)


@main.command(epilog="Example: dunnock doctor")
@as_json_option
def doctor(as_json: bool) -> None:  # noqa: FBT001 - click's way
    """Check the set-up; each fault comes with its cause and its fix."""
    import doctor as checks

    found = checks.examine(_settings(), _outside())
    if as_json:
        click.echo(json.dumps([one.__dict__ for one in found], indent=2))
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("", "check", "found", "fix")
        for one in found:
            table.add_row("ok" if one.ok else "FAULT", one.name, one.found, one.fix)
        Console().print(table)
    sys.exit(0 if all(one.ok for one in found) else 1)


if __name__ == "__main__":
    main()
