"""Wiring: everything built once from a configuration, a clock and a way to the vendors.

`app.py` wires the real world, `worlds/` the sandbox; nobody else imports this.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from alembic.util import CommandError
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

import webhooks
from channels.email import EmailChannel, EmailSettings
from channels.letters import Letters as PlainLetters
from channels.smtp import Smtp, over_smtp
from connector import PROVIDERS
from connector.protocol import Wire
from flows.ask_links import AskLinks
from flows.holidays import closed
from flows.pay_links import PayLinks
from flows.tools import Tools
from flows.upkeep import write_letters
from ledger.errors import OutsideError, RefusedError
from oauth.books import open_books
from oauth.client import Client
from oauth.opener import Opener
from oauth.patience import PatientGate
from oauth.upkeep import look_after
from store.meter import SqlGate
from store.reseal import names_of_keys
from store.schema import migrate
from store.seal import SETTING, KeyFileError, Keys, load_keys
from store.session import open_engine, open_sessions, reading
from web import make_pages
from web.site import Site

if TYPE_CHECKING:
    from flask import Blueprint, Flask
    from sqlalchemy import Engine

    from channels.smtp import Connect
    from config import Config
    from connector.pace import Gate
    from connector.protocol import Books
    from flows.tools import Channel
    from flows.upkeep import Letters
    from ledger.days import Clock, Ids
    from ledger.documents import Customer, Organisation
    from rules.actions import AskPayer, SendReminder
    from store.connections import ConnectionRow
    from store.session import Sessions


class SetUpError(Exception):
    """The house cannot be built from this configuration; the text names the key and the fault."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What the house cannot make itself: time, chance, waiting, and the ways out."""

    clock: Clock
    ids: Ids
    secret: Callable[[], str] = field(repr=False)
    wait: Callable[[float], None]
    owner: str
    wires: Mapping[str, Wire] = field(default_factory=dict)
    mail: Connect | None = None


@dataclass(frozen=True, slots=True)
class House:
    """The product, built: its store, its hands, its pages and its door."""

    config: Config
    outside: Outside
    engine: Engine
    sessions: Sessions
    tools: Tools
    opener: Opener
    keys: Keys
    letters: Letters
    # The person must be told to back it up apart from the database.
    key_file_is_new: bool = False

    @property
    def secret_key(self) -> str:
        """What signs cookies and sign-in links: made from the house's own keys."""
        return self.keys.mac("sessions", "web")

    def pages(self, *, demo_email: str = "") -> Flask:
        """Make the WSGI app: pages, consent and the webhook door."""
        return make_pages(
            Site(
                tools=self.tools,
                opener=self.opener,
                secret_key=self.secret_key,
                public_url=self.config.server.public_url,
                doors=(self.door(),),
                demo_email=demo_email,
                sign_up=self.config.server.sign_up,
                letters=self.letters,
            )
        )

    def door(self) -> Blueprint:
        """Make the webhook door, whose commits survive power loss."""
        durable = open_engine(self.config.store.url, durable=True)
        return webhooks.make_blueprint(
            webhooks.Door(
                sessions=open_sessions(durable, self.keys),
                providers=PROVIDERS,
                secrets=_secrets(self.config),
                clock=self.outside.clock,
                # The worker looks for new rows twice a second by itself.
                ring=lambda _connection_ids: None,
            )
        )


def build(config: Config, outside: Outside) -> House:
    """Open the store (made and migrated when it is new) and wire everything to it.

    Raises SetUpError naming the key of the configuration at fault.
    """
    with _blamed("store.url"):
        engine = _engine(config.store.url)
    with _blamed("store.key_file"):
        keys, key_file_is_new = _keys(config, engine)
    with _blamed("mail"):
        channel, letters = _channel(config, outside)
    sessions = open_sessions(engine, keys)
    wires = {
        name: Wire(addresses=addresses, sandbox=name == "quickbooks" and config.quickbooks.sandbox)
        for name, addresses in _addresses(config).items()
    }
    wires |= dict(outside.wires)
    opener = Opener(
        sessions=sessions,
        providers=PROVIDERS,
        clients=_clients(config),
        wires=wires,
        clock=outside.clock,
        ids=outside.ids,
        secret=outside.secret,
        gate=_gate(sessions, outside),
        owner=outside.owner,
        wait=outside.wait,
    )

    def opened(connection: ConnectionRow) -> Books:
        return open_books(opener, connection)

    def upkeep() -> None:
        look_after(opener)
        write_letters(sessions, letters, config.server.public_url, outside.clock())

    tools = Tools(
        sessions=sessions,
        clock=outside.clock,
        open_books=opened,
        channel=channel,
        closed=closed,
        owner=outside.owner,
        upkeep=upkeep,
        pay_links=PayLinks(keys.mac("pay links", "web"), config.server.public_url),
        watch_folder=Path(config.bank.watch_folder) if config.bank.watch_folder else None,
        ask_links=AskLinks(keys.mac("ask links", "web"), config.server.public_url),
    )
    return House(config, outside, engine, sessions, tools, opener, keys, letters, key_file_is_new)


