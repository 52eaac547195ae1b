"""Who should do a piece of work: there, knowing, least busy (RT-8)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from services.routing.candidates import Busy, Wanted, ranked, reasons
from shared.policy import shipped
from shared.policy.content import Person

TODAY = date(2026, 11, 20)
WANTED = Wanted(frozenset(("leakage", "P-20", "act")), TODAY, TODAY + timedelta(days=5))


def person(name: str, *skills: str, **more: Any) -> Person:
    return Person.model_validate({"person": name, "name": name.title(), "department": "technical", "skills": skills, **more})


def away(since: int, to: int) -> list[dict[str, date]]:
    return [{"from": TODAY + timedelta(days=since), "to": TODAY + timedelta(days=to)}]


def order(*people: Person, **busy: Busy) -> list[str]:
    return [one.person.person for one in ranked(people, WANTED, busy)]


def test_who_knows_the_matter_comes_before_who_has_less_to_do():
    assert order(person("anna"), person("bo", "leakage"), person("chen", "leakage", "P-20"), chen=Busy(9)) == ["chen", "bo", "anna"]


def test_of_equals_who_has_less_to_do_comes_first():
    assert order(person("anna"), person("bo"), person("chen"), anna=Busy(2), bo=Busy(1, 1), chen=Busy(1)) == ["chen", "bo", "anna"]


def test_who_is_not_there_comes_last_and_who_will_leave_before_it_is_due_just_before():
    absent = person("anna", "leakage", absences=away(-3, 0))
    leaving = person("bo", "leakage", absences=away(4, 9))
    back = person("chen", absences=away(-9, -1))
    later = person("dai", absences=away(6, 9))
    assert order(absent, leaving, back, later) == ["chen", "dai", "bo", "anna"]
    first, *_, last = ranked([absent, later], WANTED, {})
    assert (first.available, first.absent_from) == (True, None)
    assert (last.available, last.absent_until) == (False, TODAY)


@pytest.mark.parametrize(("absences", "said"), [
    ([], ("Is there until it is due.", "期限之前在岗。")),
    (away(0, 3), ("Is absent until 2026-11-23.", "缺勤至 2026-11-23。")),
    (away(2, 3), ("Will be absent from 2026-11-22 to 2026-11-23, before it is due.", "2026-11-22 至 2026-11-23 缺勤，早于期限。")),
])  # fmt: skip
def test_each_place_has_its_reasons_in_both_languages(absences, said):
    (one,) = ranked([person("anna", "leakage", "act", "law", absences=absences)], WANTED, {"anna": Busy(3, 1)})
    assert reasons(one, "en", shipped()) == [said[0], "Knows: leakage, act.", "Work items held: 3; overdue: 1."]
    assert reasons(one, "zh-CN", shipped()) == [said[1], "具备技能：leakage、处理。", "手上任务 3 项，超期 1 项。"]
    (other,) = ranked([person("bo", "law")], WANTED, {})
    assert "Has no skill on record for this." in reasons(other, "en", shipped())
