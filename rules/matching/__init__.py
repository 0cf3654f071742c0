"""Which receipt pays which invoice, decided over all receipts of an organisation from facts."""

from __future__ import annotations

from rules.matching.decide import decide
from rules.matching.payers import payer_forms

__all__ = ["decide", "payer_forms"]
