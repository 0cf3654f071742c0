"""Looks the set-up over: each check says what it found and, when it is a fault, the fix."""

from __future__ import annotations

import smtplib
import sqlite3
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

import house
from store import connections, exceptions, inbox, journal, organisations
from store.schema import at_head

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from config import Config

# Two connections that checkpoint at once can damage a WAL database before this version.
SQLITE_SAFE = (3, 51, 3)
SMTP_SECONDS = 5.0


@dataclass(frozen=True)
class Finding:
    """What one check found. `fix` is empty when all is well."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def _python(_config: Config) -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", sys.version_info >= (3, 11), found, "Install Python 3.11 or newer.")


def _sqlite(_config: Config) -> Finding:
    ok = sqlite3.sqlite_version_info >= SQLITE_SAFE
    fix = "" if ok else "Older ones are safe with one worker; several workers need PostgreSQL."
    return Finding("SQLite", ok=True, found=sqlite3.sqlite_version, fix=fix)


def _database_place(config: Config) -> Finding:
    url = make_url(config.store.url)
    if url.get_backend_name() != "sqlite" or not url.database:
        return Finding("Database", ok=True, found=url.render_as_string(hide_password=True))
    home = Path(url.database).parent
    usable = home.exists() or home.parent.exists()
    return Finding(
        "Database", usable, str(url.database), "" if usable else f"Make the folder {home}."
    )


def _public_url(config: Config) -> Finding:
    parts = urlsplit(config.server.public_url)
    local = parts.hostname in ("127.0.0.1", "localhost", "::1")
    ok = parts.scheme == "https" or local
    fix = "" if ok else "Set server.public_url to an https address; vendors send to no other."
    return Finding("Public address", ok, config.server.public_url, fix)


def _key_file(config: Config) -> Finding:
    path = Path(config.store.key_file)
    if not path.exists():
        return Finding("Key file", ok=True, found="made at first start")
    mode = stat.S_IMODE(path.stat().st_mode)
    fix = "" if mode & 0o077 == 0 else f"Run: chmod 600 {path}"
    return Finding("Key file", mode & 0o077 == 0, f"{path} ({mode:o})", fix)


def _mail(config: Config) -> Finding:
    if not config.mail.sender:
        fix = "Set mail.sender and mail.host; until then reminders become exceptions."
        return Finding("Mail", ok=False, found="no sender", fix=fix)
    where = f"{config.mail.host}:{config.mail.port}"
    try:
        with smtplib.SMTP(config.mail.host, config.mail.port, timeout=SMTP_SECONDS) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        fix = "Check mail.host, mail.port and the firewall."
        return Finding("Mail", ok=False, found=f"{where}: {error}", fix=fix)
    return Finding("Mail", ok=True, found=where)


def _app_at(
    name: str, client: Callable[[Config], str], hooks: Callable[[Config], int]
) -> Callable[[Config], Finding]:
    def check(config: Config) -> Finding:
        if not client(config):
            return Finding(name, ok=True, found="switched off (no client id)")
        count = hooks(config)
        key = name.lower()
        fix = "" if count else f"Set the webhook keys of [{key}]; without them nothing is heard."
        return Finding(name, count > 0, f"set up, {count} webhook keys", fix)

    return check


SETTINGS: tuple[Callable[[Config], Finding], ...] = (
    _python,
    _sqlite,
    _database_place,
    _public_url,
    _key_file,
    _mail,
    _app_at("Xero", lambda c: c.xero.client_id, lambda c: len(c.xero.webhook_keys)),
    _app_at(
        "QuickBooks", lambda c: c.quickbooks.client_id, lambda c: len(c.quickbooks.webhook_keys)
    ),
    _app_at("Stripe", lambda c: c.stripe.client_id, lambda c: len(c.stripe.webhook_secrets)),
)


def examine(config: Config, outside: house.Outside) -> list[Finding]:
    """Make every check. The store is opened, and made when it is new."""
    found = [check(config) for check in SETTINGS]
    try:
        built = house.build(config, outside)
    except (SQLAlchemyError, OSError, ValueError) as error:
        fix = "Check store.url and store.key_file."
        return [*found, Finding("Store", ok=False, found=str(error), fix=fix)]
    return [*found, *_store(built)]


def _store(built: house.House) -> list[Finding]:
    head = at_head(built.engine)
    found = [
        Finding("Tables", head, "newest" if head else "old", "" if head else "dunnock migrate")
    ]
    with built.sessions() as s:
        counts = inbox.counts(s)
        dead = counts.get(inbox.DEAD, 0)
        fix = "Open the exceptions page, then dunnock replay." if dead else ""
        found.append(Finding("Inbox", dead == 0, f"{counts}", fix))
        for one in connections.all_live(s):
            ok = one.state == connections.CONNECTED
            fix = "" if ok else "Reconnect it on the connections page."
            found.append(Finding(f"{one.provider}: {one.title}", ok, one.state, fix))
        for organisation_id in organisations.all_ids(s):
            found += _organisation(s, organisation_id)
    return found


def _organisation(s: Session, organisation_id: int) -> list[Finding]:
    name = organisations.get(s, organisation_id).name
    try:
        entries = journal.verify(s, organisation_id)
        chain = Finding(f"{name}: journal", ok=True, found=f"{entries} entries, unbroken")
    except journal.JournalError as error:
        fix = "Restore from a backup; somebody changed the journal."
        chain = Finding(f"{name}: journal", ok=False, found=str(error), fix=fix)
    waiting = len(exceptions.list_open(s, organisation_id))
    return [chain, Finding(f"{name}: exceptions", ok=True, found=f"{waiting} open")]
