"""Does the verification see what it is there for? One small true history, then one thing at a time made false by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson
import pytest

from tests.chaos.journal import Acknowledged, Asked
from tests.chaos.stored import Copies, Copy, Stored
from tests.chaos.verification import findings

COMPLAINT = str(uuid5(NAMESPACE_URL, "complaint"))
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


def event(service: str, position: int, what: str, cause: str | None = None, version: int | None = None, **body: object) -> Stored:
    at = f"{service}/0/{position}"
    return Stored(
        service, 0, position, UUID(COMPLAINT), version or position, f"{service}.{what}.v1",
        orjson.dumps({"complaint_id": COMPLAINT, **body}), orjson.dumps({"key": COMPLAINT, "causationid": cause}),
        uuid5(NAMESPACE_URL, at), BEGAN, BEGAN,
    )  # fmt: skip


def history() -> list[Stored]:
    received = event("intake", 1, "complaint-received", number="C-2026-000001")
    cause = str(received.event_id)
    return [
        received,
        event("intake", 2, "complaint-acknowledged"),
        event("routing", 1, "case-opened", cause),
        event("routing", 2, "work-item-offered", cause, item_id="1"),
        event("routing", 3, "work-item-taken"),
    ]


def in_order(events: Sequence[Stored]) -> list[Stored]:
    return [replace(e, recorded_at=BEGAN + timedelta(seconds=n)) for n, e in enumerate(events)]


def copied(events: Sequence[Stored]) -> dict[tuple[str, int], list[Copy]]:
    found: dict[tuple[str, int], list[Copy]] = {}
    for e in events:
        found.setdefault((e.service, e.partition), []).append(Copy(e.position, str(e.event_id), e.key, e.data))
    return found


def acknowledged(key: str, what: str, position: str, version: int) -> Acknowledged:
    return Acknowledged(Asked(key, "", what, "POST", "", None), COMPLAINT, {"position": position, "version": version}, 1)


TOLD = (acknowledged("c0-1", "receive", "intake/0/2", 2), acknowledged("c0-2", "take", "routing/0/3", 3))


def found(events: Sequence[Stored], told: Sequence[Acknowledged] = TOLD, copies: Copies | None = None) -> str:
    return "\n".join(findings(told, events, copied(events) if copies is None else copies))


def test_a_true_history_has_no_findings():
    assert found(in_order(history())) == ""


def test_a_lost_event_is_named():
    said = found(in_order(history()[:-1]))
    assert "c0-2 was acknowledged with routing/0/3, and nothing stands there" in said
    assert f"routing.work-item-taken.v1 of {COMPLAINT}: 1 acknowledged, 0 stored" in said


def notification(*happened: str) -> list[Stored]:
    of_its_own = uuid5(NAMESPACE_URL, "notification")
    return [replace(event("intake", 3 + n, f"notification-{what}", version=1 + n), stream_id=of_its_own) for n, what in enumerate(happened)]


@pytest.mark.parametrize("happened", [("requested", "sent"), ("requested", "attempted", "postponed", "attempted", "failed")])
def test_a_notification_that_ended_is_no_finding(happened):
    assert found(in_order([*history(), *notification(*happened)])) == ""


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (("requested", "attempted"), "was requested 1 times and ended 0 times"),
        (("requested", "sent", "sent"), "was requested 1 times and ended 2 times"),
        (("requested", "attempted", "attempted", "sent"), "was handed over 2 times"),
    ],
)
def test_a_notification_without_an_end_or_told_twice_is_named(happened, said):
    assert said in found(in_order([*history(), *notification(*happened)]))


def test_an_effect_that_is_missing_is_named():
    events = [e for e in in_order(history()) if e.type != "routing.case-opened.v1"]
    assert f"routing.case-opened.v1 of {COMPLAINT}: 1 acknowledged, 0 stored" in found(events)


def test_a_command_done_twice_is_named():
    events = in_order([*history(), event("routing", 4, "work-item-taken")])
    assert f"routing.work-item-taken.v1 of {COMPLAINT}: 1 acknowledged, 2 stored" in found(events)


def test_a_reaction_done_twice_is_named():
    opened = history()[2]
    twice = replace(opened, position=4, version=4, event_id=uuid5(NAMESPACE_URL, "other"))
    said = found(in_order([*history(), twice]))
    assert f"routing.case-opened.v1 was caused 2 times by {history()[0].event_id}" in said
    assert f"routing.case-opened.v1 of {COMPLAINT}: 1 acknowledged, 2 stored" in said


def test_something_nobody_asked_for_is_named():
    assert f"routing.work-item-taken.v1 of {COMPLAINT}: 0 acknowledged, 1 stored" in found(in_order(history()), TOLD[:1])


def test_two_told_the_same_position_are_named():
    assert "c0-3 and c0-2 were both told routing/0/3" in found(in_order(history()), (*TOLD, acknowledged("c0-3", "take", "routing/0/3", 3)))


def test_an_answer_about_another_stream_is_named():
    assert "c0-2 was acknowledged with routing/0/3, where version 3" in found(in_order(history()), (TOLD[0], replace_version(TOLD[1], 2)))


def replace_version(one: Acknowledged, version: int) -> Acknowledged:
    return replace(one, answer={**one.answer, "version": version})


def test_a_gap_in_the_positions_is_named():
    events = in_order(history())
    events[-1] = replace(events[-1], position=5)
    assert "routing/0: 3 events, the last is 5" in found(events)


def test_a_version_given_twice_is_named():
    events = in_order(history())
    events[-1] = replace(events[-1], version=2)
    assert f"routing, stream {COMPLAINT}: versions [1, 2, 2]" in found(events)


def test_time_that_stands_still_is_named():
    events = in_order(history())
    events[-1] = replace(events[-1], recorded_at=events[-2].recorded_at)
    assert "routing/0/3 was recorded at" in found(events)


def test_an_effect_recorded_before_its_cause_is_named():
    events = in_order(history())
    events[0], events[1] = (replace(e, recorded_at=e.recorded_at + timedelta(days=1)) for e in events[:2])
    assert "its cause intake/0/1" in found(events)


def test_a_complaint_number_left_out_is_named():
    events = in_order(history())
    events[0] = replace(events[0], data=orjson.dumps({"number": "C-2026-000002"}))
    assert "complaint numbers of 2026: 1 given, the last is 2, missing [1]" in found(events)


@pytest.mark.parametrize(
    ("order", "says"),
    [
        ([1, 2], "routing/0/3 is not on the log"),
        ([1, 3, 2], "topic routing/0: 3 follows 1"),
        ([1, 2, 3, 2], ""),
        ([2, 3, 1], "topic routing/0: 2 follows 0"),
    ],
)
def test_the_order_of_a_topic_is_judged_by_what_comes_first(order: list[int], says: str):
    events = in_order(history())
    copies = copied(events)
    rows = {copy.position: copy for copy in copies["routing", 0]}
    copies["routing", 0] = [rows[position] for position in order]
    said = found(events, copies=copies)
    assert says in said if says else said == ""


def test_what_the_log_alone_knows_is_named():
    events = in_order(history())
    copies = copied(events)
    copies["routing", 0].append(replace(copies["routing", 0][-1], position=4))
    assert "topic routing/0: 4 is on the log and not in the store" in found(events, copies=copies)


def test_a_changed_copy_is_named():
    events = in_order(history())
    copies = copied(events)
    copies["intake", 0][0] = replace(copies["intake", 0][0], data=b"{}")
    assert "intake/0/1: the log holds something else" in found(events, copies=copies)
