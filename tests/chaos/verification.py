"""Is every acknowledged command there exactly once, did nothing happen twice, and does the log tell it all in order?

Each check takes what the clients were told and what is stored, and answers sentences: one for each thing that does not hold.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from tests.chaos.journal import Acknowledged
from tests.chaos.stored import Copies, Copy, Stored

# What each acknowledged command must have led to, once for each time it was acknowledged, in whichever service.
EFFECTS: Mapping[str, tuple[str, ...]] = {
    "receive": (
        "intake.complaint-received.v1", "intake.complaint-acknowledged.v1", "routing.case-opened.v1", "routing.work-item-offered.v1",
    ),
    "take": ("routing.work-item-taken.v1",),
    "assess": ("routing.case-assessed.v1", "routing.work-item-offered.v1"),
    "offer": ("routing.remedy-offered.v1",),
    "answer": ("intake.remedy-answer-given.v1", "routing.remedy-answered.v1"),
    "carry-out": ("routing.remedy-carried-out.v1",),
    "verify": ("routing.remedy-verified.v1",),
    "close": ("routing.case-closed.v1", "survey.callback-due.v1"),
    "decide": ("capa.cause-review-decided.v1",),
    "act": ("capa.cause-review-decided.v1", "capa.capa-opened.v1"),
    "plan": ("capa.plan-proposed.v1",),
    "approve": ("capa.plan-approved.v1",),
    "step": ("capa.step-done.v1",),
    "effective": ("capa.effectiveness-reviewed.v1", "capa.capa-closed.v1", "routing.work-item-offered.v1"),
    "write": ("intake.message-posted.v1", "routing.work-item-offered.v1"),
    "reply": ("intake.message-posted.v1",),
    "content": ("survey.callback-attempted.v1", "survey.callback-answered.v1"),
    "complain-again": (
        "survey.callback-attempted.v1", "survey.callback-answered.v1", "routing.case-reopened.v1", "routing.work-item-offered.v1",
    ),
    "expose": ("reporting.exposure-recorded.v1",) * 3,
}  # fmt: skip
REVIEWED = "capa.cause-review-opened.v1"  # once a complaint, however often it was carried out and closed
COUNTED = frozenset(kind for kinds in EFFECTS.values() for kind in kinds) | {REVIEWED}
NOTIFYING = {
    f"intake.notification-{event}.v1": what
    for event, what in (
        ("requested", "requested"), ("attempted", "attempted"), ("postponed", "postponed"), ("sent", "ended"), ("failed", "ended"),
    )
}  # fmt: skip
NUMBERED = "intake.complaint-received.v1"


def findings(acknowledged: Sequence[Acknowledged], events: Sequence[Stored], copies: Copies, apart: Collection[UUID] = ()) -> list[str]:
    """Everything that does not hold; empty when all does. Of the events `apart` nobody was told, and nothing follows from them."""
    asked_for = [event for event in events if event.event_id not in apart]
    return [
        *positions_told(acknowledged, events),
        *effects(acknowledged, asked_for),
        *repeated_reactions(events),
        *untold(events),
        *dense(events),
        *versions(events),
        *rising(events),
        *numbered(asked_for),
        *on_the_log(events, copies),
    ]


def positions_told(acknowledged: Sequence[Acknowledged], events: Sequence[Stored]) -> Iterator[str]:
    """Each acknowledged command has its event where the answer said, and no two share one."""
    at, whose = {event.at: event for event in events}, _complaints(events)
    told: dict[str, str] = {}
    for one in acknowledged:
        key, position = one.asked.key, str(one.answer["position"])
        if position in told:
            yield f"{key} and {told[position]} were both told {position}"
        told[position] = key
        event = at.get(position)
        if event is None:
            yield f"{key} was acknowledged with {position}, and nothing stands there"
        elif (whose.get(event.key, event.key), event.version) != (one.about, one.answer["version"]):
            yield f"{key} was acknowledged with {position}, where version {event.version} of {event.key} stands"


def effects(acknowledged: Sequence[Acknowledged], events: Sequence[Stored]) -> Iterator[str]:
    """Of everything that commands lead to there is as much as was acknowledged: not less, and not more."""
    due = Counter((kind, one.about) for one in acknowledged for kind in EFFECTS[one.asked.what])
    due.update((REVIEWED, about) for about in {one.about for one in acknowledged if one.asked.what == "carry-out"})
    whose = _complaints(events)
    found = Counter((event.type, whose.get(event.key, event.key)) for event in events if event.type in COUNTED)
    for kind, about in sorted(due.keys() | found.keys()):
        if due[kind, about] != found[kind, about]:
            yield f"{kind} of {about}: {due[kind, about]} acknowledged, {found[kind, about]} stored"


def _complaints(events: Sequence[Stored]) -> Mapping[str, str]:
    """A CAPA has an id of its own; here each is about one complaint."""
    return {event.key: str(event.body["complaints"][0]) for event in events if event.type == "capa.capa-opened.v1"}


def repeated_reactions(events: Sequence[Stored]) -> Iterator[str]:
    """No cause has the same effect twice."""
    caused = Counter((e.attributes["causationid"], e.stream_id, e.type, e.data) for e in events if e.attributes["causationid"])
    for (cause, _, kind, _), times in caused.items():
        if times > 1:
            yield f"{kind} was caused {times} times by {cause}"


def untold(events: Sequence[Stored]) -> Iterator[str]:
    """Each notification that was requested ended once, as sent or failed, and was handed over once at most."""
    stories: dict[UUID, Counter[str]] = defaultdict(Counter)
    for event in events:
        if event.type in NOTIFYING:
            stories[event.stream_id][NOTIFYING[event.type]] += 1
    for stream, story in stories.items():
        if (story["requested"], story["ended"]) != (1, 1):
            yield f"notification {stream} was requested {story['requested']} times and ended {story['ended']} times"
        if story["attempted"] - story["postponed"] > 1:
            yield f"notification {stream} was handed over {story['attempted'] - story['postponed']} times"


def dense(events: Sequence[Stored]) -> Iterator[str]:
    """`count(*) = max(position)` in each partition."""
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    for event in events:
        found[event.service, event.partition].append(event.position)
    for (service, partition), positions in found.items():
        if len(set(positions)) != max(positions):
            yield f"{service}/{partition}: {len(set(positions))} events, the last is {max(positions)}"


def versions(events: Sequence[Stored]) -> Iterator[str]:
    """1 to n in each stream."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for event in events:
        found[event.service, str(event.stream_id)].append(event.version)
    for (service, stream), numbers in found.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"{service}, stream {stream}: versions {sorted(numbers)}"


