"""Reading one claim of an access token, whatever it turns out to be."""

from __future__ import annotations

import base64
import json

import pytest

from oauth.claims import claim


def token(body: bytes) -> str:
    return "head." + base64.urlsafe_b64encode(body).rstrip(b"=").decode() + ".mac"


def test_a_claim_is_read_whatever_the_padding_and_alphabet():
    for name in ("a", "ab", "abc", "é?>~ÿ"):
        body = json.dumps({"authentication_event_id": name}, ensure_ascii=False).encode()
        assert claim(token(body), "authentication_event_id") == name


@pytest.mark.parametrize(
    "text",
    ["", "opaque", "a.b", "a.b.c.d", "a.!!!.c", token(b"[]"), token(b"\xff"), token(b'{"n": 1}')],
)
def test_what_is_no_token_has_no_claims(text):
    assert claim(text, "n") == ""
