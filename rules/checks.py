"""What one field cannot show: steps that overlap, levels that fall, policies nobody reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.fields import RuleSetError
from rules.steps import FAILED

if TYPE_CHECKING:
    from rules.steps import Policy, Step

FAILED_TEMPLATE = "payment_failed"


def check_step(step: Step, path: str) -> None:
    """Refuse a step whose fields contradict each other."""
    if step.anchor == FAILED:
        _check_failed(step, path)
    elif step.level and (step.anchor != "due_date" or step.offset_days < 1):
        fix = 'count it from "due_date" with offset_days 1 or more, or give it level 0'
        raise RuleSetError(f"{path}.level", "an overdue notice before the invoice is overdue", fix)
    if step.repeat_every_days and step.stop_after == 1:
        fix = "say how often at most, such as 12"
        raise RuleSetError(f"{path}.stop_after", "the step repeats but stops after one", fix)
    if step.stop_after > 1 and not step.repeat_every_days:
        fix = "say after how many days it repeats, or remove stop_after"
        raise RuleSetError(f"{path}.repeat_every_days", "the step never repeats", fix)
    _check_action(step, path)


def _check_failed(step: Step, path: str) -> None:
    if not step.level:
        fix = "give it level 1 or more"
        raise RuleSetError(f"{path}.level", "word of a failed payment asks for money", fix)
    if step.offset_days < 0:
        problem = "nobody knows before it fails that a payment will"
        raise RuleSetError(f"{path}.offset_days", problem, "count 0 or more days from it")


def _check_action(step: Step, path: str) -> None:
    needed, other = (
        ("template", "assign_to") if step.action == "email" else ("assign_to", "template")
    )
    if not getattr(step, needed):
        problem = f"the action {step.action} needs it"
        raise RuleSetError(f"{path}.{needed}", problem, f"add {needed}")
    if getattr(step, other):
        problem = f"the action {step.action} has no use for it"
        raise RuleSetError(f"{path}.{other}", problem, "remove it")
    if step.template and (step.template == FAILED_TEMPLATE) != (step.anchor == FAILED):
        problem = f"{FAILED_TEMPLATE!r} goes with steps from {FAILED!r}, and they with it"
        raise RuleSetError(f"{path}.template", problem, "choose another text or another anchor")


def check_steps(steps: tuple[Step, ...], path: str) -> None:
    """Refuse two steps on one day, and levels that fall while the days go on."""
    taken: dict[tuple[str, int], int] = {}
    for at, step in enumerate(steps):
        check_step(step, f"{path}[{at}]")
        for time in range(step.stop_after):
            day = (step.anchor, step.offset_days + time * step.repeat_every_days)
            if day in taken:
                problem = f"it falls on the same day as steps[{taken[day]}] ({day[0]}{day[1]:+d})"
                raise RuleSetError(f"{path}[{at}].offset_days", problem, "move one of them")
            taken[day] = at
    for anchor in ("issue_date", "delivered_at", "due_date", FAILED):
        _check_levels([(at, one) for at, one in enumerate(steps) if one.anchor == anchor], path)


def _check_levels(steps: list[tuple[int, Step]], path: str) -> None:
    highest = 0
    for at, step in sorted(steps, key=lambda pair: pair[1].offset_days):
        if step.level < highest:
            problem = f"level {step.level} comes after level {highest}"
            fix = "let levels rise with the days"
            raise RuleSetError(f"{path}[{at}].level", problem, fix)
        highest = step.level


def check_policies(policies: tuple[Policy, ...], path: str) -> None:
    """Refuse names used twice, policies behind one that takes everyone, and an empty last one."""
    seen: dict[str, int] = {}
    for at, policy in enumerate(policies):
        here = f"{path}[{at}]"
        if policy.name in seen:
            problem = f"{policy.name!r} is also the name of policy[{seen[policy.name]}]"
            raise RuleSetError(f"{here}.name", problem, "give each policy its own name")
        seen[policy.name] = at
        _check_reachable(policies[:at], policy, here)
        if policy.takes_everyone and not policy.steps:
            problem = "it takes everyone and has no steps, so nobody would ever be reminded"
            raise RuleSetError(f"{here}.steps", problem, "add steps or steps_from")


def _check_reachable(earlier: tuple[Policy, ...], policy: Policy, path: str) -> None:
    for one in earlier:
        same = (one.applies_when, one.any_of) == (policy.applies_when, policy.any_of)
        if one.takes_everyone or same:
            problem = f"no invoice reaches it, because {one.name!r} before it takes them all"
            raise RuleSetError(f"{path}.applies_when", problem, f"move it before {one.name!r}")
