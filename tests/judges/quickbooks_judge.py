"""Judges what we ask of QuickBooks by Intuit's XML schemas.

A JSON body is rebuilt as the XML it stands for, by walking the entity's type, and validated. XML
has no numbers apart from text, so the kind of each JSON value is held against the type as well.
Almost everything is optional there: names, types, enumerations and nesting are proved, no more.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement

import xmlschema

from tests.judges.asked import oauth_findings, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.shelf import Request

_PATH = re.compile(r"/v3/company/(\d+)/(\w+)(?:/(\d+)(?:/(pdf|send))?)?")
_SELECT = re.compile(
    r"select (?P<fields>\*|count\(\*\)) from (?P<entity>\w+)"
    r"(?: where (?P<where>.+?))?(?: orderby (?P<order>[\w.]+)(?: asc| desc)?)?"
    r"(?: startposition (?P<start>[1-9]\d*))?(?: maxresults (?P<count>[1-9]\d*))?",
    re.IGNORECASE,
)
_COMPARED = re.compile(r"([\w.]+)\s*(?:<=|>=|=|<|>|\bLIKE\b|\bIN\b)", re.IGNORECASE)
_TEXT = re.compile(r"'(?:[^'\\]|\\.)*'")
ALWAYS = {"minorversion": r"\d+", "requestid": r"[\w-]{1,50}"}
# What may stand in the query besides, by the last part of the path.
QUERY = {
    # A question may be asked by GET as well.
    "query": {"query": r".+"},
    "cdc": {"entities": r"\w+(,\w+)*", "changedSince": r".+"},
    # A payment is voided by an update that includes a void.
    "payment": {"operation": r"update|delete", "include": r"void"},
    # An invoice's link is asked for by name, and it is mailed where it is told.
    "invoice": {"include": r"invoiceLink", "operation": r"update|void|delete"},
    "send": {"sendTo": r"[^@\s]+@[^@\s]+"},
    "": {"operation": r"update|void|delete"},
}
BATCH_MAX = 30
# Intuit's page on attachments asks by the attribute `type` of a reference with a capital letter.
ASKED_BY = {"AttachableRef.EntityRef.Type"}


class QuickBooksJudge:
    """Holds requests against the schemas in one folder."""

    def __init__(self, folder: Path) -> None:
        """Load the schemas; takes a few seconds."""
        schema = xmlschema.XMLSchema(str(folder / "IntuitRestServiceDef.xsd"))
        self._space = f"{{{schema.target_namespace}}}"
        self._elements = schema.maps.elements
        self._named = {
            name.removeprefix(self._space).lower(): element
            for name, element in self._elements.items()
            if name.startswith(self._space)
        }

    def findings(self, one: Request) -> list[str]:
        """Say everything that is wrong with a request, each with where it is."""
        said = oauth_findings(
            one, "/connect/oauth2", "/oauth2/v1/tokens/bearer", "/v2/oauth2/tokens/revoke"
        )
        if said is None:
            found = _PATH.fullmatch(one.path)
            said = list(self._api(one, found[2], found[4] or "")) if found else ["unknown path"]
        return [f"{one.method} {one.path}: {text}" for text in said]

    def _api(self, one: Request, name: str, verb: str) -> Iterator[str]:
        yield from _query(one.query, verb or name)
        if name == "query":
            asked = one.body.decode() or dict(pairs(one.query)).get("query", "")
            yield from self._select(asked)
        elif name == "cdc":
            yield from self._changes(dict(pairs(one.query)))
        elif name == "batch":
            yield from self._batch(json.loads(one.body))
        elif name not in self._named:
            yield f"unknown entity {name}"
        elif one.method == "POST" and not verb:
            yield from self.body(self._named[name].local_name, json.loads(one.body))
        elif one.body:
            yield "a body where none is expected"

    def _batch(self, sent: dict[str, Any]) -> Iterator[str]:
        """Judge a batch: each item by itself, told apart by its id."""
        items = sent.get("BatchItemRequest", [])
        if set(sent) != {"BatchItemRequest"} or not 0 < len(items) <= BATCH_MAX:
            yield f"a batch of 1 to {BATCH_MAX} items is expected"
        if len({item.get("bId") for item in items}) != len(items):
            yield "batch: an id is missing or used twice"
        for item in items:
            asked = {**item}
            asked.pop("bId", None)
            operation = asked.pop("operation", "")
            [(name, value)] = asked.items()
            if name == "Query" and not operation:
                yield from self._select(value)
            elif name.lower() in self._named and operation in {"create", "update", "delete"}:
                yield from self.body(name, value)
            else:
                yield f"batch: {operation or 'no operation'} of {name}"

    def body(self, entity: str, sent: dict[str, Any]) -> Iterator[str]:
        """Judge the JSON of one entity."""
        declared = self._elements[f"{self._space}{entity}"]
        root = Element(declared.name)
        yield from self._fill(root, declared.type, sent, entity)
        for error in declared.iter_errors(root):
            text = "" if error.elem is None else error.elem.text
            yield f"{(error.path or entity).strip('/')}: {text!r}: {error.reason}"

    def _fill(self, parent: Element, kind: Any, sent: Any, where: str) -> Iterator[str]:
        """Build the XML of a JSON value below its element, and say what has no place in it."""
        if not isinstance(sent, dict):
            yield from _scalar(parent, kind, sent, where)
            return
        names = set(sent)
        if kind.has_simple_content() and "value" in sent:
            # A reference: its text is `value`, all else are attributes.
            if not isinstance(sent["value"], str):
                yield f"{where}.value: {sent['value']!r} where a text is expected"
            parent.text = _text(sent["value"])
            names.discard("value")
        for name in sorted(names & set(getattr(kind, "attributes", ()))):
            parent.set(name, _text(sent[name]))
            names.discard(name)
        for child in kind.content.iter_elements() if kind.has_complex_content() else ():
            if child.local_name in names:
                names.discard(child.local_name)
                value = sent[child.local_name]
                yield from self._add(parent, child, value, f"{where}.{child.local_name}")
        yield from (f"{where}: unknown field {name}" for name in sorted(names))

    def _add(self, parent: Element, child: Any, value: Any, where: str) -> Iterator[str]:
        many = isinstance(value, list)
        if many and child.max_occurs == 1:
            yield f"{where}: a list where one value is expected"
        for number, each in enumerate(value if many else [value]):
            made = SubElement(parent, child.name)
            yield from self._fill(made, child.type, each, f"{where}[{number}]" if many else where)

    def _select(self, text: str) -> Iterator[str]:
        found = _SELECT.fullmatch(text.strip())
        if found is None:
            yield f"no query: {text!r}"
            return
        element = self._named.get(found["entity"].lower())
        if element is None:
            yield f"query: unknown entity {found['entity']}"
            return
        asked = _COMPARED.findall(_TEXT.sub("''", found["where"] or ""))
        for path in [*asked, *([found["order"]] if found["order"] else [])]:
            if path not in ASKED_BY and not _has(element.type, path.split(".")):
                yield f"query: {found['entity']} has no field {path}"

    def _changes(self, asked: dict[str, str]) -> Iterator[str]:
        for name in asked.get("entities", "").split(","):
            if name.lower() not in self._named:
                yield f"cdc: unknown entity {name}"
        try:
            if datetime.fromisoformat(asked.get("changedSince", "")).tzinfo is None:
                yield "cdc: changedSince has no offset"
        except ValueError:
            yield f"cdc: changedSince is no moment: {asked.get('changedSince')!r}"


def _query(query: str, name: str) -> Iterator[str]:
    known = ALWAYS | QUERY.get(name, QUERY[""])
    for key, value in pairs(query):
        if key not in known:
            yield f"unknown query parameter {key}"
        elif not re.fullmatch(known[key], value):
            yield f"query parameter {key}: {value!r}"


def _scalar(parent: Element, kind: Any, sent: Any, where: str) -> Iterator[str]:
    wanted = _json_kind(kind)
    is_number = isinstance(sent, int | float) and not isinstance(sent, bool)
    is_right = {"number": is_number, "boolean": isinstance(sent, bool)}.get(
        wanted, isinstance(sent, str)
    )
    if not is_right:
        yield f"{where}: {sent!r} where a {wanted} is expected"
    parent.text = _text(sent)


def _json_kind(kind: Any) -> str:
    simple = kind if kind.is_simple() else kind.content if kind.has_simple_content() else None
    primitive = getattr(getattr(simple, "primitive_type", None), "local_name", "string")
    if primitive in {"decimal", "double", "float"}:
        return "number"
    return "boolean" if primitive == "boolean" else "text"


def _text(value: Any) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _has(kind: Any, path: list[str]) -> bool:
    if not path:
        return True
    if not kind.has_complex_content():
        # A reference is asked for by its own name, or by its value.
        return path in (["value"], ["name"], ["type"])
    return any(
        _has(child.type, path[1:])
        for child in kind.content.iter_elements()
        if child.local_name == path[0]
    )
