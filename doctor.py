"""Looks the set-up over: each check says what it found and, when it is a fault, the fix."""

from __future__ import annotations

import os
import shutil
import smtplib
import sqlite3
import stat
import sys
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

import house
from channels.smtp import over_smtp
from connector import PROVIDERS
from ledger.days import zone_of
from store import connections, due, exceptions, inbox, journal, meter, organisations
from store.schema import head
from store.seal import SealError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from config import Config

# Two connections that checkpoint at once can damage a WAL database before this version.
SQLITE_SAFE = (3, 51, 3)
SMTP_SECONDS = 5.0
MEGABYTE = 1_000_000
DISK_FREE_MB = 200
# Of the metered reads of a month; above it somebody has to act before the vendor does.
METERED_WARN_SHARE = 0.8
# Work that has been due for so long is not being done.
WORK_LATE = timedelta(minutes=15)


@dataclass(frozen=True)
class Finding:
    """What one check found. `fix` is empty when all is well."""

    name: str
    ok: bool
    found: str
    fix: str = ""


def _python(_config: Config) -> Finding:
    found = ".".join(str(part) for part in sys.version_info[:3])
    ok = sys.version_info >= (3, 11)
    return Finding("Python", ok, found, "" if ok else "Install Python 3.11 or newer.")


def _sqlite(_config: Config) -> Finding:
    ok = sqlite3.sqlite_version_info >= SQLITE_SAFE
    fix = "" if ok else "Older ones are safe with one worker; several workers need PostgreSQL."
    return Finding("SQLite", ok=True, found=sqlite3.sqlite_version, fix=fix)


def _database_place(config: Config) -> Finding:
    try:
        url = make_url(config.store.url)
    except ArgumentError:
        fix = "Set store.url to an address such as sqlite:////var/lib/dunnock/dunnock.db."
        return Finding("Database", ok=False, found="store.url is no address", fix=fix)
    if url.get_backend_name() != "sqlite" or not url.database:
        return Finding("Database", ok=True, found=url.render_as_string(hide_password=True))
    home = _nearest_folder(Path(url.database))
    usable = home.is_dir() and os.access(home, os.W_OK | os.X_OK)
    fix = "" if usable else f"Make {home} a folder that this user may write, or set store.url."
    return Finding("Database", usable, str(url.database), fix)


def _disk(config: Config) -> Finding:
    # The key file stands where the rest is kept, unless somebody moved one of them.
    free = shutil.disk_usage(_nearest_folder(Path(config.store.key_file))).free // MEGABYTE
    ok = free >= DISK_FREE_MB
    fix = "" if ok else f"Free some space; {DISK_FREE_MB} MB is the least."
    return Finding("Disk", ok, f"{free} MB free", fix)


def _nearest_folder(path: Path) -> Path:
    """Give the first of a path's parents that is there already."""
    return next(parent for parent in path.absolute().parents if parent.exists())


def _zones(_config: Config) -> Finding:
    try:
        zone_of("Europe/London")
    except ValueError:
        fix = "Install the system's time zone data (Debian, Ubuntu: apt-get install tzdata)."
        return Finding("Time zones", ok=False, found="none", fix=fix)
    return Finding("Time zones", ok=True, found="there")


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
    server = replace(house.smtp(config), timeout_seconds=SMTP_SECONDS)
    try:
        # The way reminders take: TLS and sign-in as configured.
        over_smtp(server)().quit()
    except (OSError, smtplib.SMTPException) as error:
        fix = "Check [mail]: host, port, security, username and password; and the firewall."
        return Finding("Mail", ok=False, found=f"{where}: {error}", fix=fix)
    return Finding("Mail", ok=True, found=where)


def _app_at(
    name: str, hooks_key: str, client: Callable[[Config], str], hooks: Callable[[Config], int]
) -> Callable[[Config], Finding]:
    def check(config: Config) -> Finding:
        if not client(config):
            return Finding(name, ok=True, found="switched off (no client id)")
        count = hooks(config)
        fix = "" if count else f"Set {hooks_key}; without it nothing is heard."
        return Finding(name, count > 0, f"set up, {count} of {hooks_key}", fix)

    return check


