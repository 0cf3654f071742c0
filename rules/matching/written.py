"""How exactly a number of ours is written at one place of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.matching.spellings import (
    DAMAGED_MIN,
    DIGITS_MIN,
    LOOK_ALIKES,
    NUMBER_MIN,
    Anatomy,
    Spelling,
    anatomy,
    is_day,
    key,
    plain,
)

if TYPE_CHECKING:
    from rules.matching.scan import Run, Scan

# Digits of this length do not stand in groups by accident.
GROUPED_MIN = 10

GROUP, GROUP_LEAST = 5, 3

# Words that stand before a number whoever issued it.
NUMBER_WORDS = frozenset(
    (
        *("BELEG", "BELEGNR", "BILL", "BILLS", "DOC", "DOCUMENT", "FA", "FAC", "FACT"),
        *("FACTNR", "FACTURA", "FACTURAS", "FACTURE", "FACTURES", "FACTUUR", "FACTUURNR"),
        *("FACTUURNUMMER", "FAKT", "FAKTNR", "FAKTURANUMMER", "FRA", "LASKUNRO", "RENR"),
        *("FAKTUR", "FAKTURA", "FAKTURANR", "FAKTUREN", "FAKTURY", "FAT", "FATT"),
        *("FATTURA", "FATTURE", "FATURA", "FATURAS", "FT", "FV", "INV"),
        *("INVNO", "INVOICE", "INVOICENO", "INVOICES", "INVS", "KVITTERING"),
        *("LASKU", "LASKUT", "N", "NO", "NOS", "NOTE", "NR", "NUM", "NUMBER", "NUMERO"),
        *("NUMMER", "OUR", "PAYMENT", "PMT", "RE", "RECH", "RECHNG", "RECHNUNG"),
        *("RECHNUNGEN", "RECHNUNGSNR", "RECHNUNGSNUMMER", "REF", "REFERENCE"),
        *("REFERENZ", "REG", "REGNING", "REK", "RG", "RGNR", "RN", "RNR", "VIITE", "YOUR"),
        "ZAHLUNG",
    )
)


def spelled(scan: Scan, run: Run, number: str, year: int) -> Spelling | None:
    """Say how a number is written by a run of digits and what stands around it; None if not.

    `year` is that of the document: only this may be left out of its number.
    """
    ours = anatomy(number)
    whole = _whole(scan, run, ours, number) if ours.digits else None
    if whole is not None or not ours.whole:
        return whole
    if not run.folded and not scan.joined[run.start : run.end].isdecimal():
        return None
    spelling, groups = _bare(run, ours, year)
    if spelling is None:
        return None
    if run.folded:
        spelling = Spelling.LOOK_ALIKE
    elif run.size > 1 and scan.pieces(run) != groups and len(run.digits) < GROUPED_MIN:
        return Spelling.JOINED if len(run.digits) >= DAMAGED_MIN else None
    return _doubted(scan, run, ours, spelling)


def _whole(scan: Scan, run: Run, ours: Anatomy, number: str) -> Spelling | None:
    """Hold all of a number against the words that end with the run, or one word later."""
    for last in (run.at + run.size, run.at + run.size + 1):
        if last >= len(scan.offsets):
            break
        end = scan.offsets[last]
        start = end - len(ours.joined)
        if start > run.start or end < run.end or start not in scan.starts:
            continue
        written = scan.joined[start:end]
        if written == ours.joined:
            first = scan.offsets.index(start)
            text = scan.text[scan.spans[first][0] : scan.spans[last - 1][1]]
            exact = text == plain(number).strip()
            spelling = Spelling.FULL if exact else Spelling.NO_SEPARATORS
            return _trusted(scan, run, ours, spelling)
        if written.translate(LOOK_ALIKES) == ours.joined.translate(LOOK_ALIKES):
            return Spelling.LOOK_ALIKE if len(written) >= NUMBER_MIN else None
    return None


def _trusted(scan: Scan, run: Run, ours: Anatomy, spelling: Spelling) -> Spelling | None:
    """Doubt what has no letters of ours, for it may be anything."""
    if not ours.joined.isdecimal():
        # A short one is a number only where nothing else is written.
        alone = len(ours.joined) >= NUMBER_MIN or scan.joined == ours.joined
        return spelling if alone else None
    pieces = scan.pieces(run)
    apart = run.size > 1 and pieces != ours.groups
    if apart and len(run.digits) < GROUPED_MIN and not _in_fives(pieces):
        return Spelling.JOINED
    return _doubted(scan, run, ours, spelling)


def _in_fives(pieces: tuple[str, ...]) -> bool:
    """Whether digits stand in groups of five from the right, as references are printed."""
    first, *others = map(len, pieces)
    return GROUP_LEAST <= first <= GROUP and all(one == GROUP for one in others)


def _bare(run: Run, ours: Anatomy, year: int) -> tuple[Spelling | None, tuple[str, ...]]:
    """Compare digits alone; with the groups in which they may stand apart."""
    if run.digits == ours.digits:
        return Spelling.NO_PREFIX, ours.groups
    if key(run.digits) == key(ours.digits):
        return Spelling.NO_ZEROS, (run.digits,)
    if ours.serial and key(run.digits) == key(ours.serial) and abs(ours.year - year) <= 1:
        return Spelling.NO_YEAR, tuple(one for one in ours.groups if one in ours.serial)
    return None, ()


def _doubted(scan: Scan, run: Run, ours: Anatomy, spelling: Spelling) -> Spelling | None:
    letters, tied = scan.letters(run)
    own = bool(letters and ours.before) and alike(letters, ours.before)
    if own and len(ours.joined) >= NUMBER_MIN:
        return spelling
    known = letters in NUMBER_WORDS or letters in scan.before
    if len(run.digits) < DIGITS_MIN:
        return Spelling.DOUBTFUL if known or scan.joined == run.digits else None
    if scan.part_of_more(run, ours.year) or (is_day(run.digits) and not known):
        return Spelling.DOUBTFUL
    foreign = letters and tied and not known
    # Letters glued behind digits make another number of them: 8213A is not 8213.
    if foreign or run.end not in scan.ends:
        return Spelling.OTHER_PREFIX
    return spelling


def alike(letters: str, ours: str) -> bool:
    """Whether letters are ours, look-alikes taken for each other."""
    return letters.translate(LOOK_ALIKES) == ours.translate(LOOK_ALIKES)
