"""Consent, tokens and connections of the Xero stand-in."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox import xero_desk
from tests.sandbox.xero_desk import CLIENT, REDIRECT, SECRET, Caller


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def refresh(standin, token):
    form = {"grant_type": "refresh_token", "refresh_token": token}
    return standin.app.test_client().post("/connect/token", data=form, auth=(CLIENT, SECRET))


def connections(standin, token, **query):
    headers = {"Authorization": f"Bearer {token}"}
    return standin.app.test_client().get("/connections", headers=headers, query_string=query)


def test_consent_page_lists_organisations_and_cannot_be_framed():
    standin, _ = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    page = standin.app.test_client().get(
        "/identity/connect/authorize", query_string=xero_desk.consent_query()
    )
    assert page.status_code == 200
    assert "Harbour Supplies Ltd" in page.text
    assert tenant in page.text
    assert page.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("query", "data", "error"),
    [
        ({}, {"decision": "cancel"}, "access_denied"),
        ({"scope": "accounting.transactions"}, {"decision": "allow"}, "invalid_scope"),
        ({"response_type": "token"}, {"decision": "allow"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, {"decision": "allow"}, "invalid_request"),
    ],
)
def test_consent_that_is_not_given_says_why_and_echoes_state(query, data, error):
    standin, _ = xero_desk.make()
    xero_desk.harbour(standin)
    answer = standin.app.test_client().post(
        "/identity/connect/authorize", query_string=xero_desk.consent_query(**query), data=data
    )
    assert answer.status_code == 302
    assert answer.location.startswith(REDIRECT)
    told = parse_qs(urlsplit(answer.location).query)
    assert told == {"error": [error], "state": ["state-1"]}


@pytest.mark.parametrize("uri", ["http://example.com/cb", "ftp://localhost/cb", ""])
def test_consent_refuses_other_redirect_addresses(uri):
    standin, _ = xero_desk.make()
    query = xero_desk.consent_query(redirect_uri=uri)
    answer = standin.app.test_client().get("/identity/connect/authorize", query_string=query)
    assert answer.status_code == 400


def test_registered_redirect_addresses_match_exactly():
    standin, _ = xero_desk.make(redirect_uris=[REDIRECT])
    assert standin.redirects_to(REDIRECT)
    assert not standin.redirects_to(REDIRECT + "/")


def test_code_gives_tokens_once():
    standin, clock = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    code = xero_desk.consent(standin, tenant)
    first = xero_desk.redeem(standin, code)
    token = first.get_json()
    told = claims(token["access_token"])
    assert token["expires_in"] == 1800
    assert told["exp"] == int(clock.now.timestamp()) + 1800
    assert told["client_id"] == CLIENT
    assert "authentication_event_id" not in claims(token["id_token"])
    again = xero_desk.redeem(standin, code)
    assert (again.status_code, again.get_json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "other",
    [
        {"code_verifier": "another"},
        {"redirect_uri": REDIRECT + "/"},
        {"code": "never-given"},
    ],
)
def test_code_is_bound_to_verifier_and_redirect(other):
    standin, _ = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    code = xero_desk.consent(standin, tenant)
    answer = xero_desk.redeem(standin, code, **other)
    assert (answer.status_code, answer.get_json()["error"]) == (400, "invalid_grant")


def test_code_ends_after_minutes():
    standin, clock = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    code = xero_desk.consent(standin, tenant)
    clock.move(minutes=6)
    assert xero_desk.redeem(standin, code).get_json() == {"error": "invalid_grant"}


def test_wrong_client_is_refused():
    standin, _ = xero_desk.make()
    client = standin.app.test_client()
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    assert client.post("/connect/token", data=form, auth=(CLIENT, "no")).get_json() == {
        "error": "invalid_client"
    }
    inside = form | {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "password"}
    assert client.post("/connect/token", data=inside).get_json() == {
        "error": "unsupported_grant_type"
    }


def test_refresh_rotates_and_the_old_token_has_its_grace():
    standin, clock = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    old = xero_desk.connect(standin, tenant)["refresh_token"]
    new = refresh(standin, old).get_json()["refresh_token"]
    assert new != old
    clock.move(minutes=29)
    assert refresh(standin, old).status_code == 200
    clock.move(minutes=2)
    assert refresh(standin, old).get_json() == {"error": "invalid_grant"}
    assert refresh(standin, new).status_code == 200


def test_refresh_token_dies_unused_after_sixty_days():
    standin, clock = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    token = xero_desk.connect(standin, tenant)["refresh_token"]
    clock.move(days=61)
    assert refresh(standin, token).get_json() == {"error": "invalid_grant"}


def test_connections_tell_which_consent_made_them():
    standin, _ = xero_desk.make()
    first = standin.add_organisation(
        "One", "!1", "GBP", "GMTSTANDARDTIME", "GB", user="a@b.example"
    )
    second = standin.add_organisation(
        "Two", "!2", "GBP", "GMTSTANDARDTIME", "GB", user="a@b.example"
    )
    xero_desk.connect(standin, first)
    token = xero_desk.connect(standin, second)["access_token"]
    assert [one["tenantId"] for one in connections(standin, token).get_json()] == [first, second]
    event = claims(token)["authentication_event_id"]
    (mine,) = connections(standin, token, authEventId=event).get_json()
    assert mine["tenantId"] == second
    assert mine["tenantType"] == "ORGANISATION"


def test_connection_is_deleted_by_id_only_by_its_user():
    standin, _ = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    other = standin.add_organisation("Other", "!o", "GBP", "GMTSTANDARDTIME", "GB")
    token = xero_desk.connect(standin, tenant)["access_token"]
    stranger = xero_desk.connect(standin, other)["access_token"]
    (mine,) = connections(standin, token).get_json()
    client = standin.app.test_client()

    def end(with_token):
        headers = {"Authorization": f"Bearer {with_token}"}
        return client.delete(f"/connections/{mine['id']}", headers=headers).status_code

    assert end(stranger) == 404
    assert end(token) == 204
    assert end(token) == 404
    assert Caller(standin, tenant, token)("GET", "Organisation").status_code == 403


def test_revocation_ends_every_organisation_of_the_user():
    standin, _ = xero_desk.make()
    first = standin.add_organisation(
        "One", "!1", "GBP", "GMTSTANDARDTIME", "GB", user="a@b.example"
    )
    second = standin.add_organisation(
        "Two", "!2", "GBP", "GMTSTANDARDTIME", "GB", user="a@b.example"
    )
    other, _ = xero_desk.harbour(standin)
    tokens = xero_desk.connect(standin, first)
    more = xero_desk.connect(standin, second)
    kept = xero_desk.connect(standin, other)
    answer = standin.app.test_client().post(
        "/connect/revocation", data={"token": tokens["refresh_token"]}, auth=(CLIENT, SECRET)
    )
    assert (answer.status_code, answer.data) == (200, b"")
    assert refresh(standin, more["refresh_token"]).get_json() == {"error": "invalid_grant"}
    assert connections(standin, more["access_token"]).get_json() == []
    assert refresh(standin, kept["refresh_token"]).status_code == 200


def test_api_refuses_in_the_gateway_dialect():
    standin, clock = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    call = Caller(standin, tenant)
    assert call("GET", "Organisation").status_code == 200
    forged = Caller(standin, tenant, call.token[:-2] + "xx")("GET", "Organisation")
    assert forged.status_code == 401
    assert forged.get_json()["Detail"] == "AuthenticationUnsuccessful"
    wrong = Caller(standin, "00000000-0000-0000-0000-000000000000", call.token)
    assert wrong("GET", "Organisation").status_code == 403
    clock.move(minutes=31)
    late = call("GET", "Organisation")
    assert late.status_code == 401
    assert late.get_json()["Detail"].startswith("TokenExpired: token expired at")
    assert late.get_json()["Title"] == "Unauthorized"


def test_scopes_are_checked_for_reading_and_writing():
    standin, _ = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    code = xero_desk.consent(standin, tenant, scope="accounting.invoices.read")
    tokens = xero_desk.redeem(standin, code).get_json()
    assert "refresh_token" not in tokens
    assert "id_token" not in tokens
    call = Caller(standin, tenant, tokens["access_token"])
    assert call("GET", "Invoices").status_code == 200
    assert call("GET", "Payments").status_code == 401
    assert call("PUT", "Invoices/x/History", {}).status_code == 401


def test_user_disconnects_inside_xero():
    standin, _ = xero_desk.make()
    tenant, _ = xero_desk.harbour(standin)
    call = Caller(standin, tenant)
    standin.disconnect(tenant)
    answer = call("GET", "Invoices")
    assert answer.status_code == 403
    assert answer.get_json()["Detail"] == "AuthenticationUnsuccessful"
