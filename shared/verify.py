"""Has anything been changed behind our back? Walks every partition's hash chain and names what does not fit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.chain import Checkpoint, holds
from shared.envelope import Recorded
from shared.history import History
from shared.log.port import Log, topic_of
from shared.store.store import Store

PAGE = 2000

_HEADS = "select partition, position, hash from heads order by partition"
_HEAD = "select position from heads where partition = $1"
_RELAYED = "select position from relay_checkpoints where partition = $1"
_VERSIONS = (
    "select stream_id, count(*) as events, min(version) as first, max(version) as last from events"
    " group by stream_id having count(*) <> max(version) or min(version) <> 1"
)
_SIGNED = "select position, hash, signed_at, signature from chain_checkpoints where partition = $1 order by position"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not fit: where it is, and what is wrong with it."""

    at: str
    what: str


@dataclass
class Verifier:
    """Checks one service: density, hash chain, versions, signed checkpoints, and that the log has the same."""

    service: str
    pool: asyncpg.Pool
    log: Log
    signed_by: Ed25519PublicKey
    partitions: int
    progress: Callable[[int], None] = lambda events: None
    events: int = 0

    async def findings(self) -> AsyncIterator[Finding]:
        heads = {row["partition"]: row for row in await self.pool.fetch(_HEADS)}
        for partition in range(self.partitions):
            head = heads.get(partition)
            position, head_hash = (head["position"], head["hash"]) if head is not None else (0, b"")
            async for finding in self._partition(partition, position, head_hash):
                yield finding
            for finding in await self._log_copy(partition):
                yield finding
        for row in await self.pool.fetch(_VERSIONS):
            yield Finding(
                f"{self.service}, stream {row['stream_id']}", f"versions {row['first']} to {row['last']} in {row['events']} events"
            )

    async def _partition(self, partition: int, last: int, head_hash: bytes) -> AsyncIterator[Finding]:
        store = Store(self.service, self.pool)
        signed = {row["position"]: row for row in await self.pool.fetch(_SIGNED, partition)}
        previous, position = b"", 0
        while page := await store.page(partition, position, PAGE):
            for event in page:
                for finding in self._event(event, position, previous):
                    yield finding
                row = signed.pop(event.position, None)
                if row is not None and not self._signature_holds(partition, row, event.hash):
                    yield Finding(self._at(event), "the signed checkpoint at this position is of another history")
                previous, position = event.hash, event.position
                if position == last and last and previous != head_hash:
                    yield Finding(f"{self.service}/{partition}/{last}", "the chain's head is of another event")
            self.events += len(page)
            self.progress(self.events)
        if position < last:
            yield Finding(f"{self.service}/{partition}/{position + 1}", f"removed: the partition should end at {last}")
        # What came after we first looked is ours as well; what lies behind the head even now is somebody else's.
        now = await self.pool.fetchval(_HEAD, partition) or 0
        for beyond in range(now + 1, position + 1):
            yield Finding(f"{self.service}/{partition}/{beyond}", "inserted: it lies behind the partition's head")
        for missing in signed:
            yield Finding(f"{self.service}/{partition}/{missing}", "removed: a checkpoint was signed for this position")

    def _event(self, event: Recorded, before: int, previous: bytes) -> list[Finding]:
        found = []
        if event.position > before + 1:
            missing = f"{self.service}/{event.partition}/{before + 1}"
            found.append(Finding(missing, f"removed: {event.position - before - 1} missing before {event.position}"))
        if event.position == before + 1 and event.hash != event.chained(previous):
            found.append(Finding(self._at(event), "changed or inserted: its hash does not follow from its content and the event before it"))
        return found

    async def _log_copy(self, partition: int) -> list[Finding]:
        """Every event that the relay says is on the log stands there, byte for byte as in the store."""
        relayed = await self.pool.fetchval(_RELAYED, partition) or 0
        topic = History(Store(self.service, self.pool), self.log, partition)
        found = [Finding(f"{self.service}/{partition}/{at}", what) async for at, what in topic.differences()]
        if topic.reached < relayed:
            where = f"{topic_of(self.service)}/{partition}"
            ends = f"ends at position {topic.reached}" if topic.reached else "is empty"
            advice = f"`redress log reseed {self.service}` puts the rest there from the store"
            found.append(
                Finding(f"{self.service}/{partition}/{topic.reached + 1}", f"{where} {ends}, but {relayed} events were on it: {advice}")
            )
        return found

    def _signature_holds(self, partition: int, row: asyncpg.Record, found: bytes) -> bool:
        checkpoint = Checkpoint(row["position"], row["hash"], row["signed_at"], row["signature"])
        return bool(row["hash"] == found) and holds(self.signed_by, self.service, partition, checkpoint)

    def _at(self, event: Recorded) -> str:
        return f"{self.service}/{event.partition}/{event.position}"
