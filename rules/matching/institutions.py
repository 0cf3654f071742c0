"""Payers who pay for others: money exchanges, payment institutions and factors.

Their name or account on a payment says nothing about whose money it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from rules.matching.latin import latin

# First words that are nobody else's.
_ONLY = frozenset(
    latin(name)
    for name in (
        *("adyen", "affirm", "afterpay", "airwallex", "alipay", "allpay", "americanexpress"),
        *("amex", "autobooks", "avidxchange", "bambora", "barclaycard", "billcom", "bottomline"),
        *("braintree", "buckaroo", "cardnet", "cashfree", "clearpay", "concardis", "convera"),
        *("corpay", "currencycloud", "currencyfair", "dlocal", "ebury", "elavon", "eurofactor"),
        *("evopayments", "factofrance", "fexco", "fiserv", "flywire", "gocardless", "ifxpayments"),
        *("izettle", "klarna", "lemonway", "mangopay", "melio", "mercadopago", "modulr", "mollie"),
        *("monei", "moneycorp", "moneygram", "monix", "multisafepay", "netseasy", "ogone"),
        *("opayo", "payabl", "payfast", "paymentsense", "payoneer", "payone", "paypal", "payplug"),
        *("paysafe", "paytrail", "paytm", "payu", "ppro", "qonto", "rapyd", "razorpay"),
        *("redsys", "remitly", "riverty", "safecharge", "sagepay", "satispay", "scalapay"),
        *("skrill", "sofort", "splitit", "sumup", "svea", "swedbankpay", "takepayments"),
        *("tipalti", "transfergo", "transfermate", "transferwise", "truelayer", "trustly"),
        *("trustpayments", "unzer", "viva", "vivawallet", "westernunion", "wirecard"),
        *("worldfirst", "worldline", "worldpay", "worldremit", "xoom", "zettle", "zilch"),
    )
)

# Names that others may begin with too: they count alone, or with the words of the trade.
_SHARED = frozenset(
    (
        *("alpha", "argentex", "bill", "billie", "caxton", "checkout", "equals", "global"),
        *("mondu", "nets", "ofx", "plaid", "ramp", "revolut", "square", "stripe", "tink", "wise"),
        *("airplus", "amazon", "apple", "google", "cambridge", "centtrip", "ecommpay", "first"),
    )
)
_TRADE = frozenset(
    (
        *("africa", "asia", "australia", "bank", "capital", "com", "clearing", "cards", "de"),
        *("currency", "data", "emea", "eu", "europe", "exchange", "financial", "france", "fx"),
        *("germany", "international", "ireland", "merchant", "money", "net", "netherlands"),
        *("online", "pay", "payment", "payments", "processing", "services", "singapore"),
        *("solutions", "transfer", "transfers", "uk", "us", "usa"),
    )
)

# Shared names that are everyday words, and so no institution by themselves.
_NAMES = frozenset(("alpha", "bill", "cambridge", "first", "global", "equals", "apple", "google"))

# Words of factors, wherever in a name they stand; of several words all stand side by side.
_FACTORS = (
    *(("factoring",), ("faktoring",), ("factors",), ("affacturage",), ("factor",)),
    *(("invoice", "finance"), ("invoice", "discounting"), ("receivables", "finance")),
    *(("commercial", "finance"), ("trade", "receivables"), ("supply", "chain", "finance")),
    *(("money", "exchange"), ("foreign", "exchange"), ("payment", "institution")),
)


def is_institution(telling: Sequence[str]) -> bool:
    """Whether telling words (`names.bare`) are the name of somebody who pays for others."""
    if not telling:
        return False
    first, together = telling[0], "".join(telling[:2])
    if first in _ONLY or together in _ONLY:
        return True
    if first in _SHARED and all(word in _TRADE for word in telling[1:]):
        # Of a word that is a first name or a thing, the trade has to be said.
        return first not in _NAMES or len(telling) > 1
    return any(_stands(words, telling) for words in _FACTORS)


def _stands(words: Sequence[str], telling: Sequence[str]) -> bool:
    size = len(words)
    return any(tuple(telling[at : at + size]) == words for at in range(len(telling) - size + 1))
