"""Every saved version of the rules stays as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from store import journal, rulesets
from store.rulesets import StoredRules


def test_before_the_first_save_the_defaults_are_in_force(s, ours):
    assert rulesets.current(s, ours) == StoredRules(0, {}, "", None)
    assert rulesets.versions(s, ours) == []


def test_each_save_is_a_new_version(s, ours, now):
    assert rulesets.save(s, ours, {"dunning": {"mode": "preview"}}, "anna", now) == 1
    assert rulesets.save(s, ours, {"dunning": {"mode": "auto"}}, "ben", now) == 2
    newest = StoredRules(2, {"dunning": {"mode": "auto"}}, "ben", now)
    first = StoredRules(1, {"dunning": {"mode": "preview"}}, "anna", now)
    assert rulesets.current(s, ours) == newest
    assert rulesets.versions(s, ours) == [newest, first]
    assert rulesets.version(s, ours, 1) == first
    assert rulesets.version(s, ours, 3) is None


def test_the_journal_tells_who_saved_what(s, ours, now):
    rulesets.save(s, ours, {"a": [1, 2]}, "anna", now)
    [entry] = journal.read(s, ours, limit=9)
    assert (entry.who, entry.text) == ("anna", "version 1 of the rules")
    assert entry.evidence["rules"] == {"a": [1, 2]}


def test_two_that_save_at_once_make_two_versions(sessions, ours, now):
    def save(number):
        with sessions.begin() as s:
            return rulesets.save(s, ours, {"number": number}, "anna", now)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(save, range(8))) == list(range(1, 9))
