"""How is all that happened read again? The topics a view is fed from, partition after partition, each record once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.cannot_start import CannotStart
from shared.contracts import CATALOGUE
from shared.envelope import Envelope, UnknownEvent, type_on_log
from shared.log.port import Log, LogRecord, service_of, topic_of
from shared.views import View, producers

PAGE = 20_000  # events; the more of a complaint's are together, the fewer of its rows are written and written again

_RECORDS = 5_000

Source = tuple[str, int]  # service, partition


class MissingOnTheLog(CannotStart):
    """The log does not hold what the running view was made of; `redress verify` names all of it."""


@dataclass(frozen=True, slots=True)
class Place:
    """How far a topic's partition was read: the producer's position, the log's offset."""

    position: int = 0
    offset: int = -1


@dataclass
class Replay:
    """Reads on from where it ended. A complaint's key falls into the same partition of every topic, so what belongs together
    comes together.
    """

    log: Log
    view: View
    partitions: Iterable[int]
    left_out: frozenset[str] = frozenset()  # "intake/3/17": what the running view has not in it
    progress: Callable[[int], None] = lambda records: None
    places: dict[Source, Place] = field(default_factory=dict)
    read: int = 0

    async def pages(self, limit: Mapping[Source, int]) -> AsyncIterator[Sequence[Envelope]]:
        """Up to the given positions. A page holds events of one partition only."""
        for partition in self.partitions:
            page: list[Envelope] = []
            for service in sorted(producers(self.view.handles)):
                async for events in self._topic((service, partition), limit.get((service, partition), 0)):
                    page += events
                    if len(page) >= PAGE:
                        yield page
                        page = []
            if page:
                yield page

    async def _topic(self, source: Source, end: int) -> AsyncIterator[list[Envelope]]:
        place = self.places.get(source, Place())
        while place.position < end:
            records = await self.log.read(*source, place.offset, _RECORDS)
            if not records:
                raise MissingOnTheLog(f"{topic_of(source[0])}/{source[1]} ends at position {place.position}, but the view has seen {end}.")
            before = place.position
            events, place = self._take(records, place, end)
            self.places[source] = place
            self.read += place.position - before
            self.progress(place.position - before)
            yield events

    def _take(self, records: Sequence[LogRecord], place: Place, end: int) -> tuple[list[Envelope], Place]:
        events: list[Envelope] = []
        position, offset = place.position, place.offset
        for record in records:
            found = int(record.headers["ce_sequence"])
            if found > end:
                break
            offset = record.offset
            if found <= position:
                continue  # the relay sent it twice
            if found > position + 1:
                raise MissingOnTheLog(f"{record.topic}/{record.partition}: {found} follows {position}; events are missing on the log.")
            position = found
            if self.left_out and f"{service_of(record.topic)}/{record.partition}/{found}" in self.left_out:
                continue
            kind = type_on_log(record.headers)
            if kind in self.view.handles:
                events.append(Envelope.on_log(record.headers, record.value))
            elif kind not in CATALOGUE:
                raise UnknownEvent(f"{kind} is not an event this version knows; a newer version wrote it.")
        return events, Place(position, offset)
