"""What Xero and the network may answer, in our words, through the real SDK."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)
from xero_python.accounting import models

from connector.protocol import Access, Wire
from connector.raw import kept
from connector.xero.calls import Calls
from ledger.errors import (
    DisconnectedError,
    RefusedError,
    RetryLaterError,
    StaleError,
    UnknownOutcomeError,
)
from tests.connector.xero.office import Gate
from tests.sandbox import xero_desk
from tests.sandbox.serving import serving

TENANT = "11111111-2222-3333-4444-555555555555"


class Canned:
    """A pool that answers every call with the same words, or fails."""

    def __init__(self, status=200, body="", headers=None, error=None):
        self.status, self.body, self.error = status, body, error
        self.headers = headers or {}
        self.sent = []

    def request(self, method, url, **options):
        self.sent.append((method, url, options))
        if self.error:
            raise self.error
        body = self.body if isinstance(self.body, bytes) else self.body.encode()
        return urllib3.HTTPResponse(body, self.headers, self.status)


def calls(canned, gate=None):
    wire = Wire(addresses={"api": "http://xero.test"}, pool=canned)
    return Calls(Access(TENANT, "token-1"), gate or Gate(), wire)


def write(canned, gate=None):
    payments = models.Payments(payments=[models.Payment(amount=1)])
    return calls(canned, gate).write("create_payments", payments, key="k")


def read(canned, gate=None):
    return calls(canned, gate).read("organisations")


def gateway(status, detail):
    return json.dumps({"Title": "x", "Status": status, "Detail": detail, "Type": None})


def validation(*said, name="Message"):
    elements = [{"ValidationErrors": [{name: one} for one in said]}, {"ValidationErrors": None}, 7]
    return json.dumps({"ErrorNumber": 10, "Type": "ValidationException", "Elements": elements})


def test_call_carries_token_tenant_timeouts_and_key():
    canned = Canned(body="{}")
    write(canned)
    ((method, url, options),) = canned.sent
    assert (method, url) == ("PUT", "http://xero.test/api.xro/2.0/Payments")
    headers = options["headers"]
    assert headers["Authorization"] == "Bearer token-1"
    assert headers["xero-tenant-id"] == TENANT
    assert headers["Idempotency-Key"] == "k"
    assert headers["Accept-Encoding"] == "gzip"
    assert "json" in headers["Accept"]
    assert (options["timeout"].connect_timeout, options["timeout"].read_timeout) == (3, 20)


@pytest.mark.parametrize(
    "detail", ["TokenExpired: token expired at x", "AuthenticationUnsuccessful"]
)
@pytest.mark.parametrize("status", [401, 403])
def test_refused_token_is_a_disconnect(status, detail):
    for ask in (read, write):
        with pytest.raises(DisconnectedError, match=detail):
            ask(Canned(status, gateway(status, detail)))
    with pytest.raises(DisconnectedError):
        read(Canned(status, "<html>"))


def test_missing_scope_is_for_a_person():
    with pytest.raises(RefusedError, match="connect again"):
        read(Canned(401, gateway(401, "AuthorizationUnsuccessful")))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "17"}, 17),
        ({"X-Rate-Limit-Problem": "minute", "Retry-After": "0"}, 1),
        ({"X-Rate-Limit-Problem": "concurrent"}, 2),
        ({"X-Rate-Limit-Problem": "day", "Retry-After": "40000"}, 40000),
        ({"X-Rate-Limit-Problem": "day"}, 3600),
        ({"Retry-After": "soon"}, 60),
        ({}, 60),
    ],
)
def test_limits_say_how_long_to_wait_and_the_gate_hears(headers, seconds):
    for ask in (read, write):
        gate = Gate()
        with pytest.raises(RetryLaterError) as later:
            ask(Canned(429, "", headers), gate)
        assert later.value.seconds == seconds
        assert gate.patience == [seconds]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_failing_server_leaves_a_write_unknown_and_a_read_for_later(status):
    with pytest.raises(UnknownOutcomeError):
        write(Canned(status, "The Xero API is temporarily unavailable"))
    with pytest.raises(RetryLaterError) as later:
        read(Canned(status, "The Xero API is temporarily unavailable"))
    assert later.value.seconds == 30
    with pytest.raises(RetryLaterError) as offline:
        read(Canned(status, "The Organisation is offline"))
    assert offline.value.seconds == 300


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (validation("Invoice not found", "And more"), RefusedError, "Invoice not found; And more"),
        (validation("Told so", name="Description"), RefusedError, "Told so"),
        (
            validation("Payments can only be made against Authorised documents"),
            StaleError,
            "Authorised",
        ),
        (
            validation("Payment amount exceeds the amount outstanding on this document"),
            StaleError,
            "exceeds",
        ),
        (json.dumps({"Message": "Bad query"}), RefusedError, "Bad query"),
        (json.dumps({"Message": "Idempotency-Key reused"}), UnknownOutcomeError, "Idempotency"),
        ("no JSON at all\nsecond line", RefusedError, "no JSON at all"),
        ("<html>", RefusedError, "Xero answered 400"),
        ("[1]", RefusedError, "Xero answered 400"),
        ('{"Elements": 5}', RefusedError, "Xero answered 400"),
        ('{"Elements": [{"ValidationErrors": [3, {"Message": null}]}]}', RefusedError, "answered"),
        ("[" * 100_000, RefusedError, "Xero answered 400"),
    ],
)
def test_refusals(body, error, said):
    with pytest.raises(error, match=said):
        write(Canned(400, body))


def test_one_thing_may_be_missing_and_a_list_may_not():
    """An address that leads nowhere would else empty the mirror of all that is open."""
    assert calls(Canned(404, "gone")).read("invoice", "i-1") is None
    assert calls(Canned(404, "gone")).listed("invoice", "Invoices", "i-1") == []
    with pytest.raises(RetryLaterError, match="gone"):
        calls(Canned(404, "gone")).read("invoices", page=1)
    with pytest.raises(RetryLaterError, match="Xero answered 404"):
        calls(Canned(404)).listed("invoices", "Invoices", i_ds=["i-1"])


def test_not_found_is_an_answer_to_deletions_and_not_to_other_writes():
    assert calls(Canned(404)).delete("delete_overpayment_allocations", "a", "b") is False
    with pytest.raises(StaleError, match="gone"):
        write(Canned(404, "gone"))


@pytest.mark.parametrize("body", ["<Response/>", "7", "[" * 100_000, b"\xff"])
def test_answer_that_is_no_document(body):
    with pytest.raises(UnknownOutcomeError):
        write(Canned(200, body))
    with pytest.raises(RetryLaterError):
        read(Canned(200, body))


NEVER_SENT = [
    MaxRetryError(None, "/", NewConnectionError(None, "refused")),  # type: ignore[arg-type]
    MaxRetryError(None, "/", ConnectTimeoutError()),  # type: ignore[arg-type]
    ConnectTimeoutError(),
]
PERHAPS_SENT = [
    MaxRetryError(None, "/", ReadTimeoutError(None, "/", "slow")),  # type: ignore[arg-type]
    ReadTimeoutError(None, "/", "slow"),  # type: ignore[arg-type]
    ProtocolError("reset"),
]


@pytest.mark.parametrize("error", NEVER_SENT)
def test_what_was_never_sent_may_be_sent_again(error):
    for ask in (read, write):
        with pytest.raises(RetryLaterError, match="cannot be reached"):
            ask(Canned(error=error))


@pytest.mark.parametrize("error", PERHAPS_SENT)
def test_what_was_perhaps_sent_is_unknown(error):
    with pytest.raises(UnknownOutcomeError):
        write(Canned(error=error))
    with pytest.raises(RetryLaterError):
        read(Canned(error=error))


def test_bad_certificate_sends_nothing():
    with pytest.raises(RetryLaterError, match="no safe connection"):
        write(Canned(error=urllib3.exceptions.SSLError("self-signed")))


def test_gate_hears_what_is_left_of_the_minute():
    gate = Gate()
    read(Canned(body="{}", headers={"X-MinLimit-Remaining": "41"}), gate)
    write(Canned(body="{}", headers={"X-MinLimit-Remaining": "many"}), gate)
    assert gate.remaining == [41]
    assert (gate.entered, gate.metered) == (2, 1)


def test_raw_text_is_kept_with_amounts_as_they_came():
    body = '{"L": [{"a": 0.1, "b": 1e999, "c": "\\ud800", "d": NaN}, 3]}'
    one, other = calls(Canned(body=body)).listed("organisations", "L")
    assert kept(one) == '{"a": 0.1, "b": "1E+999", "c": "\\ud800", "d": "NaN"}'
    # A walk counts the members of a page: what is no document counts as one that cannot be read.
    assert kept(other) == '{"no document": 3}'


@pytest.mark.parametrize("body", ["", "{}", '{"L": null}', '{"L": {}}', "[]"])
def test_an_answer_without_its_list_does_not_say_that_there_is_nothing(body):
    with pytest.raises(RetryLaterError, match="holds no L"):
        calls(Canned(body=body)).listed("organisations", "L")


@contextmanager
def listening(answer):
    """Take connections on loopback and treat each with `answer`; gives port and visits."""
    visits = []
    door = socket.create_server(("127.0.0.1", 0))

    def run():
        while True:
            try:
                guest, _ = door.accept()
            except OSError:
                return
            with guest:
                visits.append(guest.recv(65536))
                answer(guest)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield door.getsockname()[1], visits
    finally:
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        thread.join()


def real(port, **other):
    return Calls(
        Access(TENANT, "t"), Gate(), Wire(addresses={"api": f"http://127.0.0.1:{port}"}, **other)
    )


def test_broken_connection_is_not_retried_by_the_package():
    with listening(lambda _guest: None) as (port, visits):
        payments = models.Payments(payments=[models.Payment(amount=1)])
        with pytest.raises(UnknownOutcomeError):
            real(port).write("create_payments", payments, key="k")
        assert len(visits) == 1


def test_limit_is_told_at_once_and_redirects_are_not_followed():
    def limited(guest):
        guest.sendall(b"HTTP/1.1 429 Too Many\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n")

    with listening(limited) as (port, visits):
        with pytest.raises(RetryLaterError):
            real(port).read("organisations")
        assert len(visits) == 1

    def moved(guest):
        guest.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    with listening(moved) as (port, visits):
        with pytest.raises(RefusedError, match="302"):
            real(port).read("organisations")
        assert len(visits) == 1


def test_silent_server_ends_in_a_time_out():
    silent = threading.Event()
    with listening(lambda _guest: silent.wait(2)) as (port, _):
        with pytest.raises(RetryLaterError):
            real(port, read_seconds=1).read("organisations")
        silent.set()


def test_closed_port_cannot_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    with pytest.raises(RetryLaterError, match="cannot be reached"):
        real(port).write("create_payments", models.Payments(payments=[]), key="k")


def test_organisations_in_parallel_never_mix_tokens():
    standin, _ = xero_desk.make()
    tokens = {}
    for number in range(4):
        tenant = standin.add_organisation(f"Org {number}", f"!{number}", "GBP", "UTC", "GB")
        tokens[tenant] = xero_desk.connect(standin, tenant)["access_token"]
    with serving(standin.app) as address:
        wire = Wire(addresses={"api": address})
        told: dict[str, list[str]] = {tenant: [] for tenant in tokens}

        def ask(tenant):
            for _ in range(10):
                found = Calls(Access(tenant, tokens[tenant]), Gate(), wire).listed(
                    "organisations", "Organisations"
                )
                told[tenant] += [one["OrganisationID"] for one in found]

        threads = [threading.Thread(target=ask, args=(tenant,)) for tenant in tokens]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert told == {tenant: [tenant] * 10 for tenant in tokens}
    made = [one for one in standin.requests() if one.path.endswith("/Organisation")]
    assert {(one.tenant, one.token) for one in made} == set(tokens.items())
