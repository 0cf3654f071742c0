"""Writes small PDF documents by hand."""

from __future__ import annotations

Placed = tuple[float, float, str]


def pdf(*pages: list[Placed], extra: str = "") -> bytes:
    """Write a document whose pages hold texts at places (points from the lower left corner)."""
    kids = " ".join(f"{4 + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, placed in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {5 + 2 * at} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        shown = "\n".join(f"BT /F1 9 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in placed)
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
    return _joined(objects, extra)


def _joined(objects: list[str], extra: str) -> bytes:
    body = "%PDF-1.4\n"
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{one}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        f"{body}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer\n<< /Size {size} /Root 1 0 R {extra} >>\nstartxref\n{len(body)}\n%%EOF\n"
    ).encode("latin-1")


def table(rows: list[tuple[str, ...]], top: float = 700) -> list[Placed]:
    """Place rows of cells in columns a fifth of the page wide."""
    return [
        (40 + 100 * column, top - 14 * line, text)
        for line, row in enumerate(rows)
        for column, text in enumerate(row)
        if text
    ]
