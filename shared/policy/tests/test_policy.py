"""Is a policy what it says, does a wrong one name its place, and which version holds when?"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, date, datetime
from importlib import resources
from typing import Any

import pytest
from pydantic import ValidationError

from shared.contracts.vocabulary import Money
from shared.policy import Policies, Policy, PolicyUnknown, adopted, parse, shipped, shipped_content
from shared.policy.faults import faults
from shared.policy.policies import Adopted

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
MUST_HAVE = frozenset(shipped().departments)


def changed(*path: str | int, to: Any, of: dict[str, Any] | None = None) -> dict[str, Any]:
    content = deepcopy(of or shipped_content())
    inner = content
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return content


def version(name: str, day: date, at: datetime) -> Adopted:
    return Adopted(parse({**shipped_content(), "version": name, "effective_on": day}), at, at)


def test_the_shipped_policy_agrees_with_itself():
    assert list(faults(shipped().content, MUST_HAVE)) == []


def test_every_value_names_its_source():
    lines = resources.files("policy").joinpath("default.toml").read_text(encoding="utf-8").splitlines()
    clocks = [
        line for line in lines if line.startswith(tuple(f"{name} = {{ ordinary" for name in type(shipped().content.clocks).model_fields))
    ]
    assert len(clocks) == 12
    assert all("# " in line for line in clocks)


@pytest.mark.parametrize(
    ("clock", "grade", "written"),
    [
        ("desk_remedy", "ordinary", "48h"),
        ("take", "major", "1h"),
        ("take", "important", "4h"),
        ("take", None, "1 working day"),
        ("assessment", None, "4 working hours"),
        ("containment", "major", "24h"),
        ("plan", "ordinary", "30d"),
        ("early_warning", "A", "24h"),
        ("early_warning", "C", "5 working days"),
        ("effectiveness", "major", "90d"),
    ],
)
def test_the_default_clocks_are_those_of_the_procedures(clock, grade, written):
    assert str(shipped().limit(clock, grade)) == written


def test_severity_opens_its_path():
    policy = shipped()
    assert policy.acts("major", "production") == "technical_director"
    assert policy.acts("important", "production") == "technical"
    assert policy.acts("ordinary", "production") == "production"
    assert policy.path("ordinary").file is None
    assert policy.owner("ordinary", None) == "desk"


def test_the_matrix_says_who_answers_and_the_desk_answers_the_rest():
    assert shipped().answers("price") == "finance"
    assert shipped().answers(None) == "desk"


def test_an_amount_in_another_currency_is_above_every_authority():
    policy = parse(changed("authority", to={"desk": "500", "quality": "900.50", "currency": "CNY"}))
    assert policy.may_offer("desk", Money(amount="500", currency="CNY"))
    assert not policy.may_offer("desk", Money(amount="500.01", currency="CNY"))
    assert policy.may_offer("quality", Money(amount="900.50", currency="CNY"))
    assert not policy.may_offer("quality", Money(amount="1", currency="EUR"))
    assert not policy.may_offer("department", Money(amount="1", currency="CNY"))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        (("clocks", "desk_remedy", "ordinary"), "soon"),
        (("clocks", "take", "major"), 0),
        (("clocks", "early_warning", "B"), None),
        (("reminders", "count"), "3"),
        (("near", "share"), 1.5),
        (("authority", "currency"), "yuan"),
        (("calendar", "hours"), {"from": "17:00", "to": "08:00"}),
        (("calendar", "holidays", 0), 20261001),
        (("ladder", 1, "after"), "later"),
        (("departments",), []),
    ],
)
def test_a_wrong_value_is_named_by_its_place(path, wrong):
    with pytest.raises(ValidationError) as told:
        parse(changed(*path, to=wrong))
    assert path in {error["loc"][: len(path)] for error in told.value.errors()}


@pytest.mark.parametrize(
    ("path", "wrong", "at"),
    [
        (("departments",), ["desk"], "/departments"),
        (("matrix", "price"), "treasury", "/matrix/price"),
        (("paths", "major", "file"), "archive", "/paths/major/file"),
        (("paths", "major", "file"), "responsible", "/paths/major/file"),
        (("ladder", 2, "to"), "board", "/ladder/2/to"),
        (("ladder", 2, "after"), "1h", "/ladder/2/after"),
        (("early_warning", "A", "department"), "press", "/early_warning/A/department"),
        (("calendar", "lunch"), {"from": "07:00", "to": "09:00"}, "/calendar/lunch"),
        (("calendar", "workdays"), [date(2026, 10, 1)], "/calendar/holidays/51"),
        (("people",), [{"person": "li", "name": "Li", "department": "moon"}], "/people/0/department"),
    ],
)
def test_what_does_not_fit_together_is_named_by_its_place(path, wrong, at):
    found = dict(faults(parse(changed(*path, to=wrong)).content, MUST_HAVE))
    assert at in found
    assert all(sentence.endswith(".") for sentence in found.values())


def test_more_departments_may_be_added():
    content = changed("departments", to=[*shipped().departments, "spare_parts"])
    assert list(faults(parse(content).content, MUST_HAVE)) == []


def test_a_policy_adopted_by_an_older_version_is_completed_and_never_stops_the_product():
    old = {
        "version": "acme.1", "effective_on": "2026-01-01", "callback": {"due_days": 7, "expires_days": 10, "attempts": 2},
        "meeting": {"severities": []}, "something_gone": True,
    }  # fmt: skip
    policy = adopted(old)
    assert (policy.callback_expires_days, policy.callback_attempts) == (10, 2)
    assert not policy.needs_meeting("major")
    assert policy.reminders == shipped().reminders


def test_what_a_file_of_before_does_not_say_is_as_shipped():
    assert (
        parse({name: rules for name, rules in shipped_content().items() if name not in ("signals", "recurrence")}).content
        == shipped().content
    )


def test_as_of_a_moment_past_what_was_adopted_since_holds_nowhere():
    policies = Policies.of([version("2", date(2026, 11, 1), NOON)])
    later = NOON.replace(year=2027)
    assert policies.known_at(NOON).in_force(later).version == "2"
    assert policies.known_at(NOON.replace(hour=3)).in_force(later).version == "default.1"


def test_a_policy_is_in_force_from_midnight_of_its_day_in_the_organisations_zone():
    policies = Policies.of([version("2", date(2026, 11, 22), NOON)])
    assert policies.in_force(datetime(2026, 11, 21, 15, 59, tzinfo=UTC)).version == "default.1"
    assert policies.in_force(datetime(2026, 11, 21, 16, 0, tzinfo=UTC)).version == "2"


def test_today_means_at_once_and_not_before():
    policies = Policies.of([version("2", date(2026, 11, 20), NOON)])
    assert policies.in_force(NOON).version == "2"
    assert policies.in_force(NOON.replace(hour=3)).version == "default.1"


def test_of_two_for_one_day_the_later_adopted_holds():
    later = version("3", date(2026, 11, 20), NOON.replace(hour=5))
    policies = Policies.of([later, version("2", date(2026, 11, 20), NOON)])
    assert policies.in_force(NOON).version == "2"
    assert policies.in_force(NOON.replace(hour=6)).version == "3"


def test_a_later_day_holds_though_it_was_adopted_earlier():
    policies = Policies.of([version("2", date(2026, 12, 1), NOON), version("3", date(2026, 11, 25), NOON.replace(hour=5))])
    assert policies.in_force(datetime(2026, 11, 26, tzinfo=UTC)).version == "3"
    assert policies.in_force(datetime(2026, 12, 2, tzinfo=UTC)).version == "2"
    assert [one.policy.version for one in policies.upcoming(datetime(2026, 11, 26, tzinfo=UTC))] == ["2"]


def test_an_old_version_is_found_by_its_name():
    policies = Policies.of([version("2", date(2026, 11, 20), NOON)])
    assert policies.version("default.1") == shipped()
    assert policies.version(None) == shipped()
    assert isinstance(policies.version("2"), Policy)
    with pytest.raises(PolicyUnknown):
        policies.version("3")
