"""Lists on the pages of a PDF, by their lines of text; ruled lines and pictures say nothing."""

from __future__ import annotations

import io
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from connector.remittance.advice import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PAGES_MAX = 200
# In heights of the letters: words further apart stand in two columns.
_GAP = 0.6
# Words that far apart in height, in points, stand on two lines.
_LINE_POINTS = 3.0

Word = dict[str, Any]


def text_of(body: bytes) -> str:
    """Give the lines of all pages, with two spaces or more between columns.

    Raises UnreadableError for a locked, damaged or merely pictured document.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            lines = list(_lines(body))
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(_reason(error)) from error
    if not lines:
        msg = "the PDF holds no text, perhaps a scan: ask for the list as a sheet or in a mail"
        raise UnreadableError(msg)
    return "\n".join(lines)


def _reason(error: Exception) -> str:
    locked = isinstance(error, PDFPasswordIncorrect) or (
        isinstance(error, PdfminerException)
        and any(isinstance(one, PDFPasswordIncorrect) for one in error.args)
    )
    if locked:
        return "the PDF is locked with a password: ask for it without"
    return "the PDF is damaged, or no PDF: ask for it again"


def _lines(body: bytes) -> Iterator[str]:
    with pdfplumber.open(io.BytesIO(body)) as document:
        for number, page in enumerate(document.pages, start=1):
            if number > PAGES_MAX:
                msg = f"the PDF has more than {PAGES_MAX} pages"
                raise UnreadableError(msg)
            for line in _by_line(page.extract_words()):
                yield _spaced(line)
            page.close()


def _by_line(words: Sequence[Word]) -> list[list[Word]]:
    lines: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (one["top"], one["x0"])):
        if lines and word["top"] - lines[-1][0]["top"] <= _LINE_POINTS:
            lines[-1].append(word)
        else:
            lines.append([word])
    return lines


def _spaced(line: Sequence[Word]) -> str:
    words = sorted(line, key=lambda one: one["x0"])
    parts = [words[0]["text"]]
    for before, word in pairwise(words):
        apart = word["x0"] - before["x1"] > _GAP * (word["bottom"] - word["top"])
        parts.append(("  " if apart else " ") + word["text"])
    return "".join(parts)
