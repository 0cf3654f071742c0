"""Settings: the rules as a form, as versions and as a file; what an edit would change today."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for

from flows import dunning, earning
from rules.actions import Escalate, SendReminder
from rules.fields import RuleSetError
from rules.matching.earning import COUNTED_DAYS, DECISIONS_MIN, Earned, Standing
from rules.parse import parse
from rules.render import render
from rules.ruleset import Dunning, Matching
from store import mirror, rulesets
from web import changing, rule_form
from web.present import step_words
from web.visit import looking, now, organisation, site, who

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as Answer

    from flows.dunning import Preview
    from store.rulesets import StoredRules

pages = Blueprint("settings", __name__, url_prefix="/o/<public_id>")

FILE_BYTES_MAX = 200_000
NAME = "dunnock-rules.toml"


def _current() -> StoredRules:
    with looking() as s:
        return rulesets.current(s, organisation().id)


@pages.get("/settings")
def show() -> str:
    """Show the rules in force as a form."""
    current = _current()
    return _page(current, changing.full(current.mapping))


def _page(
    current: StoredRules,
    rules: Mapping[str, Any],
    error: RuleSetError | None = None,
    difference: list[tuple[str, str, str]] | None = None,
) -> str:
    ledger = organisation().ledger
    currencies = (ledger.currency, *ledger.currencies) if ledger else ()
    with looking() as s:
        versions = rulesets.versions(s, organisation().id)
        tags = mirror.tags_in_use(s, organisation().id)
        records = earning.standings(s, organisation().id, current.mapping, now())
    return render_template(
        "settings.html",
        current=current,
        mode=parse(current.mapping).dunning.mode,
        dunning=rule_form.controls(Dunning, rules["dunning"], "dunning", error, currencies),
        ladders=rule_form.ladders(rules, error, currencies),
        matching=rule_form.controls(Matching, rules["matching"], "matching", error, currencies),
        outcomes=rule_form.outcomes(rules, error),
        records={rule: _record(one) for rule, one in records.items()},
        fixed=[*rule_form.fixed(Dunning), *rule_form.fixed(Matching)],
        error=error,
        difference=difference,
        versions=versions,
        tags=sorted(tags.items()),
    )


_STANDINGS = {
    Standing.TOO_FEW: f"{DECISIONS_MIN} have to be known before it may be trusted alone",
    Standing.NOT_GOOD: "too many were wrong to let it apply alone",
    Standing.OFFERED: "it has earned to apply alone",
    Standing.KEPT: "it may go on to apply alone",
    Standing.WITHDRAWN: "too many were wrong to let it apply alone",
}


def _record(one: Earned) -> str:
    """Say what became of a rule's decisions, and what that allows."""
    told = f"{one.right} of {one.decisions} decisions of the last {COUNTED_DAYS} days were right"
    return f"{told}: {_STANDINGS[one.standing]}." if one.decisions else ""


@pages.post("/settings")
def save() -> str | Answer | tuple[str, int]:
    """Save the form as a new version, or show what it would change today."""
    current = _current()
    wanted = rule_form.read(request.form, parse(current.mapping).dunning.mode)
    if request.form.get("base", type=int) != current.version:
        flash("Somebody saved other rules meanwhile. Look at them, then make your change.", "error")
        return redirect(url_for("settings.show"))
    try:
        parse(wanted)
    except RuleSetError as error:
        return _page(current, wanted, error), 422
    if request.form.get("do") == "preview":
        return _page(current, wanted, difference=_difference(current.mapping, wanted))
    return _kept(wanted)


def _kept(wanted: Mapping[str, Any]) -> Answer:
    with site().tools.sessions.begin() as s:
        number = changing.save(s, organisation().id, wanted, who(), now())
    flash(f"Saved as version {number}.")
    return redirect(url_for("settings.show"))


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Say whose messages an edit adds or takes away today: (more or less, customer, invoice)."""
    ours = organisation()
    with looking() as s:
        found = [
            _lines(dunning.preview(s, ours, parse(one), now(), site().tools.closed))
            for one in (before, after)
        ]
        customers = mirror.customers(s, ours.id)
    old, new = found
    changed = [("more", one) for one in sorted(new - old)]
    changed += [("less", one) for one in sorted(old - new)]
    return [
        (sign, customers[customer].name if customer in customers else customer, what)
        for sign, (customer, what) in changed
    ]


def _lines(preview: Preview) -> set[tuple[str, str]]:
    wanted: tuple[SendReminder | Escalate, ...] = (*preview.reminders, *preview.escalations)
    return {
        (action.customer_id, f"{line.number}, {step_words(line.step)}")
        for action in wanted
        for line in action.lines
    }


@pages.get("/settings/rules.toml")
def download() -> Response:
    """Give the rules in force, or one version, as a file."""
    stored = _version(request.args.get("version", type=int))
    text = render(parse(stored.mapping, version=stored.version))
    return Response(
        text,
        content_type="application/toml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{NAME}"'},
    )


def _version(number: int | None) -> StoredRules:
    with looking() as s:
        if number is None:
            return rulesets.current(s, organisation().id)
        found = rulesets.version(s, organisation().id, number)
    if found is None:
        abort(404)
    return found


@pages.post("/settings/rules.toml")
def upload() -> str | Answer | tuple[str, int]:
    """Save an uploaded rule file as a new version; a fault names its field."""
    current = _current()
    try:
        wanted = changing.with_mode_of(current, tomllib.loads(_uploaded()))
        parse(wanted)
    except RuleSetError as error:
        return _page(current, changing.full(current.mapping), error), 422
    except ValueError as error:
        flash(f"The file cannot be read: {error}.", "error")
        return redirect(url_for("settings.show"))
    return _kept(wanted)


def _uploaded() -> str:
    """Give the text of the uploaded file; raises ValueError for none, a huge or a binary one."""
    file = request.files.get("file")
    body = file.stream.read(FILE_BYTES_MAX + 1) if file else b""
    if not body or len(body) > FILE_BYTES_MAX:
        msg = f"choose a rule file of at most {FILE_BYTES_MAX // 1000} kB"
        raise ValueError(msg)
    return body.decode()


@pages.get("/settings/versions/<int:number>")
def version(number: int) -> str:
    """Show one version and what it changed against the one before."""
    stored = _version(number)
    before = _version(number - 1).mapping if number > 1 else {}
    diff = difflib.unified_diff(
        render(parse(before)).splitlines(),
        render(parse(stored.mapping)).splitlines(),
        lineterm="",
        n=1,
    )
    return render_template(
        "version.html",
        stored=stored,
        current=_current().version,
        lines=[line for line in diff if not line.startswith(("---", "+++"))],
    )


@pages.post("/settings/versions/<int:number>/restore")
def restore(number: int) -> Answer:
    """Save an earlier version again, as a new one; the dunning mode stays as it is."""
    return _kept(changing.with_mode_of(_current(), _version(number).mapping))
