"""Does an event come off the log exactly as it went on?"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.envelope import Envelope, Meta, Recorded, from_headers, microseconds, to_headers
from shared.ids import following_id

CASE = UUID("0194d3f0-0000-7000-8000-000000000001")
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)

EVENT = Recorded(
    service="intake",
    partition=3,
    position=1234,
    stream_id=CASE,
    version=2,
    type="intake.complaint-received.v1",
    schema_version=1,
    data=b'{"complaint_id": "0194d3f0-0000-7000-8000-000000000001"}',
    meta=Meta(str(CASE)).to_bytes(),
    event_id=UUID("0194d3f0-0000-7000-8000-000000000002"),
    occurred_at=NOON,
    recorded_at=NOON + timedelta(microseconds=1),
    hash=bytes(range(32)),
)

words = st.text(st.characters(codec="utf-8"), max_size=40)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the zone is added
events = st.builds(
    Recorded,
    service=st.sampled_from(["intake", "routing"]),
    partition=st.integers(0, 2**15 - 1),
    position=st.integers(1, 2**63 - 1),
    stream_id=st.uuids(),
    version=st.integers(1, 2**31 - 1),
    type=st.just("routing.case-opened.v7"),
    schema_version=st.just(7),
    data=st.binary(max_size=200),
    meta=st.builds(Meta, words, *[st.none() | words] * 4).map(Meta.to_bytes),
    event_id=st.uuids(),
    occurred_at=moments,
    recorded_at=moments,
    hash=st.binary(min_size=32, max_size=32),
)


@given(events)
def test_an_event_comes_back_from_its_headers_exactly(event: Recorded) -> None:
    back = from_headers(to_headers(event), event.data)
    assert back == event
    assert back.digest() == event.digest()


@given(moments)
def test_times_are_written_as_rfc_3339_to_the_microsecond(moment: datetime) -> None:
    assert to_headers(EVENT._replace(occurred_at=moment))["ce_time"] == moment.isoformat().encode()


def test_the_headers_are_those_the_contract_names() -> None:
    meta = Meta(str(CASE), "correlation", "causation", "00-trace-parent-01", "7")
    headers = to_headers(EVENT._replace(meta=meta.to_bytes()))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": b"0194d3f0-0000-7000-8000-000000000002",
        "ce_type": b"intake.complaint-received.v1",
        "ce_source": b"redress/intake",
        "ce_time": b"2026-11-20T04:00:00+00:00",
        "ce_subject": str(CASE).encode(),
        "ce_sequence": b"1234",
        "ce_partition": b"3",
        "ce_streamid": str(CASE).encode(),
        "ce_streamversion": b"2",
        "ce_recordedtime": b"2026-11-20T04:00:00.000001+00:00",
        "ce_digest": EVENT._replace(meta=meta.to_bytes()).digest().hex().encode(),
        "ce_hash": bytes(range(32)).hex().encode(),
        "ce_policyversion": b"7",
        "ce_correlationid": b"correlation",
        "ce_causationid": b"causation",
        "ce_traceparent": b"00-trace-parent-01",
        "content-type": b"application/json",
    }


def test_what_an_event_does_not_have_is_no_header() -> None:
    assert not {"ce_policyversion", "ce_correlationid", "ce_causationid", "ce_traceparent"} & to_headers(EVENT).keys()


@pytest.mark.parametrize(
    "changed",
    [
        {"partition": 4},
        {"position": 1235},
        {"version": 3},
        {"stream_id": EVENT.event_id},
        {"event_id": EVENT.stream_id},
        {"occurred_at": NOON + timedelta(microseconds=1)},
        {"recorded_at": NOON},
        {"schema_version": 2},
        {"type": "intake.complaint-received.v2"},
        {"data": EVENT.data + b" "},
        {"meta": EVENT.meta + b" "},
        {"data": EVENT.data[:-1], "meta": EVENT.data[-1:] + EVENT.meta},
    ],
)
def test_the_digest_tells_any_column_that_was_changed(changed: dict[str, object]) -> None:
    assert EVENT._replace(**changed).digest() != EVENT.digest()


def test_the_digest_does_not_cover_the_hash_which_covers_the_digest() -> None:
    assert EVENT._replace(hash=b"").digest() == EVENT.digest()
    assert EVENT.chained(b"before") == hashlib.sha256(b"before" + EVENT.digest()).digest()


def test_microseconds_count_as_postgresql_does() -> None:
    assert microseconds(datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert microseconds(datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
    assert microseconds(datetime(2000, 1, 2, tzinfo=UTC)) == 86_400_000_000


def test_ids_that_follow_from_an_event_are_the_same_every_time_and_differ_by_step() -> None:
    assert Envelope(EVENT).follow("a") == Envelope(EVENT._replace(hash=b"")).follow("a")
    assert Envelope(EVENT).follow("a") != Envelope(EVENT).follow("b")


@given(st.uuids(), words)
def test_an_id_that_follows_is_the_one_every_other_tool_would_make(of: UUID, name: str) -> None:
    assert following_id(of, name) == uuid5(of, name)
