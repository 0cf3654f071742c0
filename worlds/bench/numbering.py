"""Invoice numbers: how a business makes them, and how payers spell them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from worlds.bench.dice import Dice

LOOKS = {"0": "O", "1": "I", "5": "S", "8": "B"}
SWAP_SHARE = 0.35
# Fewer digits say nothing without a word.
TELLING_DIGITS = 4
WHOLE = (
    *("number: no separators", "number: look-alike letters", "number: other separators"),
    "number: small letters",
)


@dataclass(frozen=True, slots=True)
class Numbering:
    """A business's numbers: a prefix, perhaps the year, and a counter of `digits` digits.

    `pattern` has the places {y} (year), {yy}, {m} (month, in which the counter then starts anew),
    {n} (counter) and {c}, a mark of the customer, for whom the counter then is. `words` are what
    payers write before a bare number.
    """

    pattern: str
    digits: int
    words: tuple[str, ...]

    @property
    def by_customer(self) -> bool:
        """Tell whether each customer has a counter of its own."""
        return "{c}" in self.pattern

    @property
    def by_month(self) -> bool:
        """Tell whether the counter starts anew every month."""
        return "{m}" in self.pattern

    def number(self, counter: int, day: date, customer: int = 0) -> str:
        """Give the number of the counter's document, which is written on a day."""
        return self.pattern.format(
            y=day.year,
            yy=day.year % 100,
            m=f"{day.month:02d}",
            n=f"{counter:0{self.digits}d}",
            c=f"{customer * 2_654_435_761 % 16**8:08X}",
        )

    def tail(self, number: str) -> str:
        """Give the counter at the end of a number."""
        return number[-self.digits :]

    def head(self, number: str) -> str:
        """Give what stands before the counter."""
        return number[: -self.digits]


def spelled(rng: Dice, style: Numbering, number: str) -> tuple[str, str]:
    """Spell a number as some payer does; gives the text and the name of the way."""
    ways = {
        "number: no separators": (18, _joined),
        "number: no prefix": (22, _tail),
        "number: no leading zeros": (14, _bare),
        "number: no year": (14, _yearless),
        "number: look-alike letters": (8, _alike),
        "number: other separators": (12, _respaced),
        "number: small letters": (6, _lower),
        "number: year behind": (6, _turned),
        "number: broken by a blank": (4, _broken),
        "number: glued to words": (6, _glued),
    }
    if style.by_customer:
        # Nobody writes only the end of a number that others have too.
        ways = {name: ways[name] for name in ways if name in WHOLE}
    name = rng.choices(list(ways), [weight for weight, _ in ways.values()])[0]
    text = ways[name][1](rng, style, number)
    return text, "number: clean" if text == number else name


def _joined(_rng: Dice, _style: Numbering, number: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", number)


def _tail(rng: Dice, style: Numbering, number: str) -> str:
    digits = re.sub(r"\D", "", number)
    return _worded(rng, style, digits if rng.likely(0.6) else style.tail(number))


def _bare(rng: Dice, style: Numbering, number: str) -> str:
    short = style.tail(number).lstrip("0")
    word = rng.choice(style.words)
    return f"{word} {short}" if len(short) < TELLING_DIGITS or rng.likely(0.6) else short


def _yearless(rng: Dice, style: Numbering, number: str) -> str:
    letters = re.match(r"[A-Za-z]*", number)
    prefix = letters.group() if letters else ""
    if not prefix:
        return _worded(rng, style, style.tail(number))
    return f"{prefix}{rng.choice(('', '-', ' '))}{style.tail(number)}"


def _alike(rng: Dice, style: Numbering, number: str) -> str:
    tail = style.tail(number)
    places = [at for at, c in enumerate(tail) if c in LOOKS]
    if not places:
        return _joined(rng, style, number)
    kept = set(rng.sample(places, rng.randint(1, min(2, len(places)))))
    changed = "".join(LOOKS[c] if at in kept else c for at, c in enumerate(tail))
    return style.head(number) + changed


def _respaced(rng: Dice, _style: Numbering, number: str) -> str:
    return re.sub(r"[^A-Za-z0-9]|(?<=[A-Za-z])(?=\d)", rng.choice((" ", "/", ".", "_")), number)


def _lower(rng: Dice, _style: Numbering, number: str) -> str:
    return number.lower().replace("-", rng.choice(("-", "")))


def _turned(rng: Dice, style: Numbering, number: str) -> str:
    year = re.search(r"20\d\d", style.head(number))
    if year is None:
        return _worded(rng, style, style.tail(number))
    return f"{style.tail(number)}/{rng.choice((year.group(), year.group()[2:]))}"


def _broken(rng: Dice, _style: Numbering, number: str) -> str:
    """Break a number where the line of an old format ended."""
    at = rng.randrange(len(number) - 3, len(number) - 1)
    return f"{number[:at]} {number[at:]}"


def _glued(rng: Dice, style: Numbering, number: str) -> str:
    word = re.sub(r"\W", "", rng.choice(style.words)).upper()
    return rng.choice((f"{word}{number}", f"{word}{style.tail(number)}", f"{number}{word}"))


def _worded(rng: Dice, style: Numbering, digits: str) -> str:
    if rng.likely(0.5):
        return digits
    return f"{rng.choice(style.words)} {digits}"


def shorthand(style: Numbering, numbers: list[str], *, ranged: bool) -> str:
    """Write several numbers with only the ends of the later ones: 12345/46/47, or 12345-47.

    >>> shorthand(Numbering("INV-{n}", 5, ()), ["INV-12345", "INV-12346"], ranged=False)
    'INV-12345/46'
    """
    first = numbers[0]
    tails = [style.tail(number) for number in numbers]
    cut = max(_differing(tails[0], tail) for tail in tails[1:])
    cut = max(cut, 2)
    rest = [tail[-cut:] for tail in tails[1:]]
    return f"{first}-{rest[-1]}" if ranged else "/".join([first, *rest])


def _differing(one: str, other: str) -> int:
    for at, (a, b) in enumerate(zip(one, other, strict=True)):
        if a != b:
            return len(one) - at
    return 0


def damaged(rng: Dice, style: Numbering, number: str) -> str:
    """Change one digit of the counter, or swap two neighbours that differ."""
    tail = style.tail(number)
    swaps = [at for at in range(len(tail) - 1) if tail[at] != tail[at + 1]]
    if swaps and rng.random() < SWAP_SHARE:
        at = rng.choice(swaps)
        tail = tail[:at] + tail[at + 1] + tail[at] + tail[at + 2 :]
    else:
        at = rng.randrange(len(tail) - 3, len(tail)) if rng.likely(0.7) else 0
        tail = tail[:at] + rng.choice([c for c in "0123456789" if c != tail[at]]) + tail[at + 1 :]
    return style.head(number) + tail


def around(style: Numbering, number: str) -> set[str]:
    """Give every number that one wrong digit or one swap of neighbours turns into this one."""
    head, tail = style.head(number), style.tail(number)
    near = {tail[:at] + digit + tail[at + 1 :] for at in range(len(tail)) for digit in "0123456789"}
    near |= {tail[:at] + tail[at + 1] + tail[at] + tail[at + 2 :] for at in range(len(tail) - 1)}
    return {head + one for one in near} - {number}
