"""What a machine can tell of whether everybody can use the pages (WCAG 2.2 AA)."""

from __future__ import annotations

import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.web.furniture import ADA, HOME
from tests.web.test_payers import NAME

PAGES = (
    *("", "invoices", "today", "today/held?reason=superseded", "today/mode", "matches"),
    *("matches/ledger/r3", "exceptions", "activity", "connections", "connections/accounts"),
    *("payouts", "bank", "bank/accounts/1", "bank/statements/1", "bank/files/1", "bank/files/2"),
    *("payers", f"payers?mark={NAME['mark']}"),
    *("settings", "settings/versions/1", "customers/c2", "invoices/1004"),
)
ASKS = {"input", "select", "textarea"}
UNSEEN = {"hidden", "submit"}
REFERS = ("for", "aria-describedby", "aria-labelledby")


class Outline(HTMLParser):
    """What a screen reader makes its way by: headings, ids, labels, controls."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.referred: list[str] = []
        self.labelled: set[str] = set()
        self.unnamed: list[str] = []
        self._labels = 0
        self._button: list[str] | None = None
        self._controls: list[dict[str, str]] = []
        self.feed(page)
        self.unnamed += [one["name"] for one in self._controls if not self._is_named(one)]

    def _is_named(self, control: dict[str, str]) -> bool:
        return bool(control.get("aria-label") or control.get("id", "-") in self.labelled)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if "id" in known:
            self.ids.append(known["id"])
        for name in REFERS:
            self.referred += known.get(name, "").split()
        if tag == "label":
            self._labels += 1
            self.labelled.add(known.get("for", ""))
        if (
            tag in ASKS
            and known.get("type") not in UNSEEN
            and not (self._labels and "id" not in known)
        ):
            self._controls.append({"name": "?", **known})
        if tag == "button":
            self._button = [known.get("aria-label", "")]
        if tag == "img" and "alt" not in known:
            self.unnamed.append("img")

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self._labels -= 1
        if tag == "button" and self._button is not None:
            if not "".join(self._button).strip():
                self.unnamed.append("button")
            self._button = None


@pytest.mark.parametrize("page", PAGES)
def test_pages_can_be_found_through_and_their_controls_have_names(house, page):
    text = house.client(ADA).get(f"/o/{HOME}/{page}").text
    outline = Outline(text)
    assert '<html lang="en"' in text
    assert '<a class="skip" href="#main">' in text
    assert outline.unnamed == []
    assert outline.headings.count(1) == 1
    assert outline.headings[0] == 1
    jumps = [pair for pair in itertools.pairwise(outline.headings) if pair[1] - pair[0] > 1]
    assert jumps == []
    twice = {one for one in outline.ids if outline.ids.count(one) > 1}
    assert twice == set()
    assert set(outline.referred) <= set(outline.ids)


def test_the_outline_notices_what_is_missing():
    outline = Outline('<h1>a</h1><h3 id="x">b</h3><p id="x"></p><input name="n"><button></button>')
    assert outline.unnamed == ["button", "n"]
    assert outline.headings == [1, 3]
    assert outline.ids == ["x", "x"]


def test_the_place_where_one_is_is_said(house):
    browser = house.client(ADA)
    for page in (
        "",
        "today",
        "matches",
        "bank",
        "exceptions",
        "activity",
        "connections",
        "settings",
    ):
        text = browser.get(f"/o/{HOME}/{page}").text
        assert len(re.findall(r'aria-current="page"', text)) == 1, page


def _colours() -> dict[str, tuple[str, str]]:
    sheet = Path("web/static/dunnock.css").read_text("utf-8")
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", sheet)
    return {name: (light, dark) for name, light, dark in found}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# Text on what it stands on needs 4.5 to 1, the edge of a control 3 to 1.
TEXT = [
    *itertools.product(("ink", "soft", "accent", "accent-strong"), ("paper", "sheet", "sunk")),
    *itertools.product(("ink", "accent-strong"), ("accent-tint",)),
    *((tone, f"{tone}-tint") for tone in ("good", "warn", "bad")),
    *(("ink", f"{tone}-tint") for tone in ("good", "warn", "bad")),
    *(("soft", f"{tone}-tint") for tone in ("good", "warn", "bad")),
    *(("bad", ground) for ground in ("sheet", "paper")),
    *(("on-accent", ground) for ground in ("accent", "accent-strong")),
]
EDGES = [("edge", "sheet"), ("edge", "paper"), ("accent", "paper"), ("accent", "sheet")]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_colours_can_be_told_apart_in_both_themes(theme):
    colours = _colours()
    faint = [
        (text, ground, round(contrast(colours[text][theme], colours[ground][theme]), 2))
        for pairs, least in ((TEXT, 4.5), (EDGES, 3.0))
        for text, ground in pairs
        if contrast(colours[text][theme], colours[ground][theme]) < least
    ]
    assert faint == []


def test_black_on_white_is_the_most_there_is():
    assert round(contrast("#000000", "#ffffff"), 1) == 21.0
