"""How does a decided event get its bytes? Numbers first, then the seal, then JSON, once and for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

from shared.contracts.event import Event, sealed_fields
from shared.envelope import Meta
from shared.sealing import ORGANISATION, seal
from shared.store.append import Item, NewEvent
from shared.store.partition import partition_of

PLACEHOLDER = "?"  # an event with number "?C" gets the next number of kind C before its bytes are made
_DIGITS = {"C": 6, "CA": 4}

Numbers = Callable[[str], str]


class Change(NamedTuple):
    """What one decision adds to one stream. `events` are stamped and in clear; ids are given beforehand.

    `metas` and `caused` run parallel to `events`: in a batch several causes may add to one stream.
    """

    stream_id: UUID
    key: str
    expected: int
    events: tuple[Event, ...]
    event_ids: tuple[UUID, ...]
    metas: tuple[Meta, ...]
    caused: tuple[datetime | None, ...]


@dataclass
class NumberRow:
    """Hands out the numbers reserved for a group, in the order of its items."""

    year: int
    last: dict[str, int] = field(default_factory=dict)

    def next(self, kind: str) -> str:
        self.last[kind] += 1
        return f"{kind}-{self.year}-{self.last[kind]:0{_DIGITS.get(kind, 6)}d}"


def number_kinds(changes: Iterable[Change]) -> Iterator[str]:
    """The kinds of numbers these changes ask for, one entry a number."""
    for change in changes:
        for event in change.events:
            number = getattr(event, "number", None)
            if isinstance(number, str) and number.startswith(PLACEHOLDER):
                yield number[1:]


def numbered(change: Change, number: Numbers) -> Change:
    """The change with real numbers; all placeholders of a kind within one change mean the same number."""
    given: dict[str, str] = {}
    events: list[Event] = []
    for event in change.events:
        asked = getattr(event, "number", None)
        if isinstance(asked, str) and asked.startswith(PLACEHOLDER):
            kind = asked[1:]
            if kind not in given:
                given[kind] = number(kind)
            events.append(event.model_copy(update={"number": given[kind]}))
        else:
            events.append(event)
    return change._replace(events=tuple(events))


def subjects(changes: Iterable[Change]) -> set[UUID]:
    """Whose keys are needed to seal these changes."""
    return {subject_of(event) for change in changes for event in change.events if has_sealed(event)}


def subject_of(event: Event) -> UUID:
    """Whose key seals an event: the complaint's or the feedback's, or the organisation's where there is neither."""
    found = getattr(event, "complaint_id", None) or getattr(event, "feedback_id", None)
    return found if isinstance(found, UUID) else ORGANISATION


@cache
def sealed_names(cls: type[Event]) -> tuple[str, ...]:
    return tuple(sealed_fields(cls))


def has_sealed(event: Event) -> bool:
    names = sealed_names(type(event))
    return bool(names) and any(getattr(event, name) is not None for name in names)


def item(change: Change, keys: Mapping[UUID, bytes], partitions: int) -> Item:
    """The change in bytes, ready for `append`."""
    meta: Meta | None = None
    raw = b""
    events = []
    for event, event_id, its, caused in zip(change.events, change.event_ids, change.metas, change.caused, strict=True):
        if its is not meta:  # the events of one decision share theirs
            meta, raw = its, its.to_bytes()
        events.append(_new_event(event, event_id, raw, caused, keys))
    return Item(change.stream_id, partition_of(change.key, partitions), change.expected, tuple(events))


def _new_event(event: Event, event_id: UUID, meta: bytes, caused: datetime | None, keys: Mapping[UUID, bytes]) -> NewEvent:
    if has_sealed(event):
        subject = subject_of(event)
        event = seal(event, event_id, subject, keys[subject])
    if event.occurred_at is None:
        raise ValueError(f"{event.TYPE} was not stamped")
    data = event.model_dump_json(exclude_none=True).encode()
    return NewEvent(event_id, event.TYPE, event.VERSION, data, meta, event.occurred_at, caused)


def items(changes: Sequence[Change], keys: Mapping[UUID, bytes], partitions: int) -> list[Item]:
    return [item(change, keys, partitions) for change in changes]
