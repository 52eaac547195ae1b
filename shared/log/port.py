"""What is the log? A topic per service, partitions in order, read from any offset; the same for every adapter.

`tests/contract/test_log.py` holds each adapter to it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from shared.chain import Checkpoint

TopicPartition = tuple[str, int]  # ("redress.intake", 3)
Resume = Callable[[frozenset[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]

PREFIX = "redress."


def topic_of(service: str) -> str:
    return PREFIX + service


def service_of(topic: str) -> str:
    return topic.removeprefix(PREFIX)


class LogLost(ConnectionError):
    """The log cannot be reached, or has let this reader or writer go. It heals with time: connect again."""


class LogRecord(NamedTuple):  # every consumer makes one of every record; a dataclass takes three times as long
    """One record as it is read. Offsets rise within a partition; nobody may count on them being dense."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: Mapping[str, bytes]
    value: bytes


class Outgoing(NamedTuple):
    """One record to be published; the log gives the offset."""

    partition: int
    key: str
    headers: Mapping[str, bytes]
    value: bytes


@dataclass(frozen=True, slots=True)
class Watermark:
    """Position `position` was the last one at `time`: whoever has consumed it knows everything recorded up to then."""

    position: int
    time: datetime
    checkpoint: Checkpoint | None = None  # the newest signed one of the partition's hash chain
    heard: datetime | None = None  # real time of its arrival, given by the log


class Subscription(Protocol):
    """One member of a group. Partition p of all its topics goes to the same member, so a complaint is handled in one place."""

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        """What this member reads now; changes only within `fetch` and `close`."""
        ...

    async def fetch(self, limit: int, timeout: float) -> Sequence[LogRecord]:
        """The next records, in offset order per partition; [] after `timeout` seconds. What was fetched before counts as done
        or rewound. Raises when the log is lost: then nothing is assigned any more; close and subscribe again.
        """
        ...

    def rewind(self, to: Mapping[TopicPartition, int]) -> None:
        """The next fetch starts behind these offsets again, where the partition is still assigned."""
        ...

    async def close(self) -> None:
        """Leaves the group; the others take over its partitions."""
        ...


class Log(Protocol):
    """Publishing is at least once and in order; whoever reads tells repeats by the producer's position in the headers."""

    async def publish(self, service: str, records: Sequence[Outgoing]) -> None:
        """Appends in order; on the log for good when it returns. When it raises, any first part may have been written."""
        ...

    async def publish_watermarks(self, service: str, marks: Mapping[int, Watermark]) -> None:
        """Replaces the partitions' watermarks; an older one never replaces a newer."""
        ...

    async def watermarks(self) -> Mapping[tuple[str, int], Watermark]:
        """The newest watermark of every service and partition that has one."""
        ...

    async def subscribe(self, group: str, services: Sequence[str], resume: Resume) -> Subscription:
        """Joins a group. `resume` is asked on every assignment for the last applied offsets, -1 for the beginning. An offset
        behind the partition's end is another topic's, lost and made anew: that partition is read from the beginning.
        """
        ...

    async def read(self, service: str, partition: int, after: int, limit: int) -> Sequence[LogRecord]:
        """Up to `limit` records behind offset `after`; outside of any group."""
        ...

    async def ends(self, *services: str) -> Mapping[TopicPartition, int]:
        """Each partition's last offset, -1 where there is none; of all topics when no service is named."""
        ...

    async def close(self) -> None: ...
