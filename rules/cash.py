"""The matching half of the rule set: which receipt pays which invoice."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.money import Money
from rules.fields import Tolerance, money, said


@dataclass(frozen=True, slots=True)
class MatchingRule:
    """One way to decide a receipt. Only `outcome` can be chosen; the rest says what is compared."""

    id: str = field(metadata=said("Rule", "Which rule.", "name"))
    outcome: str = field(
        default="apply",
        metadata=said(
            "Outcome",
            "apply may act by itself in mode auto; suggest always asks; ignore leaves the rule "
            "out.",
            "choice",
            choices=("apply", "suggest", "ignore"),
        ),
    )
    payer: str = field(
        default="known_or_unknown",
        metadata=said(
            "Payer",
            "Whether the rule needs a payer that is known.",
            "choice",
            choices=("known", "known_or_unknown"),
            later=("group_member",),
        ),
    )
    reference: str = field(
        default="exact",
        metadata=said(
            "Reference",
            "What the payment has to name.",
            "choice",
            choices=("exact", "all_listed", "one_of", "none"),
        ),
    )
    amount: str = field(
        default="exact",
        metadata=said(
            "Amount",
            "How the amount has to agree; part means at most the balance, more that something is "
            "left over.",
            "choice",
            choices=(
                *("exact", "part", "sum", "within_tolerance", "net_of_discount", "net_of_fee"),
                *("net_of_withholding", "whole_balance", "more"),
            ),
        ),
    )
    unique: bool = field(
        default=True,
        metadata=said("Unique", "More than one answer is always asked; fixed.", "always"),
    )
    currency: str = field(
        default="same",
        metadata=said(
            "Currency",
            "Receipt and invoice have one currency; what is converted is only suggested.",
            "choice",
            choices=("same", "convert"),
        ),
    )


@dataclass(frozen=True, slots=True)
class Matching:
    """Which receipt pays which invoice."""

    mode: str = field(
        default="suggest",
        metadata=said(
            "Mode",
            "suggest shows each answer and applies what a person confirms; auto applies what the "
            "rules are sure of.",
            "choice",
            choices=("suggest", "auto"),
        ),
    )
    auto_apply_limit: tuple[Money, ...] = field(
        default=money("10000.00", "EUR", "GBP", "USD"),
        metadata=said(
            "Apply by itself up to",
            "Per currency: a larger receipt, or one in a currency not listed, is confirmed by a "
            "person.",
            "amounts",
        ),
    )
    earliest_before_issue_days: int = field(
        default=10,
        metadata=said(
            "Days before issue",
            "Money received longer before the invoice was issued is only suggested.",
            "whole",
            bounds=(0, 365),
        ),
    )
    latest_after_due_days: int = field(
        default=365,
        metadata=said(
            "Days after due",
            "Money received longer after the invoice fell due is only suggested.",
            "whole",
            bounds=(0, 3650),
        ),
    )
    lookback_days: int = field(
        default=90,
        metadata=said("Days back", "Older receipts are only suggested.", "whole", bounds=(1, 730)),
    )
    write_off_tolerance: Tolerance = field(
        default=Tolerance(50, money("1.00", "EUR", "GBP", "USD")),
        metadata=said(
            "Give up at most",
            "A share of the invoice's total and an amount per currency, whichever is lower; only "
            "where short_payment says so.",
            "tolerance",
        ),
    )
    max_combined_invoices: int = field(
        default=6,
        metadata=said(
            "Invoices in one receipt",
            "A receipt that names more invoices is asked.",
            "whole",
            bounds=(2, 50),
        ),
    )
    minimum_reference_length: int = field(
        default=4,
        metadata=said(
            "Length of a reference",
            "Shorter invoice, order and reference numbers do not count as named.",
            "whole",
            bounds=(4, 20),
        ),
    )
    ignore_reference_words: tuple[str, ...] = field(
        default=("invoice", "inv", "payment", "ref"),
        metadata=said(
            "Words before a number",
            "Words that payers glue to an invoice number, as in INV1001 for 1001; the usual ones "
            "are known in any case.",
            "words",
        ),
    )
    never_reapply_undone: bool = field(
        default=True,
        metadata=said(
            "Undone stays undone",
            "What a person took apart is never put together again by a rule; fixed.",
            "always",
        ),
    )
    learn_payer_after: int = field(
        default=2,
        metadata=said(
            "Know a payer after",
            "So many confirmations of one customer make a name or account known.",
            "whole",
            bounds=(1, 20),
        ),
    )
    shared_payers: str = field(
        default="never_learn",
        metadata=said(
            "Shared payers",
            "A name or account seen with two customers identifies neither; fixed.",
            "choice",
            choices=("never_learn",),
        ),
    )
    on_tie: str = field(
        default="suggest",
        metadata=said(
            "On a tie", "Two answers are always asked; fixed.", "choice", choices=("suggest",)
        ),
    )
    overpayment: str = field(
        default="on_account",
        metadata=said(
            "Overpayment",
            "What is left stays unapplied with the customer.",
            "choice",
            choices=("on_account",),
            later=("next_invoice", "refund_task"),
        ),
    )
    short_payment: str = field(
        default="leave_open",
        metadata=said(
            "Short payment",
            "The rest of an invoice that was named stays open; write_off_within_tolerance gives up "
            "what is within the tolerance, where an account for write-offs is chosen.",
            "choice",
            choices=("leave_open", "write_off_within_tolerance"),
            later=("deduction_case",),
        ),
    )
    no_reference: str = field(
        default="unapplied",
        metadata=said(
            "No reference",
            "A receipt that nothing explains stays unapplied and a person is asked; "
            "ask_remittance has its payer asked too, once, by e-mail, which invoices it is for. "
            "In mode suggest the question waits for a person.",
            "choice",
            choices=("unapplied", "ask_remittance"),
            later=("suggest_oldest_first",),
        ),
    )
    rules: tuple[MatchingRule, ...] = field(
        default=(
            MatchingRule("stripe_link", amount="part"),
            MatchingRule("remittance_complete", reference="all_listed", amount="sum"),
            MatchingRule("reference_and_amount"),
            MatchingRule("references_sum", reference="all_listed", amount="sum"),
            MatchingRule("reference_within_tolerance", amount="within_tolerance"),
            MatchingRule("reference_net_of_discount", amount="net_of_discount"),
            MatchingRule("reference_net_of_withholding", amount="net_of_withholding"),
            MatchingRule("reference_net_of_fee", amount="net_of_fee"),
            MatchingRule("reference_converted", outcome="suggest", currency="convert"),
            MatchingRule("references_less_credit", reference="all_listed", amount="sum"),
            MatchingRule("references_continued", payer="known", reference="one_of", amount="sum"),
            MatchingRule("reference_part", amount="part"),
            MatchingRule("reference_overpaid", amount="more"),
            MatchingRule("known_payer_exact_unique", payer="known", reference="none"),
            MatchingRule(
                "known_payer_whole_balance",
                payer="known",
                reference="none",
                amount="whole_balance",
            ),
            MatchingRule("known_payer_unique_sum", payer="known", reference="none", amount="sum"),
        ),
        metadata=said(
            "Rules",
            "Written `[[matching.rule]]`: one listed there changes the shipped one of that id. "
            "The order is fixed, strong evidence first.",
            "rules",
        ),
    )
