"""Calls to Xero through xero-python, in the one way that is safe with several organisations.

The package shares its first configuration between all clients, retries writes by itself, sleeps on
a 429, has no time-out, and its models break on words they do not know. So each client here has a
configuration of its own with a token that never looks expired (renewing is not its business),
retries are off, every call carries time-outs, its models are used only to write, and every answer
is read raw.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from urllib3 import Retry
from urllib3.exceptions import HTTPError
from xero_python.accounting import AccountingApi
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import ApiException, HTTPStatusException
from xero_python.identity import IdentityApi

from connector.raw import documents, parse
from connector.xero.faults import error_of, failure, patience, unreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from connector.pace import Gate
    from connector.protocol import Access, Wire

Doc = dict[str, Any]

API = "https://api.xero.com"
# In seconds since 1970: the year 2100. The package must never think of renewing a token itself.
NEVER = 4_102_444_800
KEY_MAX = 128

_log = logging.getLogger(__name__)


def _client(access: Access, wire: Wire) -> ApiClient:
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="", client_secret="")
    token = {
        "access_token": access.token,
        "scope": [],
        "expires_in": 1800,
        "token_type": "Bearer",
        "expires_at": NEVER,
        "refresh_token": "",
        "id_token": "",
    }
    client = ApiClient(configuration, oauth2_token_getter=lambda: token)
    client.set_default_header("Accept-Encoding", "gzip")
    client.set_default_header("User-Agent", "Dunnock")
    if wire.pool is not None:
        client.rest_client.pool_manager = wire.pool
    else:
        client.rest_client.pool_manager.connection_pool_kw["retries"] = Retry(
            total=0, redirect=False, raise_on_status=False, respect_retry_after_header=False
        )
    return client


class Calls:
    """The calls of one organisation; answers are plain dictionaries with amounts as Decimal."""

    def __init__(self, access: Access, gate: Gate, wire: Wire) -> None:
        """Make no call yet."""
        self._tenant = access.tenant_id
        self._gate = gate
        self._timeout = (wire.connect_seconds, wire.read_seconds)
        client = _client(access, wire)
        root = wire.address("api", API)
        self._api = AccountingApi(client, base_url=f"{root}/api.xro/2.0")
        self._identity = IdentityApi(client, base_url=root)

    def read(self, name: str, *path: str, **query: Any) -> Doc | None:  # noqa: ANN401
        """Read by the package's method `get_<name>`; None when Xero has no such thing.

        Only one thing can be missing: a list, which has no path, is never answered with None.
        """
        method = getattr(self._api, f"get_{name}")
        return self._ask(method, self._tenant, *path, missing=bool(path), **query)

    def listed(self, name: str, key: str, *path: str, **query: Any) -> list[Doc]:  # noqa: ANN401
        """Read a list out of an answer; [] when Xero has no such thing as the path names."""
        answer = self.read(name, *path, **query)
        return [] if answer is None else listed(answer, key)

    def write(self, name: str, *path: object, key: str) -> Doc:
        """Write by the package's method of this name, under an idempotency key."""
        method = getattr(self._api, name)
        answer = self._ask(method, self._tenant, *path, writes=True, idempotency_key=key[:KEY_MAX])
        return answer or {}

    def printed(self, name: str, *path: str) -> bytes | None:
        """Read what is no JSON by the package's method `get_<name>`; None when it is not there."""
        method = getattr(self._api, f"get_{name}")
        return self._asked(method, self._tenant, *path, missing=True)

    def delete(self, name: str, *path: str) -> bool:
        """Delete by the package's method of this name; False when it is not there any more."""
        method = getattr(self._api, name)
        return self._ask(method, self._tenant, *path, writes=True, missing=True) is not None

    def connections(self) -> list[Doc]:
        """List the organisations of the token's user."""
        answer = self._ask(self._identity.get_connections)
        return documents((answer or {}).get("items"))

    def end_connection(self, grant: str) -> bool:
        """End one connection; False when it is gone already."""
        gone = self._ask(self._identity.delete_connection, grant, writes=True, missing=True)
        return gone is not None

    def _ask(
        self,
        method: Callable[..., Any],
        *path: object,
        writes: bool = False,
        missing: bool = False,
        **more: Any,  # noqa: ANN401 - the package's own arguments
    ) -> Doc | None:
        """Make one call and read its answer; with `missing`, 404 is an answer too: None."""
        body = self._asked(method, *path, writes=writes, missing=missing, **more)
        return None if body is None else _document(body, writes=writes)

    def _asked(
        self,
        method: Callable[..., Any],
        *path: object,
        writes: bool = False,
        missing: bool = False,
        **more: Any,  # noqa: ANN401 - the package's own arguments
    ) -> bytes | None:
        self._gate.enter(metered=not writes)
        try:
            answer = method(*path, _preload_content=False, _request_timeout=self._timeout, **more)
            body = answer.data or b""
        except HTTPStatusException as error:
            # The error's own `status` would parse the body, and fail where that is no JSON.
            refused = error.http_resp
            if missing and refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise self._refused(refused, writes=writes) from None
        except HTTPError as error:
            raise unreachable(error, writes=writes) from error
        except ApiException as error:
            # TLS failed, so nothing was sent.
            raise failure(f"no safe connection to Xero ({error.reason})", writes=False) from error
        left = str(answer.headers.get("X-MinLimit-Remaining", ""))
        if left.isdigit():
            self._gate.told(remaining=int(left))
        return bytes(body)

    def _refused(self, answer: Any, *, writes: bool) -> Exception:  # noqa: ANN401 - untyped package
        status, headers = int(answer.status), answer.urllib3_response.headers
        _log.debug("xero answered %s", status)
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            self._gate.told(retry_after_seconds=patience(headers))
        return error_of(status, answer.data or b"", headers, writes=writes)


def _document(body: bytes, *, writes: bool) -> Doc:
    """Read an answer; a bare list comes as `items`, no body as an empty document."""
    if not body:
        return {}
    try:
        found = parse(body)
    except ValueError:
        raise failure("Xero's answer is no JSON", writes=writes) from None
    if isinstance(found, list):
        return {"items": found}
    if not isinstance(found, dict):
        raise failure("Xero's answer is no JSON object", writes=writes)
    return found


def listed(answer: Doc, key: str) -> list[Doc]:
    """Give the list in an answer. One that holds none proves nothing: it is asked for again."""
    if not isinstance(answer.get(key), list):
        raise failure(f"Xero's answer holds no {key}", writes=False)
    return documents(answer[key])
