"""QuickBooks' ways of saying no: validation faults, gateway faults in lower case, XML, HTML."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any


class Fault(Exception):  # noqa: N818 - QuickBooks' own word
    """A refusal in the usual dialect: `{"Fault": {"Error": [...], "type": ...}}`."""

    def __init__(self, status: int, error: dict[str, str], kind: str = "ValidationFault") -> None:
        """Keep what the answer will say; `error` has Message, Detail, code and element."""
        super().__init__(f"{error['code']} {error['Message']}: {error['Detail']}")
        self.status = status
        self.code = error["code"]
        self.error = error
        self.kind = kind

    def body(self, time: str) -> dict[str, Any]:
        """Give the JSON body."""
        return {"Fault": {"Error": [self.error], "type": self.kind}, "time": time}


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over the wire."""

    status: int
    body: bytes
    content_type: str = "application/json"


def invalid(code: str, message: str, detail: str, element: str = "") -> Fault:
    """Make a validation fault, status 400."""
    error = {"Message": message, "Detail": detail, "code": code, "element": element}
    return Fault(400, error)


def stale(entity: str, key: str) -> Fault:
    """Make the fault for an old SyncToken."""
    detail = (
        "Stale Object Error : You and someone else were working on this at the same time."
        f" {entity} {key}"
    )
    return invalid("5010", "Stale Object Error", detail)


def not_found(entity: str, key: str) -> Fault:
    """Make the fault for an object that is missing, deleted or inactive."""
    detail = (
        "Object Not Found : Something you're trying to use has been made inactive."
        f" Check the fields with accounts, customers, items, vendors or employees. {entity} {key}"
    )
    return invalid("610", "Object Not Found", detail)


def dismissed() -> Fault:
    """Make the fault for a connection whose maker is no administrator any more."""
    error = {
        "Message": "Authorization Failure",
        "Detail": "Authorization Failure: The user is not an administrator of the company",
        "code": "120",
        "element": "",
    }
    return Fault(401, error, "AuthorizationFault")


def missing(element: str) -> Fault:
    """Make the fault for a required field that is not there."""
    detail = f"Required parameter {element} is missing in the request"
    return invalid(
        "2020", "Required param missing, need to supply the required value", detail, element
    )


def business(detail: str, element: str = "") -> Fault:
    """Make the fault for a broken business rule."""
    return invalid("6000", "A business validation error has occurred", detail, element)


def gateway(status: int, code: str, name: str, time: str) -> Reply:
    """Answer as the gateway before QuickBooks does: every key in lower case."""
    said = f"message={name}; errorCode=00{code}; statusCode={status}"
    kind = "AUTHENTICATION" if status == 401 else "AUTHORIZATION"  # noqa: PLR2004 - HTTP
    fault = {
        "error": [{"message": said, "detail": "", "code": code, "element": None}],
        "type": kind,
    }
    body = {
        "warnings": None,
        "intuitObject": None,
        "fault": fault,
        "report": None,
        "requestId": None,
        "time": time,
    }
    return Reply(status, json.dumps(body).encode())


def throttled(turn: int, time: str) -> Reply:
    """Answer 429, as JSON and as XML by turns; there is no Retry-After."""
    if turn % 2:
        error = {
            "message": "message=ThrottleExceeded; errorCode=003001; statusCode=429",
            "detail": "The request limit was reached.",
            "code": "3001",
            "element": None,
        }
        body = json.dumps({"fault": {"error": [error], "type": "SERVICE"}, "time": time})
        return Reply(429, body.encode())
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE">'
        '<Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429'
        "</Message></Error></Fault></IntuitResponse>"
    )
    return Reply(429, xml.encode(), "application/xml")


def injected(name: str, turn: int, time: str) -> Reply:
    """Answer an injected fault in QuickBooks' dialect instead of doing the work.

    Names: `429`, `500` (JSON SystemFault), `503` (HTML), `fault200` (status 200 with a Fault) and
    `empty200` (status 200, nothing done, nothing said).
    """
    failure = {
        "Message": "An application error has occurred while processing your request",
        "Detail": "System Failure Error: java.lang.NullPointerException",
        "code": "10000",
        "element": "",
    }
    body = Fault(500, failure, "SystemFault").body(time)
    if name == "429":
        return throttled(turn, time)
    if name == "503":
        page = b"<html><head><title>503</title></head><body>Service Unavailable</body></html>"
        return Reply(503, page, "text/html")
    if name == "empty200":
        return Reply(200, json.dumps({"time": time}).encode())
    status = {"500": 500, "fault200": 200}[name]
    return Reply(status, json.dumps(body).encode())
