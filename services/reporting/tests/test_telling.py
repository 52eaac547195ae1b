"""A complaint's story: what holds since when, and in which months it counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.said import KEPT, Said, in_order, said
from services.reporting.story import FIELDS, FOREVER, Story
from services.reporting.telling import tell
from services.reporting.tests.lives import (
    Life,
    added,
    answered,
    approved,
    asked_back,
    assessed,
    carried_out,
    closed,
    imported,
    offered,
    received,
    recourse_named,
    regraded,
    reopened,
    told,
    warned,
)
from shared.contracts import CATALOGUE
from shared.contracts.event import sealed_fields
from shared.contracts.intake import HistoryRound
from shared.contracts.vocabulary import Product

JAN = datetime(2026, 1, 10, 3, tzinfo=UTC)
FEB = datetime(2026, 2, 10, 3, tzinfo=UTC)
MAR = datetime(2026, 3, 10, 3, tzinfo=UTC)
APR = datetime(2026, 4, 10, 3, tzinfo=UTC)


def story_of(life: Life) -> Story:
    return tell(in_order(said(event) for event in life.envelopes if event.type in KEPT))


def facts(story: Story, n: int = -1) -> dict[str, object]:
    return dict(zip(FIELDS, story.versions[n].facts, strict=True))


def whole_life() -> Life:
    life = (
        Life(JAN)
        .at(JAN, received(1, JAN))
        .at(FEB, assessed(1), offered(1), answered(1, accepted=False), offered(1, 2), answered(1, round=2))
    )
    return life.at(MAR, carried_out(1), told(1), closed(1)).at(APR, asked_back(1), reopened(1))


def test_a_received_complaint_is_open_and_with_the_desk():
    story = story_of(Life(JAN).at(JAN, received(1, JAN)))
    known = facts(story)
    assert (known["state"], known["department"], known["main_issue_code"], known["imported"]) == ("received", "desk", "leakage", False)
    assert [(spell.began_at, spell.ended_at) for spell in story.spells] == [(JAN, None)]


def test_what_is_judged_again_holds_from_then_on():
    life = Life(JAN).at(JAN, received(1, JAN)).at(FEB, assessed(1))
    life.at(MAR, regraded(1, severity="major"), regraded(1, nature="communicative"), warned(1, "B"))
    before, now = facts(story_of(life), -4), facts(story_of(life))
    assert [before[name] for name in ("severity", "nature", "early_warning")] == ["important", "valid", None]
    assert [now[name] for name in ("severity", "nature", "early_warning")] == ["major", "communicative", "B"]


def test_a_round_counts_once_the_customer_knows_of_it():
    life = Life(JAN).at(JAN, received(1, JAN)).at(FEB, assessed(1), offered(1), answered(1, accepted=False), approved(1, 2))
    story = story_of(life)
    assert (facts(story)["remedy_rounds"], facts(story)["state"]) == (2, "offered")


def test_a_body_outside_is_a_state_on_the_way_to_the_end():
    life = Life(JAN).at(JAN, received(1, JAN)).at(FEB, assessed(1), offered(1), answered(1, accepted=False))
    story = story_of(life.at(MAR, recourse_named(1), closed(1, "recourse_exhausted")))
    assert [(move.to_state, move.backward) for move in story.transitions[-2:]] == [("external", False), ("closed", False)]


def test_a_complaint_is_registered_when_it_is_recorded():
    life = Life(FEB).at(JAN, received(1, JAN))
    assert facts(story_of(life))["registered_at"] == life.envelopes[0].recorded.recorded_at != JAN


def test_the_straight_road_passes_through_its_states():
    story = story_of(whole_life())
    assert [move.to_state for move in story.transitions] == [
        "received", "assessed", "offered", "refused", "offered", "accepted", "remedied", "told", "closed", "assessed",
    ]  # fmt: skip
    assert [move.n for move in story.transitions if move.reopening] == [10]
    assert [move.n for move in story.transitions if move.backward] == [5, 10]
    assert story.transitions[1].dwell_hours == pytest.approx((FEB - JAN) / timedelta(hours=1))


def test_a_reopened_case_keeps_the_month_of_its_first_closing_and_is_open_again():
    story = story_of(whole_life())
    assert [(s.began_at, s.ended_at) for s in story.spells if s.recorded_to == FOREVER] == [(JAN, MAR), (APR, None)]
    assert [move.at for move in story.transitions if move.to_state == "closed"] == [MAR]
    known = facts(story)
    assert (known["closed_at"], known["outcome"], known["reopened"], known["remedy_rounds"]) == (None, None, 1, 2)


def test_what_was_known_before_is_kept_with_the_time_it_held():
    story = story_of(whole_life())
    held = [(version.recorded_from, version.recorded_to) for version in story.versions]
    assert all(before[1] == after[0] for before, after in pairwise(held))
    assert held[-1][1] == FOREVER
    assert facts(story, 0)["state"] == "received"
    assert [spell for spell in story.spells if spell.ended_at is None and spell.recorded_to < APR], "in February it was known as open"


def test_an_event_that_changes_no_fact_makes_no_version():
    life = Life(JAN).at(JAN, received(1, JAN)).at(FEB, told(1))
    assert len(story_of(life).versions) == 1


def test_a_withdrawn_case_is_closed_under_its_own_state():
    story = story_of(Life(JAN).at(JAN, received(1, JAN)).at(FEB, closed(1, "withdrawn")))
    assert facts(story)["state"] == "withdrawn"
    assert story.transitions[-1].to_state == "withdrawn"


def test_an_imported_outcome_without_a_date_closes_on_an_unknown_day_and_is_open_on_none():
    story = story_of(Life(APR).at(APR, imported(1, HistoryRound(received_at=JAN, closed=True, outcome="satisfied"))))
    known = facts(story)
    assert (known["state"], known["outcome"], known["closed_at"], known["imported"]) == ("closed", "satisfied", None, True)
    assert story.spells == ()
    assert [(move.to_state, move.at) for move in story.transitions] == [("received", JAN), ("closed", None)]


def test_an_imported_date_without_an_outcome_closes_with_outcome_unknown():
    story = story_of(Life(APR).at(APR, imported(1, HistoryRound(received_at=JAN, closed=True, closed_at=FEB))))
    known = facts(story)
    assert (known["state"], known["outcome"], known["closed_at"]) == ("closed", None, FEB)
    assert [(s.began_at, s.ended_at, s.recorded_to) for s in story.spells] == [(JAN, FEB, FOREVER)]


def test_an_imported_complaint_received_again_counts_as_reopened_then_and_its_last_round_holds():
    first = HistoryRound(received_at=JAN, closed=True, closed_at=FEB, outcome="withdrawn", severity="ordinary")
    again = HistoryRound(received_at=MAR, closed=True, closed_at=APR, outcome="satisfied", severity="major")
    story = story_of(Life(APR).at(APR, imported(1, first, again)))
    known = facts(story)
    assert (known["received_at"], known["closed_at"], known["outcome"], known["severity"], known["reopened"]) == (
        JAN, APR, "satisfied", "major", 1,
    )  # fmt: skip
    assert [(move.at, move.to_state, move.reopening) for move in story.transitions] == [
        (JAN, "received", False), (MAR, "received", True), (APR, "closed", False),
    ]  # fmt: skip


def test_facts_that_come_in_later_take_the_place_of_what_was_said_before_and_the_rest_stays():
    """IN-6; what was known before stays known as of then."""
    life = (
        Life(JAN)
        .at(JAN, received(1, JAN))
        .at(FEB, added(1, product=Product(batch="B2"), issue_codes=("noise", "leakage"), occurred_on=JAN.date()))
    )
    story = story_of(life)
    before, now = facts(story, 0), facts(story)
    assert (before["batch"], before["main_issue_code"], before["occurred_on"]) == ("B1", "leakage", None)
    assert (now["product_code"], now["product_name"], now["batch"]) == ("P-1", "Pump", "B2")
    assert (now["issue_codes"], now["main_issue_code"], now["occurred_on"]) == (["noise", "leakage"], "noise", JAN.date())
    assert facts(story_of(life.at(MAR, added(1, text="More."))))["batch"] == "B2"


def test_without_its_receipt_a_complaint_has_no_story_yet():
    life = whole_life()
    assert tell(in_order(said(event) for event in life.envelopes if event.service != "intake" and event.type in KEPT)) == Story()


def test_no_sealed_field_is_ever_kept():
    for kind, names in KEPT.items():
        assert not set(sealed_fields(CATALOGUE[kind])) & set(names), kind


@pytest.mark.parametrize("times", [1, 2])
@given(seed=st.integers(0, 2**32))
def test_the_story_is_the_same_in_any_order_and_however_often_told(times: int, seed: int):
    kept = [said(event) for event in whole_life().envelopes if event.type in KEPT]
    shuffled = kept * times
    Random(seed).shuffle(shuffled)
    assert tell(in_order(shuffled)) == tell(kept)


@given(split=st.integers(0, 11))
def test_a_version_depends_only_on_what_was_recorded_before_it(split: int):
    kept = in_order(said(event) for event in whole_life().envelopes if event.type in KEPT)
    whole, part = tell(kept), tell(kept[:split])
    assert [v.facts for v in part.versions] == [v.facts for v in whole.versions[: len(part.versions)]]
    assert part.transitions == whole.transitions[: len(part.transitions)]


def test_contributions_sort_as_envelopes_do():
    events = [event for event in whole_life().envelopes if event.type in KEPT]
    by_order = [said(event)[:4] for event in sorted(events, key=lambda event: event.order)]
    assert [Said.__getitem__(event, slice(0, 4)) for event in in_order(said(event) for event in events)] == by_order
