"""What banks call the columns of their exports, in the languages of this part of the world."""

from __future__ import annotations

import re

from connector.bankfile import amounts
from connector.bankfile.reading import UnreadError

# By the field of a mapping, the most telling words first. A header is compared in small letters,
# without what stands in brackets.
WORDS: dict[str, tuple[str, ...]] = {
    "value_day": (
        *("value date", "valutadatum", "wertstellung", "wertstellungsdatum", "date de valeur"),
        *("valutadato", "rentedatum", "fecha valor", "data valuta", "arvopäivä", "valuta"),
    ),
    "day": (
        *("booking date", "posting date", "posted date", "transaction date", "buchungstag"),
        *("buchungsdatum", "boekdatum", "boekingsdatum", "date comptable", "date d'opération"),
        *("bokföringsdag", "bokföringsdatum", "bogføringsdato", "bokført dato", "kirjauspäivä"),
        *("fecha operación", "data contabile", "date", "datum", "dato", "päivä", "fecha", "data"),
        *("completed date", "date completed", "completed", "date started"),
    ),
    "money_in": (
        *("paid in", "money in", "credit amount", "credits", "credit", "haben", "gutschrift"),
        *("crédit", "credito", "abono", "inn", "insättning", "deposit", "deposits"),
    ),
    "money_out": (
        *("paid out", "money out", "debit amount", "debits", "debit", "soll", "lastschrift"),
        *("belastung", "débit", "addebito", "cargo", "ut", "uttag", "withdrawal", "withdrawals"),
    ),
    "direction": ("debit/credit", "af bij", "soll/haben", "direction", "cr/dr", "dr/cr", "d/c"),
    "amount": (
        *("amount", "betrag", "bedrag", "montant", "importe", "importo", "beløb", "beløp"),
        *("belopp", "summa", "määrä", "umsatz", "transaction amount", "value"),
    ),
    "balance": (
        *(
            "balance",
            "running balance",
            "running bal",
            "saldo",
            "solde",
            "saldo nach buchung",
            "saldo efter",
        ),
        *("kontostand", "balance after", "account balance", "saldo na mutatie", "saldo na trn"),
    ),
    "text": (
        *("vrije mededeling", "avisierungstext", "beschreibung", "beschreibung1", "beschreibung2"),
        *("rubrik", "bank description"),
        *("description", "details", "verwendungszweck", "narrative", "memo", "text", "libellé"),
        *("omschrijving", "mededelingen", "buchungstext", "communication", "meddelande"),
        *("message", "viesti", "tekst", "beskrivelse", "transaction description", "concepto"),
        *("descrizione", "payment details", "particulars", "naam / omschrijving"),
    ),
    "structured_reference": (
        *("creditor reference", "structured reference", "betalingskenmerk", "viitenumero"),
        *("ocr", "kid", "structured communication", "gestructureerde mededeling"),
    ),
    "end_to_end_id": ("end-to-end id", "end to end id", "endtoendid", "kundenreferenz"),
    "reference": ("reference", "referenz", "ref", "customer reference", "viite", "référence"),
    "bank_id": (
        "transaktions-nr",
        *("transaction id", "bank reference", "archive id", "unique id", "fitid"),
        *("arkistointitunnus", "volgnr", "id"),
    ),
    "payer_account": (
        *("counterparty account", "counterparty iban", "tegenrekening", "kontonummer/iban"),
        *("rekeningnummer tegenpartij", "kontonummer zahlungsbeteiligter"),
        *("tegenrekening iban/bban", "iban zahlungsbeteiligter", "counter account", "modkonto"),
    ),
    "payer_name": (
        *("counterparty", "counterparty name", "payer", "payee", "name", "tegenpartij"),
        *("beguenstigter/zahlungspflichtiger", "begünstigter/zahlungspflichtiger"),
        *("name zahlungsbeteiligter", "naam tegenpartij", "saaja/maksaja", "auftraggeber"),
        *("nom", "contrepartie", "avsender", "afsender", "maksaja"),
        *("namn", "zahlungspflichtige*r"),
    ),
    "account_column": (
        *("account", "account number", "auftragskonto", "rekening", "iban", "konto", "compte"),
        *("iban/bban", "iban auftragskonto", "account iban", "kontonummer"),
        "rekeningnummer",
    ),
    "currency_column": (
        *("currency", "währung", "waehrung", "munt", "devise", "ccy", "divisa", "valuutta"),
        *("muntsoort", "account currency", "valuta"),
    ),
}
_HEADER_MAX = 200
_ASIDE = re.compile(r"[(\[].*?[)\]]")
_CODE = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")


def currencies(text: str) -> list[str]:
    """Give the currency codes in a text, in their order."""
    return [code for code in _CODE.findall(text) if _is_currency(code)]


def _is_currency(code: str) -> bool:
    try:
        return amounts.currency(code) == code
    except UnreadError:
        return False


def plain(header: str) -> str:
    """Give a header for comparison: small letters, without a currency or what is in brackets."""
    found = _ASIDE.sub(" ", header[:_HEADER_MAX])
    for code in currencies(found):
        # "Credit in CHF" is a credit, "Paid in GBP" is what was paid in.
        found = re.sub(rf"(?<!aid)(?<!oney) in {code}|{code}", " ", found)
    return " ".join(found.lower().replace("_", " ").strip(" .:*#").split())