SETTINGS: tuple[Callable[[Config], Finding], ...] = (
    _python,
    _sqlite,
    _database_place,
    _disk,
    _zones,
    _public_url,
    _key_file,
    _mail,
    _app_at(
        "Xero",
        "xero.webhook_keys",
        lambda config: config.xero.client_id,
        lambda config: len(config.xero.webhook_keys),
    ),
    _app_at(
        "QuickBooks",
        "quickbooks.webhook_keys",
        lambda config: config.quickbooks.client_id,
        lambda config: len(config.quickbooks.webhook_keys),
    ),
    _app_at(
        "Stripe",
        "stripe.webhook_secrets",
        lambda config: config.stripe.client_id,
        lambda config: len(config.stripe.webhook_secrets),
    ),
)


def examine(config: Config, outside: house.Outside) -> list[Finding]:
    """Make every check. The store is opened, and made when it is new."""
    found = [check(config) for check in SETTINGS]
    try:
        built = house.build(config, outside)
    except house.SetUpError as error:
        fix = "Mend the key of the configuration that is named first."
        return [*found, Finding("Store", ok=False, found=str(error), fix=fix)]
    return [*found, *_store(built)]


def _store(built: house.House) -> list[Finding]:
    found = [Finding("Tables", ok=True, found=f"version {head()}")]
    with built.sessions() as s:
        counts = inbox.counts(s)
        dead = counts.get(inbox.DEAD, 0)
        fix = "Open the exceptions page, then dunnock replay." if dead else ""
        said = ", ".join(f"{number} {state}" for state, number in sorted(counts.items()))
        found.append(Finding("Inbox", dead == 0, said or "empty", fix))
        found += [_worker(s, built.outside.clock()), *_connections(s), *_strangers(s)]
        found += _metered(s, built.outside.clock())
        for organisation_id in organisations.all_ids(s):
            found += _organisation(s, organisation_id)
    return found


def _worker(s: Session, now: datetime) -> Finding:
    late = len(due.now_due(s, now - WORK_LATE))
    fix = "Start dunnock work (or dunnock run); look for errors in its log." if late else ""
    found = f"{late} connections wait since {WORK_LATE} or longer" if late else "nothing is late"
    return Finding("Worker", late == 0, found, fix)


def _connections(s: Session) -> list[Finding]:
    try:
        rows = connections.all_live(s)
    except SealError as error:
        fix = "Put the old key file back; the newest key stands first, older ones below it."
        return [Finding("Keys", ok=False, found=str(error), fix=fix)]
    found = [Finding("Keys", ok=True, found="everything sealed opens")]
    for one in rows:
        ok = one.state == connections.CONNECTED
        fix = "" if ok else "Reconnect it on the connections page."
        found.append(Finding(f"{one.provider}: {one.title}", ok, one.state, fix))
    return found


def _metered(s: Session, now: datetime) -> list[Finding]:
    """Tell how much of a month's metered reads all organisations together have used."""
    month, found = now.date().replace(day=1), []
    for name, provider in PROVIDERS.items():
        limit = provider.limits.metered_per_month
        if limit is None:
            continue
        used = meter.metered(s, name, month)
        ok = used < limit * METERED_WARN_SHARE
        fix = "" if ok else "Move the app to a larger tier of the vendor, which blocks it else."
        said = f"{used} of {limit} this month"
        found.append(Finding(f"{provider.title}: metered reads", ok, said, fix))
    return found


def _strangers(s: Session) -> list[Finding]:
    """Tell what belongs to no organisation, such as events of a tenant nobody connected."""
    return [
        Finding(
            f"Told: {row.kind} {row.subject}",
            ok=True,
            found=f"{row.title} ({row.times} times). {row.fix}",
        )
        for row in exceptions.list_open(s, None)
    ]


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
