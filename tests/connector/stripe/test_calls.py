"""What Stripe's refusals, silence and advice mean, and how calls are carried."""

from __future__ import annotations

import pytest
import requests

from connector.protocol import Access, Opening, Wire
from connector.stripe.fields import last_key
from connector.stripe.provider import PROVIDER
from ledger.documents import Kind, Ref
from ledger.errors import RefusedError, RetryLaterError, UnknownOutcomeError
from tests.connector.stripe.stripe_shop import OpenGate, opened
from tests.sandbox.stripe_world import new_world, opened_door


@pytest.fixture(scope="module")
def door():
    with opened_door() as made:
        yield made


@pytest.fixture
def world(door):
    return new_world(door)


@pytest.fixture
def shop(world):
    return opened(world, world.stand_in.add_restricted_key(world.shop))


@pytest.mark.parametrize(
    ("fault", "seconds"),
    [("429", 5), ("lock_timeout", 2), ("key_in_use", 2), ("503", 30), ("500", 30)],
)
def test_patience_is_asked_for_and_the_gate_hears_of_it(door, world, shop, fault, seconds):
    answer = door.app

    def faulty(environ, start):
        return answer({**environ, "sandbox.fault": fault}, start)

    door.app = faulty
    with pytest.raises(RetryLaterError) as caught:
        shop.books.read([Ref(Kind.RECEIPT, "pi_1")])
    assert caught.value.seconds == seconds
    assert shop.gate.waits == [seconds]
    assert len(world.stand_in.requests()) == shop.gate.entered == 1


def test_a_write_that_failed_half_way_is_of_unknown_outcome(door, world, shop):
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    answer = door.app

    def faulty(environ, start):
        fault = "500" if environ["REQUEST_METHOD"] == "POST" else ""
        return answer({**environ, "sandbox.fault": fault}, start)

    door.app = faulty
    ref = Ref(Kind.RECEIPT, intent)
    with pytest.raises(UnknownOutcomeError):
        shop.books.note(ref, "n", "k")
    door.app = answer
    assert shop.books.find_note(ref, "k") is None
    with pytest.raises(UnknownOutcomeError):
        shop.books.note(ref, "n", "k")
    world.clock.forward(hours=1)
    assert shop.books.note(ref, "n", "k") == shop.books.find_note(ref, "k")


def test_a_key_used_with_other_words_means_that_something_was_begun(world, shop):
    """The room for notes changed between two tries of one: the second says something else."""
    intent = world.stand_in.take_payment(world.shop, 100, "gbp")
    path, post = f"/v1/payment_intents/{intent}", shop.books._calls.post
    post(path, "k", metadata={"a": "1"})
    with pytest.raises(UnknownOutcomeError, match="same parameters"):
        post(path, "k", metadata={"a": "2"})


def test_silence_is_patience_for_a_read(world):
    world.url = "http://127.0.0.1:9"
    with pytest.raises(RetryLaterError, match="did not answer"):
        opened(world, "rk_test_1").books.organisation()


class Carried(requests.adapters.BaseAdapter):
    """Carries calls into the stand-in within the process, or answers with something else."""

    def __init__(self, app, canned=None):
        super().__init__()
        self.app, self.canned = app, canned

    def send(self, request, *_args, **_options):
        answer = requests.Response()
        answer.request = request
        if self.canned:
            answer.status_code, answer._content, *advice = self.canned
            answer.headers["Stripe-Should-Retry"] = advice[0] if advice else ""
            return answer
        told = self.app.test_client().open(
            request.path_url, method=request.method, headers=dict(request.headers)
        )
        answer.status_code, answer._content = told.status_code, told.data
        return answer

    def close(self):
        """Have nothing to close."""


def carried(world, canned=None):
    wire = Wire(adapter=Carried(world.stand_in.app, canned))
    access = Access(world.shop, world.stand_in.add_restricted_key(world.shop), "restricted_key")
    return PROVIDER.open(Opening(access, OpenGate(world.clock), wire, world.clock))


def test_an_adapter_carries_calls_within_the_process(world):
    assert carried(world).organisation().name == "Shop"


@pytest.mark.parametrize(
    ("canned", "error", "text"),
    [
        ((409, b'{"error": {"code": "idempotency_key_in_use"}}'), RetryLaterError, "no reason"),
        ((403, b'{"error": {"message": "lacks rak_x_read"}}'), RefusedError, "forbidden"),
        ((400, b'{"error": {"code": "x", "message": "odd"}}'), RefusedError, "odd"),
        ((402, b'{"error": {"code": "card_declined"}}'), RefusedError, "card_declined"),
        ((400, b'{"error": {"type": "idempotency_error"}}'), RetryLaterError, "no reason"),
        ((502, b"<html>bad gateway</html>"), RetryLaterError, "Stripe failed"),
        ((200, b"<html>captive portal</html>"), RetryLaterError, "Stripe failed"),
        ((404, b"<html>proxy</html>"), RetryLaterError, "Stripe failed"),
    ],
)
def test_every_other_answer_has_a_meaning(world, canned, error, text):
    with pytest.raises(error, match=text):
        carried(world, canned).organisation()


@pytest.mark.parametrize(
    ("status", "advice", "seconds"), [(500, "false", 300), (500, "true", 30), (400, "true", 5)]
)
def test_stripes_own_advice_on_repeating_is_followed(world, status, advice, seconds):
    canned = (status, b'{"error": {"message": "odd"}}', advice)
    with pytest.raises(RetryLaterError) as caught:
        carried(world, canned).organisation()
    assert caught.value.seconds == seconds


def test_a_list_whose_members_have_no_names_cannot_be_walked_on():
    assert last_key([{"id": "pi_1"}, {"id": "pi_2"}, {"id": None}]) == "pi_2"
    with pytest.raises(RetryLaterError, match="names none"):
        last_key([{"id": ""}, {}])
