"""Whose money a payment is: which customer everything on it points at, and how strongly.

A customer is pointed at by what the ledger or confirmed payments know of the payer, strongest
first. What belongs to two customers who are not of one group belongs to nobody, and a payer of
more than two of them, a money exchange or a factor identifies nobody by any of its marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from ledger.documents import Receipt
from rules.matching.book import Book
from rules.matching.forms import (
    FULL,
    account_form,
    bare_forms,
    domain_form,
    domain_of,
    email_form,
    kind_of,
)
from rules.matching.institutions import is_institution
from rules.matching.names import bare, full, same_form, words
from rules.matching.payers import name_form
from rules.matching.policy import Policy
from rules.matching.resemblance import continued, most_like, resembling
from rules.matching.told import cut_names_told, names_told, numbers_told
from rules.matching.words import unstamped

# A payer of more unrelated customers than this pays for others.
UNRELATED_MAX = 2

# How alike a name is that has another legal form.
OTHER_FORM_SCORE = 88

# How alike a name is of which a text has only the beginning.
CUT_SCORE = 95

_IBAN = re.compile(r"\b[A-Z]{2}\d{2}[A-Z0-9]{11,30}\b")


class By(StrEnum):
    """What points at a customer, the strongest first."""

    LEDGER = "ledger"
    ACCOUNT = "account"
    EMAIL = "email"
    DOMAIN = "domain"
    LEARNED = "learned_name"
    NAME = "name"
    BARE = "bare_name"
    NUMBER = "customer_number"
    TOLD = "name_in_text"
    FIGURES = "figures_of_customer_number"
    SIMILAR = "similar_name"


class Pointer(NamedTuple):
    """One mark of a payment that is a customer's: what, whose, as written.

    `times` is how many confirmed payments had it, 0 where only the ledger has it; `score` is how
    alike a name is, in hundredths.
    """

    by: By
    customer_id: str
    value: str
    times: int = 0
    score: int = 100


class Doubt(NamedTuple):
    """A mark that identifies nobody, and why: a code, with the customers it might be of."""

    value: str
    why: str
    customers: tuple[str, ...] = ()


class Signs(NamedTuple):
    """What a payment shows of its payer."""

    customer_id: str = ""
    account: str = ""
    emails: tuple[str, ...] = ()
    name: str = ""
    text: str = ""

    @classmethod
    def of_receipt(cls, receipt: Receipt, sender: str = "") -> Signs:
        """Read a payment, with the sender of the advice that belongs to it, if any."""
        emails = tuple(filter(None, (receipt.payer_email, sender)))
        said = (receipt.text, receipt.reference, receipt.end_to_end_id)
        text = " ".join(dict.fromkeys(unstamped(one) for one in said if one))
        return cls(
            receipt.customer_id or "", receipt.payer_account, emails, receipt.payer_name, text
        )


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose money it is: `customer_id` is "" where nobody, or more than one group, is meant.

    `family` are the customers of that one's group, with it: a parent pays for its children.
    `shared` says that the payer is one who pays for others; `namesakes` are those of
    the group whom its name fits alike, so that which of them paid is not known.
    """

    customer_id: str = ""
    family: frozenset[str] = frozenset()
    pointers: tuple[Pointer, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    shared: bool = False
    namesakes: tuple[str, ...] = ()

    @property
    def by(self) -> By | None:
        """The strongest mark, where they agree."""
        return self.pointers[0].by if self.customer_id else None

    @property
    def disputed(self) -> bool:
        """Whether marks point at customers of different groups."""
        return bool(self.pointers) and not self.customer_id

    @property
    def maybe(self) -> tuple[str, ...]:
        """Everybody it might be of, the likeliest first."""
        found = [one.customer_id for one in self.pointers]
        found += [customer for one in self.doubts for customer in one.customers]
        return tuple(dict.fromkeys(found))


def whose(signs: Signs, book: Book, policy: Policy) -> Whose:
    """Say which customer a payment points at."""
    if signs.customer_id:
        known = Pointer(By.LEDGER, signs.customer_id, signs.customer_id)
        return Whose(known.customer_id, book.family(known.customer_id), (known,))
    pointers, doubts = _marked(signs, book, policy)
    shared = any(one.why in ("institution", "shared") for one in doubts)
    if shared:
        pointers = []
    pointers += _numbered(signs, book, pointers)
    if not pointers:
        pointers = _named_in_text(signs, book, policy)
    if not pointers and not doubts:
        pointers, doubts = _similar(signs, book)
    return _agreed(signs.name, book, pointers, doubts, shared=shared)


def _marked(signs: Signs, book: Book, policy: Policy) -> tuple[list[Pointer], list[Doubt]]:
    """Look up account, addresses and name."""
    pointers: list[Pointer] = []
    doubts: list[Doubt] = []
    if is_institution(bare(signs.name)):
        return pointers, [Doubt(signs.name, "institution")]
    if not policy.shared.isdisjoint(_own_forms(signs)):
        return pointers, [Doubt(signs.name or signs.account, "shared")]
    found = [_first(book, choices) for choices in _looks(signs)]
    found.append(_named(signs, book))
    for one in found:
        if isinstance(one, Pointer):
            pointers.append(one)
        elif one is not None:
            doubts.append(one)
    return pointers, doubts


def _own_forms(signs: Signs) -> Iterator[str]:
    """Give every form under which who paid may be remembered."""
    yield account_form(signs.account)
    yield from (email_form(one) for one in signs.emails)
    yield kind_of("name", name_form(signs.name))
    yield kind_of(FULL, full(signs.name))
    yield from bare_forms(signs.name)


def _first(book: Book, choices: Iterable[tuple[By, str, str]]) -> Pointer | Doubt | None:
    """Take the first form that is known."""
    looked = (_resolved(book, by, form, value) for by, form, value in choices)
    return next((one for one in looked if one is not None), None)


def _named(signs: Signs, book: Book) -> Pointer | Doubt | None:
    """Look a name up: as it is written, else without its legal form.

    Without one, a name is nobody's that two customers have but for theirs; and a name that a bank
    may have cut is nobody's where the names of others go on.
    """
    name = signs.name
    # Confirmed payers are remembered by a plainer form.
    plain = kind_of("name", name_form(name))
    whole = _first(book, [(By.NAME, kind_of(FULL, full(name)), name), (By.NAME, plain, name)])
    short = _first(book, [(By.BARE, form, name) for form in bare_forms(name)])
    found = whole if isinstance(whole, Pointer) else short
    if isinstance(short, Doubt) and words(name) == bare(name):
        found = short
    if not isinstance(found, Pointer):
        return found
    if found is not whole and _other_form(name, found.customer_id, book):
        found = found._replace(by=By.SIMILAR, score=OTHER_FORM_SCORE)
    others = [
        one.id for one in continued(name, book) if one.id not in book.family(found.customer_id)
    ]
    return Doubt(name, "cut", (found.customer_id, *others)) if others else found


def _other_form(name: str, customer_id: str, book: Book) -> bool:
    """Whether a customer has this name in the ledger, but with another legal form."""
    party = book.party(customer_id)
    names = (party.name, *party.aliases) if party else ()
    told = set(bare_forms(name))
    same = [one for one in names if told & set(bare_forms(one))]
    return bool(same) and not any(same_form(one, name) for one in same)


def _looks(signs: Signs) -> Iterator[list[tuple[By, str, str]]]:
    """Give the forms to look up; of each list the first that is known counts."""
    for account in (signs.account, *_IBAN.findall(signs.text.upper())):
        yield [(By.ACCOUNT, account_form(account), account)]
    for email in signs.emails:
        yield [
            (By.EMAIL, email_form(email), email),
            (By.DOMAIN, domain_form(domain_of(email)), email),
        ]


def _resolved(book: Book, by: By, form: str, value: str) -> Pointer | Doubt | None:
    """Say whose a form is: one customer's, one group's, or for a reason nobody's."""
    known = book.known_as(form) if form else ()
    if not known:
        return None
    likeliest = sorted(known, key=lambda one: (-one[1], one[0]))
    groups = {book.family(customer) for customer, _ in known}
    if len(groups) > 1:
        paid_for = {book.family(customer) for customer, times in known if times}
        why = "shared" if len(paid_for) > UNRELATED_MAX else "several_customers"
        return Doubt(value, why, tuple(customer for customer, _ in likeliest))
    customer, count = likeliest[0]
    if count and by in (By.NAME, By.BARE):
        by = By.LEARNED
    return Pointer(by, customer, value, count)


def _numbered(signs: Signs, book: Book, pointers: Sequence[Pointer]) -> list[Pointer]:
    """Read customers' numbers; one that no word announces only where nothing contradicts it.

    Figures alone may be anything: the more customers there are, the more of them are a number.
    """
    found = []
    for told in numbers_told(signs.text, book):
        known = _resolved(book, By.NUMBER, told.form, told.value)
        if not isinstance(known, Pointer):
            continue
        agrees = all(one.customer_id in book.family(known.customer_id) for one in pointers)
        if told.announced:
            found.append(known)
        elif agrees:
            found.append(known._replace(by=By.FIGURES))
    return found


def _named_in_text(signs: Signs, book: Book, policy: Policy) -> list[Pointer]:
    ignored = (*policy.own_names, signs.name)
    whole = [
        _resolved(book, By.TOLD, told.form, told.value)
        for told in names_told(signs.text, book, ignored)
    ]
    if whole:
        return [one for one in whole if isinstance(one, Pointer)]
    return [
        Pointer(By.TOLD, cut.customers[0], cut.value, score=CUT_SCORE)
        for cut in cut_names_told(signs.text, book, ignored)
        if len({book.family(one) for one in cut.customers}) == 1
    ]


def _similar(signs: Signs, book: Book) -> tuple[list[Pointer], list[Doubt]]:
    found = resembling(signs.name, book)
    if not found:
        return [], []
    if len({book.family(one.party.id) for one in found}) > 1:
        return [], [Doubt(signs.name, "alike", tuple(one.party.id for one in found))]
    best = found[0]
    return [Pointer(By.SIMILAR, best.party.id, signs.name, score=best.score)], []


def _agreed(
    name: str,
    book: Book,
    pointers: Sequence[Pointer],
    doubts: Sequence[Doubt],
    *,
    shared: bool,
) -> Whose:
    """Take what all pointers agree in; a parent and its child agree."""
    agreed = Whose(pointers=tuple(pointers), doubts=tuple(doubts), shared=shared)
    families = {book.family(one.customer_id) for one in pointers}
    if len(families) != 1:
        return agreed
    (family,) = families
    members = _members(name, family, book)
    if len(members) == 1:
        return replace(agreed, customer_id=members[0], family=family)
    told = pointers[0].by in (By.ACCOUNT, By.EMAIL)
    namesakes = () if told else tuple(members)
    return replace(agreed, customer_id=pointers[0].customer_id, family=family, namesakes=namesakes)


def _members(name: str, family: frozenset[str], book: Book) -> list[str]:
    """Say whom of a group a name fits; an account may be the parent's that pays for all."""
    if len(family) == 1 or not name:
        return []
    parties = [party for one in sorted(family) if (party := book.party(one))]
    return [one.party.id for one in most_like(name, parties)]
