"""The rules as a form, as versions and as a file: there and back, and what is refused."""

from __future__ import annotations

import io
import re
import tomllib
from html import unescape

import pytest

from rules.parse import parse
from rules.ruleset import Dunning, Matching, Policy, Step
from store import rulesets
from tests.web.furniture import ADA, HOME
from tests.web.house import House
from web import rule_form

PAGE = f"/o/{HOME}/settings"
FILE = f"/o/{HOME}/settings/rules.toml"


def as_shown(text: str) -> dict[str, list[str]]:
    """Read a form as a browser would send it back unchanged."""
    form = text[text.index('class="rules"') :]
    form = form[: form.index("</form>")]
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        known = dict(re.findall(r'([a-z]+)="([^"]*)"', tag))
        is_box = known.get("type") in {"checkbox", "radio"}
        if "name" in known and (not is_box or " checked" in tag):
            sent.setdefault(known["name"], []).append(unescape(known.get("value", "")))
    for name, body in re.findall(
        r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        options = re.findall(r'value="([^"]*)"( selected)?', body)
        chosen = [value for value, mark in options if mark] or [options[0][0]]
        sent[name] = [unescape(chosen[0])]
    sent.pop("csrf_token")
    return sent


def current(house: House) -> rulesets.StoredRules:
    with house.sessions() as s:
        return rulesets.current(s, house.ids[HOME])


def test_a_form_sent_back_as_it_came_changes_nothing(fresh):
    browser = fresh.client(ADA)
    before = current(fresh)
    answer = fresh.post(browser, PAGE, as_shown(browser.get(PAGE).text))
    assert answer.status_code == 302
    after = current(fresh)
    assert after.version == before.version + 1
    assert after.saved_by == ADA
    assert parse(after.mapping) == parse(before.mapping)


def test_only_what_differs_from_the_defaults_is_kept(fresh):
    browser = fresh.client(ADA)
    fresh.post(browser, PAGE, as_shown(browser.get(PAGE).text))
    assert current(fresh).mapping == {
        "dunning": {"mode": "approve", "min_gap_days": 1},
        "matching": {},
    }


def test_an_edit_is_kept_as_a_new_version(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    form |= {
        "dunning.send_window": ["08:30-17:00"],
        "dunning.send_days": ["mon", "thu"],
        "dunning.minimum_amount.GBP": ["25.00"],
        "dunning.minimum_amount.EUR": [""],
        "matching.ignore_reference_words": ["invoice, bill"],
        "matching.short_payment": ["write_off_within_tolerance"],
        "matching.write_off_tolerance.percent": ["0.25"],
        "matching.write_off_tolerance.EUR": [""],
        "matching.rule[0].outcome": ["suggest"],
    }
    form.pop("dunning.net_credits_and_unapplied")
    fresh.post(browser, PAGE, form)
    rules = parse(current(fresh).mapping)
    assert rules.dunning.send_window.text == "08:30-17:00"
    assert rules.dunning.send_days == ("mon", "thu")
    assert [str(one) for one in rules.dunning.minimum_amount] == ["25.00 GBP", "10.00 USD"]
    assert rules.dunning.net_credits_and_unapplied is False
    assert rules.matching.ignore_reference_words == ("invoice", "bill")
    assert rules.matching.rules[0].outcome == "suggest"
    assert rules.matching.short_payment == "write_off_within_tolerance"
    assert rules.matching.write_off_tolerance.percent == 25
    limits = [str(one) for one in rules.matching.write_off_tolerance.amounts]
    assert limits == ["1.00 GBP", "1.00 USD"]
    assert "Saved as version 2" in browser.get(PAGE).text


def own_steps(form: dict[str, list[str]]) -> None:
    path = "dunning.policy[0]"
    form[f"{path}.steps_from"] = [""]
    form[f"{path}.steps.count"] = ["3"]
    for at, (days, action, template, assign) in enumerate(
        (("5", "email", "overdue_polite", ""), ("20", "escalate", "", "ada"), ("", "email", "", ""))
    ):
        form |= {
            f"{path}.steps[{at}].level": [str(at + 1)],
            f"{path}.steps[{at}].anchor": ["due_date"],
            f"{path}.steps[{at}].offset_days": [days],
            f"{path}.steps[{at}].action": [action],
            f"{path}.steps[{at}].template": [template],
            f"{path}.steps[{at}].assign_to": [assign],
            f"{path}.steps[{at}].repeat_every_days": ["0"],
            f"{path}.steps[{at}].stop_after": ["1"],
            f"{path}.steps[{at}].task_due_days": ["2"],
            f"{path}.steps[{at}].only_when": ["[]"],
        }


def test_a_ladder_of_ones_own_is_written_step_by_step(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    own_steps(form)
    answer = fresh.post(browser, PAGE, form)
    assert answer.status_code == 302, re.findall(r'role="alert">(.*?)</div>', answer.text)
    steps = parse(current(fresh).mapping).dunning.policies[0].steps
    assert [step.name for step in steps] == ["due_date+5", "due_date+20"]
    # And the page made from them takes a step away again.
    form = as_shown(browser.get(PAGE).text)
    form["dunning.policy[0].steps[0].remove"] = ["yes"]
    fresh.post(browser, PAGE, form)
    steps = parse(current(fresh).mapping).dunning.policies[0].steps
    assert [step.name for step in steps] == ["due_date+20"]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("dunning.min_gap_days", "many", "wrong type"),
        ("dunning.min_gap_days", "400", ""),
        ("dunning.send_window", "9 to 11", ""),
        ("dunning.minimum_amount.GBP", "ten", ""),
        ("dunning.holidays", "mars", "not known"),
        ("dunning.policy[0].grace_days", "-1", ""),
        ("matching.rule[1].outcome", "maybe", "not known"),
        ("matching.write_off_tolerance.percent", "50", "no more than 5"),
    ],
)
def test_a_fault_stands_beside_its_field_and_nothing_is_kept(fresh, field, typed, said):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    form[field] = [typed]
    answer = fresh.post(browser, PAGE, form)
    assert answer.status_code == 422
    control = field.rpartition(".")[0] if field.endswith((".GBP", ".percent")) else field
    wrong = re.search(rf'id="{re.escape(control)}-wrong">([^<]+)<', answer.text)
    assert wrong is not None
    assert said in unescape(wrong[1])
    assert f'value="{typed}"' in answer.text or field.endswith(("holidays", "outcome"))
    assert current(fresh).version == 1


def test_a_step_at_fault_is_named_too(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    own_steps(form)
    form["dunning.policy[0].steps[1].offset_days"] = ["soon"]
    answer = fresh.post(browser, PAGE, form)
    assert answer.status_code == 422
    assert 'id="dunning.policy[0].steps[1].offset_days-wrong"' in answer.text


def test_the_form_never_changes_the_mode_of_sending(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    form["dunning.mode"] = ["auto"]
    fresh.post(browser, PAGE, form)
    assert parse(current(fresh).mapping).dunning.mode == "approve"


def test_two_people_do_not_overwrite_each_other(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    fresh.post(browser, PAGE, form)
    answer = fresh.post(browser, PAGE, form, follow_redirects=True)
    assert "Somebody saved other rules meanwhile" in answer.text
    assert current(fresh).version == 2


def test_preview_of_an_edit_says_what_would_change_today_and_keeps_nothing(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    form["do"] = ["preview"]
    assert "the same messages would go today" in fresh.post(browser, PAGE, form).text
    form["dunning.minimum_amount.GBP"] = ["300.00"]
    answer = fresh.post(browser, PAGE, form)
    assert "− taken away" in answer.text
    assert "INV-1006" in answer.text
    assert 'value="300.00"' in answer.text
    assert current(fresh).version == 1


def test_the_file_goes_out_and_comes_in_again(fresh):
    browser = fresh.client(ADA)
    answer = browser.get(FILE)
    assert answer.content_type == "application/toml; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    changed = answer.data.replace(b"min_gap_days = 1", b"min_gap_days = 3")
    fresh.post(browser, FILE, {"file": (io.BytesIO(changed), "rules.toml")})
    assert parse(current(fresh).mapping).dunning.min_gap_days == 3


def test_an_uploaded_file_does_not_start_sending(fresh):
    browser = fresh.client(ADA)
    body = io.BytesIO(b'[dunning]\nmode = "auto"\n')
    fresh.post(browser, FILE, {"file": (body, "rules.toml")})
    assert current(fresh).version == 2
    assert parse(current(fresh).mapping).dunning.mode == "approve"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'[dunning]\nmoode = "auto"\n', "dunning.moode"),
        (b"[dunning\n", "cannot be read"),
        (b"\xff\xfe", "cannot be read"),
        (b"", "choose a rule file"),
        (b"#" * 200_001, "at most 200 kB"),
    ],
)
def test_a_faulty_file_is_refused_with_its_reason(fresh, body, said):
    browser = fresh.client(ADA)
    answer = fresh.post(
        browser, FILE, {"file": (io.BytesIO(body), "rules.toml")}, follow_redirects=True
    )
    assert said in answer.text
    assert current(fresh).version == 1


def test_versions_show_their_difference_and_come_back(fresh):
    browser = fresh.client(ADA)
    form = as_shown(browser.get(PAGE).text)
    form["dunning.min_gap_days"] = ["4"]
    fresh.post(browser, PAGE, form)
    page = browser.get(f"{PAGE}/versions/2").text
    assert "-min_gap_days = 1" in page
    assert "+min_gap_days = 4" in page
    fresh.post(browser, f"{PAGE}/versions/1/restore")
    rules = parse(current(fresh).mapping)
    assert current(fresh).version == 3
    assert (rules.dunning.min_gap_days, rules.dunning.mode) == (1, "approve")
    assert "Nothing differs" not in browser.get(f"{PAGE}/versions/3").text


def test_every_field_of_the_rules_is_on_the_page(house):
    text = house.client(ADA).get(PAGE).text
    for shape in (Dunning, Matching, Policy, Step):
        fixed = {label for label, _ in rule_form.fixed(shape)}
        for one in shape.__dataclass_fields__.values():
            if one.metadata["kind"] not in rule_form.NESTED and one.name != "mode":
                assert one.metadata["label"] in unescape(text) or one.metadata["label"] in fixed


def test_groups_of_the_ledger_are_offered_as_a_rule_file_writes_them(house):
    text = unescape(house.client(ADA).get(PAGE).text)
    assert '{ field = "customer.tags", op = "contains", value = "Key accounts" }' in text
    condition = r'{ field = "customer.tags", op = "contains", value = "The \"North\"" }'
    assert condition in text
    assert tomllib.loads(f"x = {condition}")["x"]["value"] == 'The "North"'


def test_a_message_shows_the_groups_of_its_customer(house):
    text = house.client(ADA).get(f"/o/{HOME}/today").text
    name, _, after = text.partition("Goldcrest Design</a>")
    assert name
    assert after.startswith(' <span class="badge-word quiet">Key accounts</span>')


def test_each_rule_says_how_it_did(house):
    page = unescape(house.client(ADA).get(PAGE).text)
    told = re.findall(r'<div class="form-text">(\d+ of \d+ decisions[^<]*)</div>', page)
    known = "1 of 1 decisions of the last 90 days were right"
    assert told == [f"{known}: 200 have to be known before it may be trusted alone."]
