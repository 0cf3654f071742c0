"""The token endpoint leg, against token answers shaped as the vendors give them."""

from __future__ import annotations

import base64
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
import responses
from oauthlib.oauth2 import InsecureTransportError
from requests.adapters import BaseAdapter

from connector.consent import Consent
from connector.protocol import Wire
from ledger.errors import RefusedError, RetryLaterError
from oauth.client import Client
from oauth.exchange import GrantEndedError, TokenEndpoint, authorize_url

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
XERO = Consent(
    "https://login.xero.com/identity/connect/authorize",
    "https://identity.xero.com/connect/token",
    None,
    ("openid", "offline_access", "accounting.invoices"),
    pkce=True,
)
QUICKBOOKS = Consent(
    "https://appcenter.intuit.com/connect/oauth2",
    "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
    None,
    ("com.intuit.quickbooks.accounting",),
    pkce=False,
    token_headers={"x-include-refresh-token-hard-expires-in": "true"},
    hard_expiry="x_refresh_token_hard_expires_in",
)
STRIPE = Consent(
    "https://marketplace.stripe.com/oauth/v2/authorize",
    "https://api.stripe.com/v1/oauth/token",
    None,
    (),
    pkce=False,
    token_tenant="stripe_user_id",
    key_as_user=True,
)
CLIENT = Client("our-id", "our-secret", "https://dunnock.example/connect/x/callback")
XERO_ANSWER = {
    "id_token": "e.e.e",
    "access_token": "access-1",
    "expires_in": 1800,
    "token_type": "Bearer",
    "refresh_token": "refresh-1",
    "scope": "openid offline_access",
}


def endpoint(consent, wire=None):
    return TokenEndpoint(CLIENT, consent, wire or Wire())


def form(call):
    return {name: values[0] for name, values in parse_qs(call.request.body).items()}


def test_the_address_carries_state_scopes_redirect_and_a_challenge():
    url = authorize_url(CLIENT, XERO, Wire(), state="st", verifier="v" * 43)
    asked = parse_qs(urlsplit(url).query)
    assert url.startswith(XERO.authorize_url + "?")
    assert asked["state"] == ["st"]
    assert asked["scope"] == ["openid offline_access accounting.invoices"]
    assert asked["redirect_uri"] == [CLIENT.redirect_uri]
    assert asked["code_challenge_method"] == ["S256"]
    assert "v" * 43 not in url


def test_without_pkce_and_scopes_neither_is_in_the_address():
    asked = parse_qs(urlsplit(authorize_url(CLIENT, STRIPE, Wire(), state="s", verifier="")).query)
    assert set(asked) == {"response_type", "client_id", "redirect_uri", "state"}


def test_a_loopback_address_stays_plain_and_any_other_plain_one_is_refused():
    near = Consent("http://127.0.0.1:9/a", "http://127.0.0.1:9/t", None, (), pkce=False)
    assert authorize_url(CLIENT, near, Wire(), state="s", verifier="").startswith(
        "http://127.0.0.1:9/a?"
    )
    far = Consent("http://vendor.example/a", "http://vendor.example/t", None, (), pkce=False)
    with pytest.raises(InsecureTransportError):
        authorize_url(CLIENT, far, Wire(), state="s", verifier="")
    with pytest.raises(RefusedError):
        endpoint(far).refresh("r", NOW)


@responses.activate
def test_an_exchange_sends_code_and_verifier_with_basic_auth_and_no_client_id():
    responses.post(XERO.token_url, json=XERO_ANSWER)
    granted = endpoint(XERO).exchange("the-code", "v" * 43, NOW)
    (call,) = responses.calls
    assert form(call) == {
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": CLIENT.redirect_uri,
        "code_verifier": "v" * 43,
    }
    basic = base64.b64encode(b"our-id:our-secret").decode()
    assert call.request.headers["Authorization"] == f"Basic {basic}"
    assert (granted.access, granted.refresh) == ("access-1", "refresh-1")
    assert granted.expires_at == NOW + timedelta(seconds=1800)


@responses.activate
def test_a_refresh_sends_no_scope_and_reads_the_hard_expiry():
    responses.post(
        QUICKBOOKS.token_url,
        json={
            "access_token": "a2",
            "refresh_token": "r2",
            "token_type": "bearer",
            "expires_in": 3600,
            "x_refresh_token_expires_in": 8726400,
            "x_refresh_token_hard_expires_in": 157494248,
        },
    )
    granted = endpoint(QUICKBOOKS).refresh("r1", NOW)
    (call,) = responses.calls
    assert form(call) == {"grant_type": "refresh_token", "refresh_token": "r1"}
    assert call.request.headers["x-include-refresh-token-hard-expires-in"] == "true"
    assert granted.hard_expires_at == NOW + timedelta(seconds=157494248)


@responses.activate
def test_stripe_is_asked_with_the_developer_key_and_names_the_account():
    responses.post(
        STRIPE.token_url,
        json={
            "access_token": "sk",
            "refresh_token": "rt",
            "token_type": "bearer",
            "scope": "stripe_apps",
            "livemode": False,
            "stripe_user_id": "acct_1",
            "stripe_publishable_key": "pk",
        },
    )
    granted = endpoint(STRIPE).exchange("c", "", NOW)
    basic = base64.b64encode(b"our-secret:").decode()
    assert responses.calls[0].request.headers["Authorization"] == f"Basic {basic}"
    assert (granted.tenant_id, granted.live) == ("acct_1", False)


