"""Does a topic hold the history of its store? Read from one end to the other, record by record."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import NamedTuple

from shared.envelope import Recorded, from_headers
from shared.log.port import Log, LogRecord
from shared.store.store import Store

PAGE = 2000


class Difference(NamedTuple):
    """What at this position of the topic is not as in the store."""

    position: int
    what: str


@dataclass
class History:
    """One partition of a topic beside its store. What was read once is not read again: a topic only grows."""

    store: Store
    log: Log
    partition: int
    seen: Callable[[int], None] = lambda records: None
    reached: int = 0  # the highest position on the topic
    offset: int = -1

    async def differences(self) -> AsyncIterator[Difference]:
        """Everything on the topic that is not the store's, and what is missing between; repeats are no difference."""
        while records := await self.log.read(self.store.service, self.partition, self.offset, PAGE):
            copies = [_event(record) for record in records]
            events = await self.store.at(self.partition, {copy.position for copy in copies if copy is not None})
            for record, copy in zip(records, copies, strict=True):
                event = events.get(copy.position) if copy is not None else None
                if copy is None:
                    yield Difference(self.reached + 1, f"offset {record.offset} of the log is no event")
                elif event is None:
                    yield Difference(copy.position, "the log holds an event here that the store has not")
                else:
                    if copy.position > self.reached + 1:
                        yield Difference(self.reached + 1, _missing(copy.position - self.reached - 1))
                    if copy != event:
                        yield Difference(copy.position, "the log holds something else at this position")
                    self.reached = max(self.reached, copy.position)
            self.offset = records[-1].offset
            self.seen(len(records))


def _missing(count: int) -> str:
    return "it is missing on the log" + (f", with {count - 1} behind it" if count > 1 else "")


def _event(record: LogRecord) -> Recorded | None:
    try:
        return from_headers(record.headers, record.value)
    except (KeyError, ValueError):
        return None
