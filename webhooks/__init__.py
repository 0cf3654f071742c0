"""The door: verify, keep, answer. No network, no rules, one insert; the worker reads later."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session, sessionmaker
from werkzeug.exceptions import HTTPException

from connector.protocol import BadSignatureError, Notice, Provider
from ledger.days import Clock
from ledger.documents import Kind
from store import connections, inbox, sequences
from store.killpoints import reach

LOG = logging.getLogger(__name__)

KIB = 1024
# Nobody is asked to hash more than this. QuickBooks sends up to 100 events, about 1 MB, at once.
BODY_BYTES_MAX = 256 * KIB
BODY_BYTES_MAX_BY_PROVIDER = {"quickbooks": 2048 * KIB}
# The widths of the inbox's columns.
ID_MAX = 255
WORD_MAX = 80

# All connections of a vendor ask within so long for what may have been lost: not all at once.
MADE_UP_WITHIN = timedelta(hours=1)

# What a signed body is called that nobody can read.
UNREADABLE = "unreadable"

# Wakes the worker for these connections; a ring that is lost costs only time.
Ring = Callable[[Collection[int]], None]


class Bare(Response):
    """An answer without cookies, whatever the rest of the application does with its session.

    Xero takes an answer with a cookie for a broken endpoint.
    """

    def set_cookie(self, *_args: object, **_options: object) -> None:
        """Set none."""


@dataclass(frozen=True, slots=True)
class Door:
    """What stands behind the door. `sessions` must be durable: an answer of 200 is a promise.

    `secrets` holds per provider every secret that may sign now, so that they can be rotated.
    """

    sessions: sessionmaker[Session]
    providers: Mapping[str, Provider]
    secrets: Mapping[str, Sequence[str]] = field(repr=False)
    clock: Clock
    ring: Ring

    def receive(self, name: str) -> Response:
        """Answer one delivery; what is signed is kept, whether or not anybody understands it."""
        provider, secrets = self.providers.get(name), self.secrets.get(name, ())
        if provider is None or not secrets:
            return Bare(status=404)
        try:
            body = _body(name)
        except HTTPException as error:
            return Bare(status=error.code)
        if not self._is_genuine(provider, body, secrets):
            return Bare(status=provider.bad_signature_status)
        return self._keep(provider, _notices(provider, body))

    def _is_genuine(self, provider: Provider, body: bytes, secrets: Sequence[str]) -> bool:
        headers = {key.lower(): value for key, value in request.headers.items()}
        try:
            provider.verify(headers, body, secrets, self.clock())
        except BadSignatureError as error:
            LOG.warning("webhook of %s refused: %s", provider.name, error)
            return False
        except Exception:
            # Bytes of a stranger must never become a 500; what cannot be checked is not genuine.
            LOG.exception("webhook of %s could not be checked", provider.name)
            return False
        return True

    def _keep(self, provider: Provider, notices: Sequence[Notice]) -> Response:
        if not notices:
            return Bare(status=200)
        reach("K1")
        try:
            with self.sessions.begin() as s:
                woken = _file(s, provider, notices, self.clock)
        except Exception:
            # The one thing a vendor should try again for.
            LOG.exception("webhook of %s could not be kept", provider.name)
            return Bare(status=503)
        reach("K2")
        self._wake(woken)
        answer = Bare(status=200)
        answer.call_on_close(lambda: reach("K3"))
        return answer

    def _wake(self, woken: Collection[int]) -> None:
        if not woken:
            return
        try:
            self.ring(woken)
        except Exception:
            LOG.exception("the worker could not be woken; it looks by itself within a minute")


def make_blueprint(door: Door) -> Blueprint:
    """Make the routes. They prove themselves by signature: exempt them from CSRF tokens."""
    routes = Blueprint("webhooks", __name__)

    @routes.post("/webhooks/<name>")
    def receive(name: str) -> Response:
        return door.receive(name)

    @routes.get("/webhooks/<name>")
    def probe(name: str) -> Response:
        """Say that somebody is there, and nothing else."""
        known = name in door.providers and bool(door.secrets.get(name))
        return Bare(status=200 if known else 404)

    return routes


def _body(name: str) -> bytes:
    """Read the raw bytes, up to the cap; raises an HTTPException (413, or 400 when cut short)."""
    request.max_content_length = BODY_BYTES_MAX_BY_PROVIDER.get(name, BODY_BYTES_MAX)
    return request.get_data(cache=False, parse_form_data=False)


def _file(s: Session, provider: Provider, notices: Sequence[Notice], clock: Clock) -> set[int]:
    """Keep the notices in the caller's transaction; gives the connections to wake, if any."""
    name = provider.name
    _count(s, name, [one.number for one in notices if one.number is not None], clock())
    notices = [_addressed(s, name, one) for one in notices]
    if not inbox.keep(s, name, notices, clock(), named=provider.title):
        return set()
    found = (connections.by_tenant(s, name, one) for one in {one.tenant_id for one in notices})
    return {one.id for one in found if one is not None and one.state == connections.CONNECTED}


def _count(s: Session, name: str, numbers: Sequence[int], now: datetime) -> None:
    """Where events are numbered, have every connection ask soon for what never came."""
    lost = sequences.hear(s, name, numbers, now) if numbers else ()
    for gap in lost:
        LOG.warning("events %s to %s of %s never came", gap.first, gap.last, name)
    if lost:
        connections.hasten(s, name, now, MADE_UP_WITHIN)


def _addressed(s: Session, name: str, notice: Notice) -> Notice:
    """Give a notice without tenant to the one connection it can be about.

    An account that pasted a key set up its own webhook, and that names no account. With two such
    accounts nobody can tell, so the notice stays without an owner; sweeps find what it told.
    """
    if notice.tenant_id or notice.verb == UNREADABLE:
        return notice
    own = [
        one
        for one in connections.all_live(s)
        if one.provider == name and one.strategy == "restricted_key"
    ]
    return replace(notice, tenant_id=own[0].tenant_id) if len(own) == 1 else notice


def _notices(provider: Provider, body: bytes) -> list[Notice]:
    """Read what was signed; what cannot be read becomes one unknown notice, so nothing is lost."""
    try:
        return [_storable(one) for one in provider.notices(body)]
    except ValueError:
        LOG.warning("a signed webhook of %s cannot be read; it is kept as unknown", provider.name)
    except Exception:
        LOG.exception("a signed webhook of %s broke its reader; it is kept", provider.name)
    digest = hashlib.sha256(body).hexdigest()
    return [
        Notice(
            event_id=f"unreadable:{digest}",
            tenant_id="",
            kind=Kind.UNKNOWN,
            object_id="",
            verb=UNREADABLE,
            raw=body.decode("utf-8", "backslashreplace"),
        )
    ]


def _storable(notice: Notice) -> Notice:
    """Take out what no database keeps (NUL, half a surrogate pair); digest ids beyond its width."""
    return replace(
        notice,
        event_id=_text(notice.event_id),
        tenant_id=_text(notice.tenant_id),
        object_id=_text(notice.object_id),
        part=_text(notice.part)[:WORD_MAX],
        verb=_text(notice.verb)[:WORD_MAX],
        echo_of=_text(notice.echo_of),
        raw=notice.raw.encode("utf-8", "backslashreplace").decode("utf-8"),
    )


def _text(value: str) -> str:
    clean = value.replace("\0", "").encode("utf-8", "backslashreplace").decode("utf-8")
    if len(clean) <= ID_MAX:
        return clean
    return hashlib.sha256(clean.encode()).hexdigest()
