"""Who reads which partitions of the log on Kafka, and from where? Its group protocol shares them out, and nothing more.

Where reading goes on is the reader's own affair: nothing is handed out of a partition before it has been told, whatever the
group may have noted. The offsets noted with the group are for tools that show how far behind a reader is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from shared.log.kafka_direct import REQUEST_TIMEOUT
from shared.log.kafka_pages import record_of
from shared.log.kafka_together import together
from shared.log.kafka_topics import Topics
from shared.log.port import LogLost, LogRecord, Resume, topic_of
from shared.log.port import TopicPartition as Source

SESSION = 6.0  # seconds without a sign of life, then a member's partitions go to the others
LONGEST_BATCH = 600.0  # a reader that works on what it fetched for longer is taken for dead
SHARED_OUT_WITHIN = 60.0
NOTE_EVERY = 5.0
LAST_NOTE_WITHIN = 1.0
CLOSE_WITHIN = 5.0

_leaving: set[asyncio.Task[None]] = set()  # the loop alone would forget them half-way
_CHUNK = 1024 * 1024  # bytes, of one partition
_CHUNKS = 8 * 1024 * 1024  # of all together


class KafkaSubscription(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka has no types
    """One member of a group; a member from `join` to `close`."""

    def __init__(self, group: str, services: Sequence[str], resume: Resume, *, topics: Topics, session: float = SESSION) -> None:
        self._resume = resume
        self._names = {topics.of(service): topic_of(service) for service in services}
        self._topics = {name: topic for topic, name in self._names.items()}
        self._hand_over_within = session / 2
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=topics.bootstrap,
            client_id=f"redress-{group}",
            group_id=topics.prefix + group,
            auto_offset_reset="earliest",  # with `latest` a consumer may end up at the end, whatever it was told
            enable_auto_commit=False,
            partition_assignment_strategy=(together(topics.partitions),),
            session_timeout_ms=int(session * 1000),
            heartbeat_interval_ms=int(session * 1000 / 3),
            max_poll_interval_ms=int(LONGEST_BATCH * 1000),
            request_timeout_ms=int(REQUEST_TIMEOUT * 1000),
            fetch_max_wait_ms=250,
            fetch_max_bytes=_CHUNKS,
            max_partition_fetch_bytes=_CHUNK,
        )
        self._now = asyncio.get_running_loop().time
        self._given: frozenset[Source] | None = None  # by the group; None while partitions are being shared out anew
        self._begun: frozenset[Source] | None = None  # the same, once the reader has said where it goes on
        self._at: dict[Source, int] = {}  # the last offset handed out
        self._done: dict[TopicPartition, int] = {}  # the offset behind what is done with
        self._shared_out = asyncio.Event()
        self._idle = asyncio.Event()  # nothing that was handed out is being worked on
        self._idle.set()
        self._without_since = self._now()
        self._noting: asyncio.Task[None] | None = None
        self._note_at = self._now() + NOTE_EVERY

    async def join(self) -> None:
        """Called once; the partitions come later, within `fetch`."""
        try:
            await self._consumer.start()
            self._consumer.subscribe(list(self._names), listener=self)
        except BaseException as error:
            await self.close()
            if isinstance(error, KafkaError):
                raise LogLost(f"no Kafka broker answers: {type(error).__name__}") from error
            raise

    @property
    def assigned(self) -> frozenset[Source]:
        return frozenset(self._at)

    async def fetch(self, limit: int, timeout: float) -> Sequence[LogRecord]:
        self._idle.set()
        self._done = {self._place(source): at + 1 for source, at in self._at.items() if at >= 0}
        self._note()
        deadline = self._now() + timeout
        try:
            while True:
                if await self._begin(deadline) and (records := await self._get(limit, deadline)):
                    self._idle.clear()
                    return records
                if self._now() >= deadline:
                    return []
        except KafkaError as error:
            self._at.clear()
            raise LogLost(f"Kafka let this reader go: {type(error).__name__}") from error

    def rewind(self, to: Mapping[Source, int]) -> None:
        if self._given is None or self._begun is not self._given:
            return  # partitions are being shared out anew; then it will be asked where to go on
        for source, offset in to.items():
            if source in self._at:
                self._seek(source, offset)

    async def close(self) -> None:
        self._at.clear()
        self._given = self._begun = None
        self._idle.set()
        leaving = asyncio.create_task(self._leave())
        _leaving.add(leaving)
        leaving.add_done_callback(_leaving.discard)
        await asyncio.wait([leaving], timeout=CLOSE_WITHIN)  # a broker that is gone is not waited for

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Called before partitions are shared out anew: lets go of them once the batch in work is done."""
        self._given = None
        self._shared_out.clear()
        self._without_since = self._now()
        with suppress(TimeoutError):  # the checkpoint keeps out who takes longer
            await asyncio.wait_for(self._idle.wait(), self._hand_over_within)

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._given = frozenset((self._names[topic], partition) for topic, partition in assigned)
        self._shared_out.set()

    async def _begin(self, deadline: float) -> bool:
        """Whether partitions are ours and where to go on is known."""
        if self._given is not None and self._begun is self._given:
            return True
        self._at.clear()
        if self._given is None:
            if self._now() - self._without_since > SHARED_OUT_WITHIN:
                raise KafkaError("the group shares nothing out")
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline):
                    await self._shared_out.wait()
        given = self._given
        if given is None:
            return False
        found = await self._resume(given)
        if self._given is not given:
            return False
        for source in given:
            self._seek(source, found.get(source, -1))
        self._begun = given
        return True

    async def _get(self, limit: int, deadline: float) -> list[LogRecord]:
        given = self._given
        if self._consumer._fetcher.error_future.done():
            raise KafkaError("reading ahead has ended")  # getmany would wait for ever and say nothing
        left = max(0.0, deadline - self._now())
        try:
            async with asyncio.timeout(left + 1.0):  # beyond its own timeout it waits when partitions are shared out anew
                found = await self._consumer.getmany(timeout_ms=int(left * 1000), max_records=limit)
        except TimeoutError:
            return []
        if self._given is not given:
            return []
        records: list[LogRecord] = []
        for (topic, partition), some in found.items():
            name = self._names[topic]
            records += [record_of(name, partition, one) for one in some]
            self._at[name, partition] = some[-1].offset
        return records

    def _seek(self, source: Source, offset: int) -> None:
        self._consumer.seek(self._place(source), offset + 1)
        self._at[source] = offset

    def _place(self, source: Source) -> TopicPartition:
        return TopicPartition(self._topics[source[0]], source[1])

    def _note(self) -> None:
        """Every so often the group is told how far this reader has come."""
        if self._now() >= self._note_at and (self._noting is None or self._noting.done()):
            self._note_at = self._now() + NOTE_EVERY
            self._noting = asyncio.create_task(self._tell(NOTE_EVERY))

    async def _tell(self, within: float) -> None:
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(within):
                await self._consumer.commit(self._done)

    async def _leave(self) -> None:
        if self._noting is not None:
            self._noting.cancel()
        if self._done:
            await self._tell(LAST_NOTE_WITHIN)
        await self._consumer.stop()
