"""A rule file that cannot be meant is refused, and the error names the field and the fix."""

from __future__ import annotations

import tomllib

import pytest

from rules.fields import RuleSetError
from rules.parse import parse

STEP = 'level = 1, anchor = "due_date", offset_days = 7, action = "email", template = "due_today"'
TASK = 'level = 2, anchor = "due_date", offset_days = 30, action = "escalate", assign_to = "me"'


def policy(step="", head="", more=""):
    return f'[[dunning.policy]]\nname = "one"\n{head}\nsteps = [{{ {step or STEP} }}{more}]'


def condition(text):
    return policy(head=f"applies_when = [{text}]")


TOLERANCE = "matching.write_off_tolerance"


def tolerance(text):
    return f"[matching]\nwrite_off_tolerance = {{ {text} }}"


BAD = [
    # Unknown keys and words name the nearest one.
    ("[duning]", "duning", "did you mean 'dunning'?"),
    ("[dunning]\nmod = 'auto'", "dunning.mod", "did you mean 'mode'?"),
    ("[matching]\nmoode = 'auto'", "matching.moode", "did you mean 'mode'?"),
    ("[dunning]\nmode = 'atuo'", "dunning.mode", "did you mean 'auto'?"),
    ("[dunning]\nsend_days = ['mon', 'tu']", "dunning.send_days[1]", "did you mean 'tue'?"),
    ("[[dunning.policy]]\nnam = 'x'\nsteps = []", "dunning.policy[0].nam", "'name'"),
    (policy(STEP + ", ofset = 1"), "dunning.policy[0].steps[0].ofset", "'offset_days'"),
    ("[[matching.rule]]\nid = 'strip_link'", "matching.rule[0].id", "'stripe_link'"),
    (
        "[[dunning.policy]]\nname = 'a'\nsteps_from = 'weakly'",
        "dunning.policy[0].steps_from",
        "did you mean 'weekly'?",
    ),
    # Known, but not built yet.
    ("[dunning]\nlevel_memory = 'invoice_with_customer_floor'", "dunning.level_memory", "invoice"),
    ("[dunning]\nresume_after_reply_days = 3", "dunning.resume_after_reply_days", "remove it"),
    ("[dunning]\nhold_when = ['reply_unanswered']", "dunning.hold_when[0]", "one of"),
    ("[dunning]\nbill_with_parent = 'follow_ledger'", "dunning.bill_with_parent", "use never"),
    (policy(STEP.replace('"email"', '"sms"')), "dunning.policy[0].steps[0].action", "email"),
    (
        policy(STEP.replace('"due_date"', '"previous_step"')),
        "dunning.policy[0].steps[0].anchor",
        "issue_date",
    ),
    (policy(STEP + ', attach = ["statement"]'), "dunning.policy[0].steps[0].attach", "remove it"),
    ("[matching]\nwrite_off_account = '400'", "matching.write_off_account", "remove it"),
    ("[matching]\nno_reference = 'suggest_oldest_first'", "matching.no_reference", "use one of"),
    ("[[matching.rule]]\nid = 'name_similar'", "matching.rule[0].id", "one of"),
    (
        condition('{ field = "customer.tier", op = "is", value = "key" }'),
        "dunning.policy[0].applies_when[0].field",
        "one of",
    ),
    (
        condition('{ field = "customer.country", op = "matches", value = "G." }'),
        "dunning.policy[0].applies_when[0].op",
        "one of",
    ),
    # A tolerance is a share and amounts, and a trifle.
    ('[matching]\nwrite_off_tolerance = { GBP = "1.00" }', f"{TOLERANCE}.percent", "add it"),
    (tolerance('percent = "5.01"'), f"{TOLERANCE}.percent", "no more than 5"),
    (tolerance('percent = "0.125"'), f"{TOLERANCE}.percent", "two places at most"),
    (tolerance('percent = "-1"'), f"{TOLERANCE}.percent", "write it as"),
    (tolerance("percent = 0.5"), f"{TOLERANCE}.percent", "text"),
    (tolerance('percent = "1", use = "higher_of"'), f"{TOLERANCE}.use", "'lower_of'"),
    (tolerance('percent = "1", GBB = "1.00"'), f"{TOLERANCE}.GBB", 'GBP = "10.00"'),
    (tolerance('percent = "1", GBP = "-1.00"'), f"{TOLERANCE}.GBP", "0 or more"),
    # Wrong types.
    ("dunning = 3", "dunning", "a table"),
    ("[dunning]\nmin_gap_days = '2'", "dunning.min_gap_days", "a whole number"),
    ("[dunning]\nmin_gap_days = true", "dunning.min_gap_days", "a whole number"),
    ("[dunning]\nmode = 3", "dunning.mode", "text"),
    ("[dunning]\nnet_credits_and_unapplied = 1", "dunning.net_credits_and_unapplied", "true or"),
    ("[dunning]\nsend_days = 'mon'", "dunning.send_days", "a list"),
    ("[dunning]\npolicy = 3", "dunning.policy", "a list"),
    (policy(head="applies_when = [3]"), "dunning.policy[0].applies_when[0]", "a table"),
    # Bounds.
    ("[dunning]\nmin_gap_days = 31", "dunning.min_gap_days", "use 0 to 30"),
    ("[dunning]\nsend_days = []", "dunning.send_days", "use one of"),
    ("[dunning]\nsend_days = ['mon', 'mon']", "dunning.send_days[1]", "remove it"),
    ("[matching]\nignore_reference_words = ['']", "matching.ignore_reference_words[0]", "remove"),
    (
        "[matching]\nignore_reference_words = ['a\\u0007']".replace("'", '"'),
        "matching.ignore_reference_words[0]",
        "one line",
    ),
    ("[dunning]\nsend_window = '9-11'", "dunning.send_window", "09:00-11:00"),
    ("[dunning]\nsend_window = '09:00-25:00'", "dunning.send_window", "09:00-11:00"),
    ("[dunning]\nsend_window = '09:00-09:00'", "dunning.send_window", "the earlier hour first"),
    ("[dunning]\nsend_window = '11:00-09:00'", "dunning.send_window", "the earlier hour first"),
    ("[[dunning.policy]]\nname = 'a b'\nsteps = []", "dunning.policy[0].name", "letters"),
    (
        f"[matching]\nignore_reference_words = {['w' * n for n in range(1, 102)]}",
        "matching.ignore_reference_words",
        "at most 100",
    ),
    # Money.
    ("[dunning]\nminimum_amount = { GBP = 10.0 }", "dunning.minimum_amount.GBP", "as text"),
    ("[dunning]\nminimum_amount = { GBP = '1.005' }", "dunning.minimum_amount.GBP", "10.00"),
    ("[dunning]\nminimum_amount = { JPY = '1.5' }", "dunning.minimum_amount.JPY", "10.00"),
    ("[dunning]\nminimum_amount = { XQX = '1.00' }", "dunning.minimum_amount.XQX", "10.00"),
    ("[dunning]\nminimum_amount = { GBP = '-1.00' }", "dunning.minimum_amount.GBP", "0 or more"),
    # Conditions.
    (condition('{ op = "is" }'), "dunning.policy[0].applies_when[0].field", "add it"),
    (condition('{ field = "customer.country" }'), "dunning.policy[0].applies_when[0].op", "add"),
    (condition('{ feld = "x" }'), "dunning.policy[0].applies_when[0].feld", "'field'"),
    (
        condition('{ field = "customer.tags", op = "is", value = "x" }'),
        "dunning.policy[0].applies_when[0].op",
        "did you mean",
    ),
    (
        condition('{ field = "customer.country", op = "is" }'),
        "dunning.policy[0].applies_when[0].value",
        "add it",
    ),
    (
        condition('{ field = "customer.country", op = "is_set", value = "x" }'),
        "dunning.policy[0].applies_when[0].value",
        "remove the value",
    ),
    (
        condition('{ field = "customer.country", op = "in", value = [] }'),
        "dunning.policy[0].applies_when[0].value",
        "name at least one",
    ),
    (
        condition('{ field = "invoice.days_overdue", op = "between", value = [9, 3] }'),
        "dunning.policy[0].applies_when[0].value",
        "the lower first",
    ),
    (
        condition('{ field = "invoice.total", op = "at_least", value = {} }'),
        "dunning.policy[0].applies_when[0].value",
        "GBP",
    ),
    # Steps that contradict themselves or each other.
    (policy(STEP, more=f", {{ {STEP} }}"), "dunning.policy[0].steps[1].offset_days", "move one"),
    (
        policy(STEP + ", repeat_every_days = 23, stop_after = 2", more=f", {{ {TASK} }}"),
        "dunning.policy[0].steps[1].offset_days",
        "move one",
    ),
    (
        policy(TASK, more=f", {{ {STEP.replace('= 7', '= 40')} }}"),
        "dunning.policy[0].steps[1].level",
        "levels rise",
    ),
    (policy(STEP.replace("= 7", "= 0")), "dunning.policy[0].steps[0].level", "level 0"),
    (policy(STEP.replace("due_date", "issue_date")), "dunning.policy[0].steps[0].level", "level 0"),
    (policy(STEP + ", repeat_every_days = 7"), "dunning.policy[0].steps[0].stop_after", "12"),
    (policy(STEP + ", stop_after = 3"), "dunning.policy[0].steps[0].repeat_every_days", "remove"),
    (
        policy('level = 1, anchor = "due_date", offset_days = 7, action = "email"'),
        "dunning.policy[0].steps[0].template",
        "add template",
    ),
    (policy(STEP + ', assign_to = "me"'), "dunning.policy[0].steps[0].assign_to", "remove it"),
    (
        policy('level = 1, anchor = "due_date", action = "email"'),
        "dunning.policy[0].steps[0].offset_days",
        "add it",
    ),
    # Policies.
    ("[dunning]\npolicy = []", "dunning.policy", "add one"),
    ("[[dunning.policy]]\nname = 'a'", "dunning.policy[0].steps", "either"),
    ("[[dunning.policy]]\nname = 'a'\nsteps = []", "dunning.policy[0].steps", "add steps"),
    (policy() + "\n" + policy(), "dunning.policy[1].name", "its own name"),
    (
        policy() + "\n[[dunning.policy]]\nname = 'two'\nsteps_from = 'gentle'",
        "dunning.policy[1].applies_when",
        "move it before 'one'",
    ),
    # Matching.
    ("[matching]\nnever_reapply_undone = false", "matching.never_reapply_undone", "leave it true"),
    ("[[matching.rule]]\noutcome = 'apply'", "matching.rule[0].id", "letters"),
    (
        "[[matching.rule]]\nid = 'references_sum'\namount = 'part'",
        "matching.rule[0].amount",
        "remove the key",
    ),
    (
        "[[matching.rule]]\nid = 'references_sum'\n" * 2,
        "matching.rule[1].id",
        "remove one",
    ),
]


@pytest.mark.parametrize(("text", "field", "fix"), BAD)
def test_the_error_names_the_field_and_the_fix(text, field, fix):
    with pytest.raises(RuleSetError) as caught:
        parse(tomllib.loads(text))
    assert caught.value.field == field
    assert fix in caught.value.fix
    assert caught.value.problem
    assert field in str(caught.value)


def test_what_is_not_built_yet_is_said_to_be_so():
    with pytest.raises(RuleSetError, match="not available yet"):
        parse({"dunning": {"hold_when": ["plan_current"]}})
    with pytest.raises(RuleSetError, match="not available yet"):
        parse({"dunning": {"customer_floor_decay_days": 90}})
