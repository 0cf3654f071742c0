"""The codes of why not, each with the sentence that a person reads."""

from __future__ import annotations

# Why a step that was due is not sent.
DUNNING_REASONS = {
    "before_live": "It fell due before reminders were switched on.",
    "below_minimum": "The customer owes less than the minimum amount.",
    "card_retry_scheduled": "The charge failed and will be tried again.",
    "charge_pending": "It is charged without asking, and no charge has failed.",
    "closed_day": "It fell on a closed day, and such steps are left out.",
    "credit_covers": "The customer's credits cover the invoice.",
    "credit_note_draft": "A credit note is being drafted.",
    "customer_archived": "The customer is archived in the ledger.",
    "customer_merged": "The customer was merged into another.",
    "disputed": "The invoice is disputed.",
    "draft": "The invoice went back to draft.",
    "dunning_block": "A person put a block on it.",
    "dunning_interval": "The last overdue notice to this customer is too recent.",
    "min_gap": "The last message to this customer is too recent.",
    "missed": "Its day has passed, and missed steps are left out.",
    "no_address": "The customer has no e-mail address.",
    "no_longer_due": "The step is no longer due.",
    "no_longer_there": "The invoice is no longer in the ledger.",
    "no_failed_step": "Its charge failed, and its policy has no step for that.",
    "no_policy": "No policy takes this invoice.",
    "outside_window": "It is outside the hours of sending; it goes in the next window.",
    "paid": "The invoice is paid.",
    "payment_processing": "A payment is on its way.",
    "policy_has_no_steps": "Its policy never reminds.",
    "possible_payment_seen": "Money came in that may be this customer's.",
    "promise_open": "The customer promised to pay and the day has not passed.",
    "recently_delivered": "The invoice reached the customer too recently.",
    "stale_data": "The facts are too old to send on.",
    "superseded": "A later step has been reached.",
    "switched_off": "Reminders have been switched off.",
    "too_many_messages": "The customer had enough messages in the last 30 days.",
    "unknown": "The ledger gives the invoice a status that is not known here.",
    "unreadable": "Something of the customer's in the ledger cannot be read.",
    "void": "The invoice was voided.",
    "waits_for_earlier_step": "An earlier missed step goes first.",
}

# Why a receipt is put before a person.
MATCHING_REASONS = {
    "already_paid": "It names an invoice that is already paid.",
    "contested": "Several receipts fit the same invoice.",
    "doubtful_advice": "The remittance advice that explains it may not be what its payer meant.",
    "exceeds_balance": "It is more than is open on the invoice.",
    "exceeds_receipt": "It names more than the receipt has left.",
    "large": "It is a large amount, and a single fact speaks for the answer.",
    "less_than_named": "It is less than is open on the invoices it names.",
    "more_than_named": "It is more than is open on the invoices it names.",
    "names_unknown_invoice": "It names an invoice number that is not known.",
    "no_match": "Nothing that is known explains it.",
    "not_decided": "One answer is left, but no rule that is on takes it.",
    "not_open": "It names an invoice that is a draft or void.",
    "nothing_left": "Nothing of it is left to apply.",
    "other_currency": "It is in another currency than the invoice.",
    "other_customer": "It names an invoice of another customer than its payer.",
    "other_organisation": "It is linked to an invoice of another organisation.",
    "payer_unclear": "What is known of its payer points to different customers.",
    "several_customers": "It names invoices of several customers.",
    "still_processing": "The payment has not arrived yet.",
    "tie": "More than one answer fits.",
    "too_many_invoices": "It names more invoices than the rules combine.",
    "undone": "A person took this pair apart before.",
    "unknown_invoice": "It is linked to an invoice that is not open here, or not known.",
    "unknown_payout": "No payout of this amount is expected about that day.",
    "unsure": "Answers on such evidence were not right often enough to be taken alone.",
}

# Receipts about which there is nothing to ask yet, or any more.
QUIET_REASONS = frozenset({"nothing_left", "still_processing"})
