"""Judges what we ask of Xero by Xero's own OpenAPI files.

Hardly anything is required there and unknown fields are allowed, so names of fields, fields that
are only ever read, and Xero's two ways of writing a day are looked at by rules of our own.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.judges.asked import best, oauth_findings, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.shelf import Request

Spec = dict[str, Any]

ACCOUNTING = "/api.xro/2.0"
# The SDK writes these along with every reference, whether set or not; Xero ignores them.
WRITTEN_ALONG = {"HasAttachments", "HasErrors", "HasValidationErrors", "HasAccount"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(T00:00:00)?|/Date\(-?\d+([+-]\d{4})?\)/")
_FIELD = re.compile(r"\b([A-Z]\w*)(?:\.\w+)*\s*(?:==|!=|>=|<=|>|<)")


class _Loader(yaml.CSafeLoader):
    """Reads days as the text they are, not as dates."""


_Loader.yaml_implicit_resolvers = {
    first: [one for one in rules if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class XeroJudge:
    """Holds requests against the accounting and identity files in one folder."""

    def __init__(self, folder: Path) -> None:
        """Load the files; takes a second or two."""
        self._books = _Sheet(folder / "xero_accounting.yaml")
        self._identity = _Sheet(folder / "xero-identity.yaml")

    def findings(self, one: Request) -> list[str]:
        """Say everything that is wrong with a request, each with where it is."""
        path = one.path
        said = oauth_findings(
            one, "/identity/connect/authorize", "/connect/token", "/connect/revocation"
        )
        if said is None and path.startswith(ACCOUNTING):
            said = self._books.findings(one, path.removeprefix(ACCOUNTING))
        elif said is None:
            said = self._identity.findings(one, path)
        return [f"{one.method} {path}: {text}" for text in said]


class _Sheet:
    """One OpenAPI file."""

    def __init__(self, path: Path) -> None:
        self.spec: Spec = yaml.load(path.read_bytes(), _Loader)  # noqa: S506 - a safe loader
        self._uri = f"spec:{path.name}"
        resource = Resource.from_contents(self.spec, default_specification=DRAFT202012)
        self._registry: Registry[Spec] = Registry().with_resource(self._uri, resource)
        self._validator = cache(self._make_validator)

    def _make_validator(self, pointer: str) -> Draft202012Validator:
        # References inside the file are followed only as deep as a body goes.
        return Draft202012Validator(
            {"$ref": f"{self._uri}#{pointer}"},
            registry=self._registry,
            format_checker=FormatChecker(),
        )

    def _at(self, node: Spec) -> Spec:
        while "$ref" in node:
            node = self._walk(node["$ref"].removeprefix("#"))
        return node

    def _walk(self, pointer: str) -> Spec:
        node = self.spec
        for part in pointer.strip("/").split("/"):
            node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def findings(self, one: Request, path: str) -> list[str]:
        found = best(path, self.spec["paths"])
        if found is None:
            return ["unknown path"]
        name, given = found
        item = self.spec["paths"][name]
        operation = item.get(one.method.lower())
        if operation is None:
            return [f"{name} has no {one.method}"]
        declared = [
            self._at(each)
            for each in (*item.get("parameters", ()), *operation.get("parameters", ()))
        ]
        at = f"/paths/{name.replace('~', '~0').replace('/', '~1')}/{one.method.lower()}"
        return [
            *self._path(declared, given),
            *self._query(declared, one.query),
            *self._names_in_query(operation, one.query),
            *self._body(operation, at, one.body),
        ]

    def _path(self, declared: list[Spec], given: dict[str, str]) -> Iterator[str]:
        for each in declared:
            if each["in"] == "path":
                yield from self._value(each, given.get(each["name"], ""))

    def _query(self, declared: list[Spec], query: str) -> Iterator[str]:
        known = {each["name"]: each for each in declared if each["in"] == "query"}
        sent = pairs(query)
        for name, value in sent:
            if name in known:
                yield from self._value(known[name], value)
            else:
                yield f"unknown query parameter {name}"
        for name, each in known.items():
            if each.get("required") and name not in dict(sent):
                yield f"query parameter {name} is required"

    def _value(self, declared: Spec, value: str) -> Iterator[str]:
        """Read a parameter the way its type is written, then let the schema judge it."""
        schema = self._at(declared["schema"])
        read: Any = value
        if schema["type"] == "array":
            read = value.split(",")
        elif schema["type"] == "boolean":
            read = {"true": True, "false": False}.get(value, value)
        elif schema["type"] in {"integer", "number"} and re.fullmatch(r"-?\d+", value):
            read = int(value)
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        for error in checker.iter_errors(read):
            yield f"parameter {declared['name']}: {error.message}"

    def _names_in_query(self, operation: Spec, query: str) -> Iterator[str]:
        """Look whether `order` and `where` speak of fields that the listed documents have."""
        answer = operation.get("responses", {}).get("200")
        if answer is None:
            return
        schema = self._at(self._at(answer)["content"]["application/json"]["schema"])
        known: set[str] = set()
        for each in schema.get("properties", {}).values():
            known |= set(self._at(each.get("items", {})).get("properties", {}))
        for name, value in pairs(query):
            fields = _FIELD.findall(value) if name == "where" else []
            fields += [value.split(" ")[0]] if name == "order" else []
            yield from (f"{name}: no field {field}" for field in fields if field not in known)

    def _body(self, operation: Spec, at: str, body: bytes) -> Iterator[str]:
        if "requestBody" not in operation:
            if body:
                yield "a body where none is expected"
            return
        if not body:
            yield "a body is expected"
            return
        wanted = self._at(operation["requestBody"])
        pointer = f"{at}/requestBody"
        if "$ref" in operation["requestBody"]:
            pointer = operation["requestBody"]["$ref"].removeprefix("#")
        sent = json.loads(body)
        for error in self._validator(f"{pointer}/content/application~1json/schema").iter_errors(
            sent
        ):
            yield f"{error.json_path}: {error.message}"
        yield from self._names(wanted["content"]["application/json"]["schema"], sent, "$")

    def _names(self, schema: Spec, sent: Any, where: str) -> Iterator[str]:
        schema = self._at(schema)
        if isinstance(sent, list) and "items" in schema:
            for number, each in enumerate(sent):
                yield from self._names(schema["items"], each, f"{where}[{number}]")
        if not isinstance(sent, dict) or "properties" not in schema:
            yield from _day(schema, sent, where)
            return
        for name, value in sent.items():
            field = schema["properties"].get(name)
            if field is None:
                yield f"{where}: unknown field {name}"
                continue
            if self._at(field).get("readOnly") and name not in WRITTEN_ALONG:
                yield f"{where}.{name}: is only read"
            yield from self._names(field, value, f"{where}.{name}")


def _day(schema: Spec, sent: Any, where: str) -> Iterator[str]:
    is_day = schema.get("x-is-msdate") or schema.get("x-is-msdate-time")
    if is_day and isinstance(sent, str) and not _DAY.fullmatch(sent):
        yield f"{where}: {sent!r} is no day as Xero writes it"