@contextmanager
def _blamed(key: str) -> Iterator[None]:
    """Say which key of the configuration led to a fault."""
    try:
        yield
    except (
        OSError,
        ImportError,
        SQLAlchemyError,
        CommandError,
        KeyFileError,
        OutsideError,
    ) as error:
        said = str(getattr(error, "orig", None) or error)
        msg = f"{key}: {said}"
        raise SetUpError(msg) from error


def _engine(address: str) -> Engine:
    url = make_url(address)
    path = url.database if url.get_backend_name() == "sqlite" else None
    if path and not path.startswith((":", "file:")):
        # What is in it is for the owner's eyes, also in a folder that was there before.
        Path(path).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        Path(path).touch(mode=0o600)
    engine = open_engine(address)
    migrate(engine)
    return engine


def _keys(config: Config, engine: Engine) -> tuple[Keys, bool]:
    """Give the keys, and whether their file was made now: only while nothing is sealed yet.

    Raises KeyFileError when what is sealed was sealed under others: a new file would lose every
    connection, and hide that the old one is gone.
    """
    path = Path(config.store.key_file)
    with reading(open_sessions(engine, Keys((b"\0" * 32,)))) as s:
        wanted = names_of_keys(s)
    if wanted and not path.exists() and not os.environ.get(SETTING):
        msg = (
            f"{path} is not there, and what the database holds was sealed with it; put it back "
            "from its backup, or begin with a new database"
        )
        raise KeyFileError(msg)
    keys, is_new = load_keys(path, os.environ)
    lacking = sorted(wanted - {keys.key_id(one).decode() for one in keys.masters})
    if lacking:
        msg = (
            f"what the database holds was sealed under other keys ({', '.join(lacking)}); put "
            "them back below the newest one"
        )
        raise KeyFileError(msg)
    return keys, is_new


def _gate(sessions: Sessions, outside: Outside) -> Callable[[ConnectionRow], Gate]:
    def gate(connection: ConnectionRow) -> Gate:
        spaced = SqlGate(
            sessions,
            connection.id,
            connection.organisation_id,
            connection.provider,
            PROVIDERS[connection.provider].limits,
            outside.clock,
        )
        return PatientGate(spaced, outside.wait)

    return gate


def _addresses(config: Config) -> dict[str, dict[str, str]]:
    return {
        "xero": config.xero.addresses,
        "quickbooks": config.quickbooks.addresses,
        "stripe": config.stripe.addresses,
    }


def _clients(config: Config) -> dict[str, Client]:
    """Our app at each vendor it is registered at."""
    home = config.server.public_url.rstrip("/")
    stripe = config.stripe
    known = {
        name: Client(
            app.client_id,
            app.client_secret.get_secret_value(),
            f"{home}/connect/{name}/callback",
            sign_in_uri=f"{home}/sign-in/with/{name}/callback",
            environment=environment,
        )
        for name, app, environment in (
            ("xero", config.xero, ""),
            ("quickbooks", config.quickbooks, _world(sandbox=config.quickbooks.sandbox)),
        )
        if app.client_id
    }
    # Without an app there, a pasted key still has to be of the right mode.
    known["stripe"] = Client(
        stripe.client_id,
        stripe.developer_key.get_secret_value(),
        f"{home}/connect/stripe/callback",
        live=stripe.livemode and not stripe.sandbox,
        environment="sandbox" if stripe.sandbox else "live" if stripe.livemode else "test",
        channel=stripe.channel,
        install_url=stripe.install_url,
        install_secrets=tuple(one.get_secret_value() for one in stripe.install_secrets),
    )
    return known


def _world(*, sandbox: bool) -> str:
    return "sandbox" if sandbox else "production"


def _secrets(config: Config) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(one.get_secret_value() for one in secrets)
        for name, secrets in (
            ("xero", config.xero.webhook_keys),
            ("quickbooks", config.quickbooks.webhook_keys),
            ("stripe", config.stripe.webhook_secrets),
        )
    }


NO_MAIL = "no mail is set up; set mail.sender and mail.host in the configuration"


class _NoMail:
    """Stands where no mail server is set up: every message is refused with the fix."""

    def send(
        self, reminder: SendReminder, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Refuse."""
        del reminder, customer, organisation, key
        raise RefusedError(NO_MAIL)

    def ask(
        self, question: AskPayer, customer: Customer, organisation: Organisation, key: str
    ) -> str:
        """Refuse."""
        del question, customer, organisation, key
        raise RefusedError(NO_MAIL)


class _NoLetters:
    """Stands in the same place for letters to members."""

    def send(self, to: str, subject: str, text: str, key: str) -> str:
        """Refuse."""
        del to, subject, text, key
        raise RefusedError(NO_MAIL)


def _channel(config: Config, outside: Outside) -> tuple[Channel, Letters]:
    mail = config.mail
    if not mail.sender:
        return _NoMail(), _NoLetters()
    settings = EmailSettings(sender=mail.sender, reply_to=mail.reply_to)
    connect = outside.mail or over_smtp(smtp(config))
    clock = outside.clock
    return EmailChannel(settings, connect, clock), PlainLetters(settings, connect, clock)


def smtp(config: Config) -> Smtp:
    """Say how the mail server is reached and entered."""
    mail = config.mail
    return Smtp(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=mail.password.get_secret_value(),
    )