def rising(events: Sequence[Stored]) -> Iterator[str]:
    """Recorded time rises within a partition, and from a cause to its effect."""
    for one, other in pairwise(events):
        if (one.service, one.partition) == (other.service, other.partition) and one.recorded_at >= other.recorded_at:
            yield f"{other.at} was recorded at {other.recorded_at}, the one before it at {one.recorded_at}"
    recorded = {str(event.event_id): event for event in events}
    for event in events:
        cause = recorded.get(event.attributes["causationid"] or "")
        if cause is not None and cause.recorded_at >= event.recorded_at:
            yield f"{event.at} was recorded at {event.recorded_at}, its cause {cause.at} at {cause.recorded_at}"


def numbered(events: Sequence[Stored]) -> Iterator[str]:
    """Complaint numbers have neither gaps nor repeats."""
    years: dict[str, list[int]] = defaultdict(list)
    for event in events:
        if event.type == NUMBERED:
            _, year, number = str(event.body["number"]).split("-")
            years[year].append(int(number))
    for year, given in years.items():
        if sorted(given) != list(range(1, len(given) + 1)):
            missing = sorted(set(range(1, max(given) + 1)) - set(given))
            yield f"complaint numbers of {year}: {len(given)} given, the last is {max(given)}, missing {missing[:10]}"


def on_the_log(events: Sequence[Stored], copies: Copies) -> Iterator[str]:
    """Read from its beginning each topic tells the store's events in the store's order; what comes again came before."""
    stored: dict[tuple[str, int], list[Stored]] = {place: [] for place in copies}
    for event in events:
        stored.setdefault((event.service, event.partition), []).append(event)
    for place, rows in stored.items():
        name = "/".join(map(str, place))
        first: dict[int, Copy] = {}
        last = 0
        for copy in copies.get(place, ()):
            if copy.position not in first:
                if copy.position != last + 1:
                    yield f"topic {name}: {copy.position} follows {last}"
                last = copy.position
                first[last] = copy
            elif first[copy.position] != copy:
                yield f"topic {name}: {copy.position} was sent again as something else"
        for event in rows:
            copy = first.pop(event.position, None)
            if copy is None:
                yield f"{event.at} is not on the log"
            elif (copy.event_id, copy.key, copy.data) != (str(event.event_id), event.key, event.data):
                yield f"{event.at}: the log holds something else"
        for position in sorted(first):
            yield f"topic {name}: {position} is on the log and not in the store"
