"""A Stripe stand-in on loopback, for whoever tests against it with the real SDK."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import stripe

from sandbox.shelf import Post, Shelf
from sandbox.stripe import StripeStandIn
from tests.sandbox.serving import serving

START = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
SECRET = "whsec_first"


@dataclass
class Clock:
    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **step: int) -> None:
        self.now += timedelta(**step)


@dataclass
class World:
    clock: Clock
    stand_in: StripeStandIn
    url: str
    shop: str
    posts: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    developer_key: str = "sk_test_app"

    def client(self, token: str, account: str | None = None) -> stripe.StripeClient:
        stripe.enable_telemetry = False
        return stripe.StripeClient(
            token,
            stripe_account=account,
            base_addresses={"api": self.url},
            http_client=stripe.RequestsClient(timeout=(3, 5)),
        )

    def install(self) -> dict[str, str]:
        browser = self.stand_in.app.test_client()
        query = "client_id=ca_1&state=st_1&redirect_uri=https://dunnock.test/cb"
        assert b"Install for Shop" in browser.get(f"/oauth/v2/authorize?{query}").data
        back = browser.post(f"/oauth/v2/authorize?{query}", data={"account": self.shop})
        assert back.status_code == 302
        answer = parse_qs(urlsplit(back.headers["Location"]).query)
        assert answer["state"] == ["st_1"]
        return self.exchange(grant_type="authorization_code", code=answer["code"][0])

    def exchange(self, **form: str) -> dict[str, str]:
        answer = self.stand_in.app.test_client().post(
            "/v1/oauth/token", data=form, auth=(self.developer_key, "")
        )
        return dict(answer.get_json())

    def carry(self, post: Post) -> int:
        self.posts.append((post.headers, post.body))
        return 200

    def events(self) -> list[dict[str, Any]]:
        self.stand_in.deliver(self.carry)
        return [json.loads(body) for _, body in self.posts]


def make(shelf: Shelf, clock: Clock, **more: Any) -> StripeStandIn:
    return StripeStandIn(
        shelf,
        clock,
        client_id="ca_1",
        developer_key="sk_test_app",
        webhook_secret=SECRET,
        **more,
    )


@dataclass
class Door:
    """An address on loopback whose application each test puts there."""

    url: str = ""
    app: Any = None

    def __call__(self, environ: Any, start: Any) -> Any:
        return self.app(environ, start)


@contextmanager
def opened_door() -> Iterator[Door]:
    door = Door()
    with serving(door) as door.url:
        yield door


def new_world(door: Door) -> World:
    clock = Clock()
    stand_in = make(Shelf(), clock)
    door.app = stand_in.app
    return World(clock, stand_in, door.url, stand_in.add_account("Shop", "gbp"))


def code_of(problem: stripe.StripeError) -> str:
    body: Any = problem.json_body
    return str(body["error"]["code"])
