"""Carries calls into stand-ins inside the process, behind the real SDKs, in any weather.

`requests` (QuickBooks, Stripe, token endpoints) gets an adapter; xero-python, which uses urllib3,
gets a pool. Both ask the weather before each call.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPMessage
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import ProtocolError, ReadTimeoutError
from werkzeug.test import EnvironBuilder, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# What happens to a call: None, or a word. `429`, `500`, `503` and `fault200` are answered by the
# stand-in; `lost` never arrives; `unanswered` and `reset` are carried out and the answer is lost;
# `killed` is carried out, and the product's process dies waiting for the answer; `html` and `empty`
# are carried out, and somebody on the way answers 200 with a page or with nothing.
Weather = Callable[[str, str, str], str | None]

_STAND_IN_FOR = {"html": b"<!DOCTYPE html>\n<html><body>Just a moment</body></html>", "empty": b""}

FAIR: Weather = lambda _host, _method, _path: None  # noqa: E731 - the weather of the demo


class Answer:
    """What a stand-in answered: status, headers and the whole body."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, cookies: Sequence[str] = ()
    ) -> None:
        """Keep the answer; `cookies` are its Set-Cookie headers, of which there may be several."""
        self.status = status
        self.headers = headers
        self.body = body
        self.cookies = cookies


class LostError(Exception):
    """The call did not arrive, or its answer did not."""


class Streets:
    """Leads each host name to the WSGI app that answers for it."""

    def __init__(self, apps: Mapping[str, WSGIApplication], weather: Weather = FAIR) -> None:
        """Know the apps by `host` or `host:port`."""
        self.apps = apps
        self.weather = weather
        # Called with the kill point of a call whose answer nobody lives to hear; must raise.
        self.die: Callable[[str], None] = lambda _point: None
        # What the way makes of an answer that does arrive.
        self.spoil: Callable[[str, str, Answer], Answer] = lambda _method, _path, answer: answer

    def call(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Make one call. Raises LostError when the weather swallows it or its answer."""
        parts = urlsplit(url)
        app = self.apps[parts.netloc]
        weather = self.weather(parts.netloc, method, parts.path)
        if weather == "lost":
            raise LostError
        builder = EnvironBuilder(
            path=parts.path,
            base_url=f"{parts.scheme}://{parts.netloc}",
            query_string=parts.query,
            method=method,
            headers=list(headers.items()),
            input_stream=io.BytesIO(body or b""),
            content_length=len(body or b""),
        )
        environ = builder.get_environ()
        builder.close()
        if weather not in (None, "unanswered", "reset", "killed", *_STAND_IN_FOR):
            environ["sandbox.fault"] = weather
        chunks, status, found = run_wsgi_app(app, environ, buffered=True)
        if weather in ("unanswered", "reset"):
            raise LostError(weather)
        if weather == "killed":
            self.die("K18")
        if weather in _STAND_IN_FOR:
            return Answer(200, {"Content-Type": "text/html"}, _STAND_IN_FOR[weather])
        cookies = found.getlist("Set-Cookie")
        answer = Answer(int(status.split()[0]), dict(found), b"".join(chunks), cookies)
        return self.spoil(method, parts.path, answer)


class _Raw(io.BytesIO):
    """A body as requests wants it: it looks for cookies in the message underneath."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body)
        message = HTTPMessage()
        for one in answer.cookies:
            message.add_header("Set-Cookie", one)
        self._original_response = SimpleNamespace(msg=message)


class StreetAdapter(BaseAdapter):
    """A requests adapter that stays inside the process."""

    def __init__(self, streets: Streets) -> None:
        """Know the way."""
        super().__init__()
        self._streets = streets

    def send(
        self,
        request: requests.PreparedRequest,
        *_args: Any,  # noqa: ANN401 - requests' own signature: stream, timeout, verify, cert
        **_kwargs: Any,  # noqa: ANN401
    ) -> requests.Response:
        """Answer one prepared request."""
        body = request.body.encode() if isinstance(request.body, str) else request.body
        try:
            answer = self._streets.call(
                request.method or "GET", request.url or "", dict(request.headers), body
            )
        except LostError as error:
            gone = requests.ConnectionError if str(error) == "reset" else requests.ReadTimeout
            raise gone(request=request) from error
        response = requests.Response()
        response.status_code = answer.status
        response.headers = CaseInsensitiveDict(answer.headers)
        response.raw = _Raw(answer)
        response.url = request.url or ""
        response.request = request
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """Hold nothing open."""


class StreetPool:
    """As much of urllib3's PoolManager as xero-python uses, inside the process."""

    def __init__(self, streets: Streets) -> None:
        """Know the way."""
        self._streets = streets
        self.connection_pool_kw: dict[str, Any] = {}

    def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | str | None = None,
        fields: Any = None,  # noqa: ANN401
        headers: Mapping[str, str] | None = None,
        **_kwargs: Any,  # noqa: ANN401
    ) -> urllib3.HTTPResponse:
        """Answer one call as urllib3 would."""
        sent = body.encode() if isinstance(body, str) else body
        if fields:
            pairs = urlencode(list(fields.items() if isinstance(fields, Mapping) else fields))
            if method in ("GET", "HEAD", "DELETE"):
                url = f"{url}{'&' if '?' in url else '?'}{pairs}"
            else:
                sent = pairs.encode()
        try:
            answer = self._streets.call(method, url, dict(headers or {}), sent)
        except LostError as error:
            if method == "GET" or str(error) == "reset":
                raise ProtocolError(error) from error
            raise ReadTimeoutError(None, url, "read timed out") from error  # type: ignore[arg-type]
        return urllib3.HTTPResponse(
            body=io.BytesIO(answer.body),
            status=answer.status,
            headers=dict(answer.headers),
            request_method=method,
            preload_content=True,
        )
