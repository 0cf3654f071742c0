"""XML from strangers as a tree without name spaces: no entities, nothing external, not too deep."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connector.bankfile.amounts import tidy
from connector.bankfile.decoding import is_known, unmarked
from connector.bankfile.reading import RefusedFileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECLARED = re.compile(rb"<\?xml[^>]{0,99}?encoding\s*=\s*[\"'](?P<encoding>[\w.-]{1,40})[\"']")
_AROUND = b" \t\r\n\0\x1a"
# ISO 20022 nests some twenty levels; nobody needs more than this.
DEPTH_MAX = 64
_FIX = "download it from the bank again, or ask the bank for another format."


def tree(body: bytes) -> Element:
    """Parse XML; raises RefusedFileError for entities, a document type, nesting or broken XML."""
    try:
        return _tree(_readable(body))
    except DefusedXmlException:
        msg = "The XML brings definitions of its own (entities or a document type), which no bank"
        raise RefusedFileError(f"{msg} statement has: {_FIX}") from None
    except ParseError as error:
        line, column = error.position
        msg = f"The XML breaks off or is damaged in line {line}, column {column}: {_FIX}"
        raise RefusedFileError(msg) from None
    except (LookupError, ValueError) as error:
        msg = f"The XML cannot be read ({tidy(str(error))}): {_FIX}"
        raise RefusedFileError(msg) from None


def _readable(body: bytes) -> bytes:
    """Give the body without what stands around it, in an encoding that it says it is in."""
    rest, marked = unmarked(body)
    if marked:
        return body
    rest = rest.strip(_AROUND)
    declared = _DECLARED.match(rest)
    if declared and declared["encoding"].lower() not in {b"utf-8", b"utf8"}:
        encoding = declared["encoding"].decode()
        if not is_known(encoding):
            msg = f"The XML says it is in the encoding {encoding!r}, which is not read: {_FIX}"
            raise RefusedFileError(msg)
        return rest
    try:
        rest.decode("utf-8")
    except UnicodeDecodeError:
        # It says that it is UTF-8, or nothing, and is not.
        whole = rest.decode("cp1252", "replace").encode("utf-8")
        return _DECLARED.sub(rb'<?xml version="1.0"', whole, count=1)
    return rest


def _tree(body: bytes) -> Element:
    depth = 0
    events = iterparse(io.BytesIO(body), events=("start", "end"), forbid_dtd=True)
    for event, node in events:
        if event == "end":
            depth -= 1
            continue
        depth += 1
        node.tag = node.tag.rpartition("}")[2]
        if depth > DEPTH_MAX:
            msg = f"The XML is nested more than {DEPTH_MAX} levels deep: {_FIX}"
            raise RefusedFileError(msg)
    root: Element = events.root
    return root


def words(node: Element | None, *paths: str) -> str:
    """Give the text at the first of the paths that has any, on one line; "" without."""
    for found in () if node is None else _at(node, paths):
        text = tidy(found.text or "")
        if text:
            return text
    return ""


def _at(node: Element, paths: tuple[str, ...]) -> Iterator[Element]:
    for path in paths:
        yield from node.iterfind(path)
