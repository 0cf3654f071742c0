"""The words that payers head their lists with, in the languages we have seen.

Words are compared without capitals, accents and marks: `Règlement n°` is `reglement n`.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from ledger.money import MoneyError, exponent

_NO_WORD = re.compile(r"[^a-z0-9]+")
# Letters that no accent is taken off of.
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "å": "a", "ł": "l", "đ": "d"})
_CODE = re.compile(r"\b[A-Z]{3}\b")


class Role(StrEnum):
    """What a column holds; the last ones are told apart only to be left out."""

    REFERENCE = "reference"
    PAID = "paid"
    GROSS = "gross"
    AMOUNT = "amount"
    DISCOUNT = "discount"
    KIND = "kind"
    CURRENCY = "currency"
    DATE = "date"
    TAX = "tax"
    # Deductions, and what stays open.
    OTHER_AMOUNT = "other amount"
    REST = "rest"


def plain(text: str) -> str:
    """Give the words of a text without capitals, accents and marks, one space between."""
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(_NO_WORD.sub(" ", bare).split())


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


DATE = _set(
    "date datum fecha data dato dag dated paiva paivamaara pvm termin rechnungsdatum belegdatum"
    " zahlungsdatum fakturadatum factuurdatum betalningsdatum betaaldatum betalingsdato maksupaiva"
    " valutadatum buchungsdatum laskupvm"
)
_CURRENCY = _set("currency ccy curr wahrung waehrung devise valuta moneda divisa moeda waluta")
_TAX = _set("vat tax mwst ust tva btw iva moms alv gst steuer taxe")
_DISCOUNT = _set(
    "discount discounts disc skonto skontobetrag escompte korting descuento sconto kassarabatt"
    " rabatt rabat alennus desconto remise"
)
_OTHER = _set(
    "deduction deductions deducted abzug abzuge adjustment adjustments retenue withholding wht"
    " inhouding retencion ritenuta fee fees charges balance outstanding remaining restbetrag rest"
    " saldo reste openstaand residuo"
)
PAID = _set(
    "paid payment payments remitted remittance settled zahlbetrag zahlungsbetrag zahlung gezahlt"
    " bezahlt uberweisung uberweisungsbetrag uberwiesen regle reglement paye paiement virement"
    " betaald betaling betaalbedrag pagado pago pagato pagamento betalt betalat betalning maksettu"
    " maksu zaplacono platnosc net netto nettobetrag neto transfer"
)
_NET = _set("net netto nettobetrag neto amount betrag montant bedrag importe importo")
_GROSS = _set("gross brutto bruttobetrag original brut bruto lordo rechnungsbetrag fakturabelopp")
_DUE = _set("due factuurbedrag bruttobelopp bruttobedrag bruttosumma")
_AMOUNT = _set(
    "amount amounts betrag montant bedrag importe importo valor belopp belop summa value kwota"
    " wartosc maara total sum"
)
INVOICE = _set(
    "invoice invoices inv bill rechnung rechnungen rechnungsnummer rechnungsnr rechnungs rg faktura"
    " fakturanummer fakturanr fakturan factuur factuurnummer factuurnr facture factures factura"
    " facturas fattura fatture fatura lasku laskunumero laskun faktury fakture facturen"
)
_DOCUMENT = _set("document doc documents beleg belegnummer belegnr documento bilag tosite credit")
_REFERENCE = _set(
    "reference ref refs referenz referentie referencia riferimento referens viite viitenumero"
    " zuordnung verwendungszweck"
)
_TEXT = _set(
    "description details text particulars beschreibung buchungstext libelle omschrijving concepto"
    " descripcion descrizione causale beskrivning selite opis"
)
_PARTY = _set(
    "line pos position item row supplier vendor customer account name lieferant kunde kundennummer"
    " kreditor client fournisseur leverancier proveedor cliente fornitore leverantor"
)
_NUMBER = _set("number no nr num nummer numero numer n id")
_ORDER = _set("po purchase order orders bestellung bestellnummer commande pedido ordine ordre")
_KIND = _set("type kind art typ belegart tipo soort")
_OUR = _set("our unsere unser notre onze nuestra nostra var")
_YOUR = _set("your ihre ihr votre uw su vostro vostra er deres")
KEYWORDS = INVOICE | _DOCUMENT | _REFERENCE | _NUMBER
ORDERS = _ORDER

_SUBTOTAL = re.compile(
    r"\b(?:sub ?tota[a-z]*|zwischensumme|sous tota[a-z]*|delsumma|valisumma|page total|seitensumme"
    r"|carried|ubertrag|brought|a reporter|carry)\b"
)
_TOTAL = re.compile(
    r"\b(?:total|totals|sum|summe|gesamt|gesamtbetrag|gesamtsumme|totaal|totaalbedrag|totale"
    r"|totalt|summa|suma|razem|yhteensa)\b"
)
# Totals of something else than what was paid.
_NOT_PAID = _TAX | _DISCOUNT | _OTHER | _GROSS
_PAYMENT_DAY = re.compile(
    r"\b(?:zahlungsdatum|betalningsdatum|betaaldatum|betalingsdato|maksupaiva|value date"
    r"|valutadatum|cheque date|check date)\b"
)
_CREDIT = re.compile(
    r"\b(?:credits?(?! (?:transfer|terms|card|insurance|limit))|credit ?(?:notes?|memos?)|cn"
    r"|gutschrift|gutschriften|avoir|avoirs|creditnota|nota de credito|abono|nota di credito"
    r"|nota credito|kreditnota|kreditfaktura|kreditfaktur|hyvityslasku|korekta)\b"
)


_NAMES = INVOICE | _DOCUMENT | _REFERENCE | _NUMBER
# The first that fits: any of these words, and any of those; what it is; how sure that is.
_ROLES: tuple[tuple[frozenset[str], frozenset[str], Role, int], ...] = (
    (DATE, frozenset(), Role.DATE, 0),
    (_KIND, frozenset(), Role.KIND, 0),
    (_DISCOUNT, frozenset(), Role.DISCOUNT, 0),
    (_TAX, frozenset(), Role.TAX, 0),
    (_OTHER, frozenset(), Role.OTHER_AMOUNT, 0),
    (PAID, _NUMBER | _REFERENCE, Role.REST, 0),
    (PAID, frozenset(), Role.PAID, 0),
    (_DUE, frozenset(), Role.GROSS, 0),
    (_GROSS, frozenset(), Role.GROSS, 0),
    (_AMOUNT, INVOICE | _DOCUMENT, Role.GROSS, 0),
    (_CURRENCY, frozenset(), Role.CURRENCY, 0),
    (INVOICE, frozenset(), Role.REFERENCE, 6),
    (_DOCUMENT, frozenset(), Role.REFERENCE, 5),
    (_ORDER, frozenset(), Role.REFERENCE, 2),
    (_YOUR, _NAMES, Role.REFERENCE, 5),
    (_OUR, _NAMES, Role.REFERENCE, 1),
    (_REFERENCE, frozenset(), Role.REFERENCE, 4),
    (_PARTY, frozenset(), Role.REST, 0),
    (_AMOUNT, frozenset(), Role.AMOUNT, 0),
    (_NUMBER, frozenset(), Role.REFERENCE, 3),
    (_TEXT, frozenset(), Role.REFERENCE, 1),
)


def role_of(heading: str) -> tuple[Role, int] | None:
    """Say what a column with this heading holds, and how sure that is; None for words unknown."""
    words = set(plain(heading).split())
    return next(
        (
            (role, sure)
            for any_of, and_of, role, sure in _ROLES
            if words & any_of and (not and_of or words & and_of)
        ),
        None,
    )


def is_net(text: str) -> bool:
    """Say whether a heading says no more than net."""
    return set(plain(text).split()) <= _NET


def speaks_of_currency(text: str) -> bool:
    """Say whether a line is about the currency."""
    return bool(_CURRENCY.intersection(plain(text).split()))


def code_in(text: str) -> str:
    """Give the one currency code among the words of a text, or ""."""
    codes = {word for word in _CODE.findall(text) if _is_code(word)}
    return codes.pop() if len(codes) == 1 else ""


def _is_code(word: str) -> bool:
    try:
        exponent(word)
    except MoneyError:
        return False
    return True


def is_subtotal(text: str) -> bool:
    """Say whether a line adds up only a part, or carries over to another page."""
    return bool(_SUBTOTAL.search(plain(text)))


def total_rank(text: str) -> int:
    """Say how surely a line without a document states what was paid in all: 2, 1, or 0 for no."""
    words = plain(text)
    single = set(words.split())
    if single & _NOT_PAID or is_subtotal(text):
        return 0
    if single & PAID and (single & _AMOUNT or _TOTAL.search(words)):
        return 2
    return 1 if _TOTAL.search(words) else 0


def begins_as_total(text: str) -> bool:
    """Say whether a line is a total by its first words, whatever numbers follow."""
    return bool(_TOTAL.match(plain(text)))


def is_credit(text: str) -> bool:
    """Say whether a line speaks of a credit note."""
    return bool(_CREDIT.search(plain(text)))


def is_payment_day(text: str) -> bool:
    """Say whether a line tells when the payment was made."""
    words = plain(text)
    single = set(words.split())
    return bool(single & DATE and single & PAID) or bool(_PAYMENT_DAY.search(words))