@responses.activate
def test_an_answer_without_a_new_refresh_token_keeps_the_old_one():
    responses.post(XERO.token_url, json={"access_token": "a", "token_type": "Bearer"})
    assert endpoint(XERO).refresh("kept", NOW).refresh == "kept"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant"}, GrantEndedError),
        (401, {"error": "invalid_client", "error_description": "No such key"}, RefusedError),
        (400, {"error": "unauthorized_client"}, RefusedError),
        (400, {"error": "some_new_word"}, RefusedError),
        (400, {"error": "temporarily_unavailable"}, RetryLaterError),
        (503, "<html>offline</html>", RetryLaterError),
        (500, {"error": "invalid_grant"}, RetryLaterError),
        (200, "<html>a proxy's page</html>", RetryLaterError),
        (200, "[1]", RetryLaterError),
        (200, "", RetryLaterError),
        (200, {"access_token": "a", "token_type": "b", "expires_in": "soon"}, RetryLaterError),
        (200, {"token_type": "bearer"}, RetryLaterError),
        (302, "", RetryLaterError),
    ],
)
@responses.activate
def test_every_refusal_has_its_meaning(status, body, error):
    told = {"json": body} if isinstance(body, dict) else {"body": body}
    headers = {"Location": "https://elsewhere.example/"} if status == 302 else {}
    responses.post(XERO.token_url, status=status, headers=headers, **told)
    with pytest.raises(error):
        endpoint(XERO).refresh("r", NOW)
    assert len(responses.calls) == 1


@responses.activate
def test_a_429_says_how_long_to_wait():
    responses.post(XERO.token_url, status=429, headers={"Retry-After": "17"})
    with pytest.raises(RetryLaterError) as told:
        endpoint(XERO).refresh("r", NOW)
    assert told.value.seconds == 17


@pytest.mark.parametrize("broken", [requests.ConnectionError("x"), requests.Timeout("x")])
@responses.activate
def test_silence_is_to_be_tried_again(broken):
    responses.post(XERO.token_url, body=broken)
    with pytest.raises(RetryLaterError):
        endpoint(XERO).exchange("c", "", NOW)


@responses.activate
def test_no_token_reaches_a_log_even_at_debug_level(caplog):
    responses.post(XERO.token_url, json=XERO_ANSWER)
    with caplog.at_level(logging.DEBUG):
        granted = endpoint(XERO).exchange("the-code", "v" * 43, NOW)
    told = caplog.text + repr(granted) + repr(endpoint(XERO))
    for secret in ("access-1", "refresh-1", "the-code", "our-secret", "v" * 43):
        assert secret not in told


REVOKING = replace(XERO, revoke_url="https://identity.xero.com/connect/revocation")


@responses.activate
def test_a_consent_is_revoked_by_form_or_json_with_basic_auth():
    responses.post(REVOKING.revoke_url, status=200)
    endpoint(REVOKING).revoke("refresh-1")
    endpoint(replace(REVOKING, revoke_as_json=True)).revoke("refresh-1")
    first, second = (call.request for call in responses.calls)
    assert (first.body, second.body) == ("token=refresh-1", b'{"token": "refresh-1"}')
    basic = base64.b64encode(b"our-id:our-secret").decode()
    assert first.headers["Authorization"] == second.headers["Authorization"] == f"Basic {basic}"


@pytest.mark.parametrize(
    ("status", "error"), [(503, RetryLaterError), (401, RefusedError), (403, RefusedError)]
)
@responses.activate
def test_a_revocation_that_failed_says_so(status, error):
    responses.post(REVOKING.revoke_url, status=status)
    with pytest.raises(error):
        endpoint(REVOKING).revoke("refresh-1")


@responses.activate
def test_a_token_that_is_worth_nothing_already_counts_as_revoked():
    responses.post(REVOKING.revoke_url, status=400, json={"error": "invalid_token"})
    endpoint(REVOKING).revoke("refresh-1")


class Inside(BaseAdapter):
    """Answers inside the process, and remembers the addresses it was asked at."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def send(self, request, **options):  # type: ignore[override]  # the stub names each option
        del options
        self.asked.append(request.url)
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, request.url
        answer.raw = io.BytesIO(json.dumps(XERO_ANSWER).encode())
        return answer

    def close(self):
        pass


def test_calls_that_stay_in_the_process_may_be_plain():
    inside = Inside()
    plain = replace(XERO, token_url="http://xero.inside/connect/token")
    granted = endpoint(plain, Wire(adapter=inside)).refresh("r", NOW)
    assert (granted.access, inside.asked) == ("access-1", ["http://xero.inside/connect/token"])
    endpoint(XERO, Wire(adapter=inside)).refresh("r", NOW)
    assert inside.asked[1] == XERO.token_url


@responses.activate
@pytest.mark.parametrize(
    ("told", "days"),
    [
        ({"x_refresh_token_hard_expires_in": 864_000, "x_refresh_token_expires_in": 60}, 10),
        ({"x_refresh_token_expires_in": 864_000}, 10),
        # Renewed for its hundred days: nothing is at its end.
        ({"x_refresh_token_expires_in": 8_726_400}, None),
        ({"x_refresh_token_expires_in": "soon"}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_consent_is_told_or_shows_itself(told, days):
    consent = replace(QUICKBOOKS, rolling_expiry="x_refresh_token_expires_in")
    responses.post(consent.token_url, json=XERO_ANSWER | told)
    granted = endpoint(consent).refresh("refresh-0", NOW)
    assert granted.hard_expires_at == (None if days is None else NOW + timedelta(days=days))
