"""Which rules does the adoption of rules follow?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.routing.policy_adoption import ADOPTION, POLICY_ID, Adopt, as_json, changes, named
from shared.contracts.routing import PolicyAdopted
from shared.policy import adopted, shipped
from shared.testing import NOON, happened, scenario

given = scenario(ADOPTION, POLICY_ID)
TODAY = date(2026, 11, 20)
RULES = shipped().content
MORE_REMINDERS = RULES.model_copy(update={"reminders": RULES.reminders.model_copy(update={"count": 5})})


def version(name: str) -> PolicyAdopted:
    return PolicyAdopted(version=name, effective_on=TODAY, policy=as_json(RULES))


def test_a_policy_is_adopted_whole_under_a_name_of_its_own():
    given().when(Adopt(MORE_REMINDERS, TODAY, "as agreed")).then(
        happened(PolicyAdopted, version="default.2", effective_on=TODAY, policy=as_json(MORE_REMINDERS), reason="as agreed")
    )


def test_a_name_may_be_wished_for_and_is_never_given_twice():
    given().when(Adopt(RULES, TODAY, "ours", "acme.1")).then(happened(PolicyAdopted, version="acme.1")).when(
        Adopt(RULES, TODAY, "ours again", "acme.1")
    ).then(happened(PolicyAdopted, version="acme.2"))
    assert named("acme", ("acme", "acme.2")) == "acme.3"


def test_rules_hold_from_today_on_in_the_organisations_zone_and_never_backwards():
    evening = NOON + timedelta(hours=12, minutes=1)  # 00:01 of the 21st in Shanghai
    given().when(Adopt(RULES, TODAY, "late"), now=evening).invalid("/effective_on")
    given().when(Adopt(RULES, TODAY + timedelta(days=1), "in time"), now=evening).then(happened(PolicyAdopted))


def test_rules_that_do_not_fit_together_are_not_adopted():
    wrong = RULES.model_copy(update={"matrix": RULES.matrix.model_copy(update={"price": "treasury"})})
    given().when(Adopt(wrong, TODAY, "why not")).invalid("/policy/matrix/price")


def test_the_difference_names_each_place_with_before_and_after():
    clocks = RULES.clocks.model_copy(update={"take": RULES.clocks.take.model_copy(update={"major": RULES.clocks.desk_remedy.major})})
    departments = (*RULES.departments, "spare_parts")
    assert changes(shipped(), MORE_REMINDERS.model_copy(update={"clocks": clocks, "departments": departments})) == [
        {"at": "/departments", "removed": [], "added": ["spare_parts"]},
        {"at": "/clocks/take/major", "before": "1h", "after": "48h"},
        {"at": "/reminders/count", "before": 3, "after": 5},
    ]


def test_equal_rules_differ_nowhere():
    assert changes(shipped(), RULES) == []


@pytest.mark.parametrize("rules", [RULES, MORE_REMINDERS])
def test_what_is_adopted_is_read_back_as_it_was(rules):
    assert adopted({"version": "2", "effective_on": TODAY, **as_json(rules)}).content == rules
