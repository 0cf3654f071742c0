"""Administrators hear of a connection that needs them: once each, and in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from flows.clock import tick
from flows.upkeep import write_letters
from ledger.errors import OutsideError, RefusedError, RetryLaterError, UnknownOutcomeError
from store import organisations, tokens
from tests.flows.scene import Scene
from tests.flows.test_reconnect import revoke

BOSS = "boss@ash.example"


def appoint(scene: Scene) -> None:
    """Add another administrator, and somebody who only looks."""
    with scene.tools.sessions.begin() as s:
        for email, role in ((BOSS, "admin"), ("clerk@ash.example", "viewer")):
            organisations.add_member(
                s, scene.organisation_id, email, "x", role, scene.tools.clock()
            )


def night(scene: Scene, days: int = 0) -> None:
    """Let the nightly upkeep run."""
    scene.town.clock.go_to(scene.tools.clock() + timedelta(days=days))
    assert tick(scene.tools, "nightly", f"test {scene.tools.clock().isoformat()}")
    scene.town.clock.go_to(scene.tools.clock() + timedelta(seconds=1))


def written(scene: Scene) -> list[tuple[str, str]]:
    return [(one.to[0], one.text) for one in scene.town.mailbox.messages()]


def test_administrators_are_written_to_once_when_a_consent_ended(either: Scene) -> None:
    either.connect()
    appoint(either)
    revoke(either)
    either.live(hours=13)
    assert either.books.state == "needs_reconnect"
    night(either)
    night(either)
    found = written(either)
    assert sorted(to for to, _ in found) == sorted([BOSS, "accountant@demo.example"])
    for _, text in found:
        assert "its consent has ended" in text
        assert "/connections" in text
    # A second end is another matter.
    either.connect()
    revoke(either)
    either.live(hours=13)
    night(either)
    assert len(written(either)) == 4


def ends_in(scene: Scene, days: int) -> None:
    with scene.tools.sessions.begin() as s:
        row = scene.books
        assert row.token_set_id is not None
        held = tokens.get(s, row.organisation_id, row.token_set_id)
        at = scene.tools.clock() + timedelta(days=days)
        kept = tokens.Tokens(held.access, held.refresh, held.expires_at, at)
        tokens.replace(s, row.organisation_id, row.token_set_id, kept)


def test_a_letter_comes_a_week_before_a_consent_ends_and_not_earlier(scene: Scene) -> None:
    scene.connect()
    ends_in(scene, 9)
    night(scene)
    assert scene.exceptions("consent_ends")
    assert written(scene) == []
    night(scene, days=3)
    night(scene, days=1)
    [(_, text)] = written(scene)
    assert "its consent ends on" in text


class Failing:
    """Letters that meet one error, then go through."""

    def __init__(self, error: OutsideError) -> None:
        self.error: OutsideError | None = error
        self.sent: list[str] = []

    def send(self, to: str, subject: str, text: str, key: str) -> str:
        del subject, text, key
        if self.error is not None:
            error, self.error = self.error, None
            raise error
        self.sent.append(to)
        return "id"


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (RetryLaterError(60, "busy"), 1),
        (RefusedError("no mail is set up"), 1),
        (UnknownOutcomeError("the line broke"), 0),
    ],
)
def test_a_letter_that_did_not_leave_is_tried_again_and_one_that_may_have_is_not(
    scene: Scene, error: OutsideError, again: int
) -> None:
    scene.connect()
    ends_in(scene, 5)
    letters, now = Failing(error), scene.tools.clock()
    for _ in range(3):
        write_letters(scene.tools.sessions, letters, "https://d.example/", now)
    assert len(letters.sent) == again


def test_a_state_of_a_consent_nobody_finished_is_forgotten(scene: Scene) -> None:
    with scene.tools.sessions.begin() as s:
        tokens.open_state(
            s,
            provider="xero",
            state="st",
            session="b",
            organisation_id=None,
            verifier="v",
            now=scene.tools.clock(),
        )
    night(scene, days=1)
    with scene.tools.sessions.begin() as s:
        assert tokens.forget_states(s, scene.tools.clock()) == 0
