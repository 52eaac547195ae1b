"""Are the topics there, and do they keep everything? Made when missing; refused when they would lose or refuse an event."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError, KafkaError, TopicAlreadyExistsError, for_code

from shared.cannot_start import CannotStart
from shared.contracts.vocabulary import SERVICES
from shared.log.port import PREFIX
from shared.store.scribe import EVENT_LIMIT

MESSAGE_LIMIT = EVENT_LIMIT + 64 * 1024  # an event with its attributes
WATERMARKS = "watermarks"

_LOOK_EVERY = 0.2
_ROOMY = max(1_048_588, MESSAGE_LIMIT)  # Kafka's own default, whatever the cluster's is
_FEW_BYTES = 4 * 1024 * 1024  # a segment is compacted only once it is full, and everybody reads all of them at the start


class TopicRefused(CannotStart):
    """A topic that is not as it must be; the sentence says which command mends it."""


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one product on one cluster."""

    bootstrap: str
    partitions: int
    replication: int = 1
    min_insync: int = 1
    prefix: str = PREFIX

    def of(self, service: str) -> str:
        return self.prefix + service

    @property
    def watermarks(self) -> str:
        return self.prefix + WATERMARKS

    @property
    def names(self) -> list[str]:
        return [*(self.of(service) for service in SERVICES), self.watermarks]

    async def prepare(self, patience: float) -> None:
        """All topics are there, whoever made them. Any number of processes may do this at once."""
        admin = await self._reach(patience)
        try:
            async with asyncio.timeout(patience):
                await self._make(admin)
                while len(described := await self._described(admin)) < len(self.names):  # noqa: ASYNC110  # leaders are elected elsewhere, unannounced
                    await asyncio.sleep(_LOOK_EVERY)
                settings = await self._settings(admin)
        except (KafkaError, TimeoutError) as error:
            raise CannotStart(
                f"The Kafka broker at {self.bootstrap} answers, but the topics cannot be made ready within {patience:.0f} seconds"
                f" ({type(error).__name__}). Is the address it gives its clients (advertised.listeners) right?"
            ) from error
        finally:
            await admin.close()
        for topic, partitions in described.items():
            for refusal in self._refusals(topic, len(partitions), settings[topic]):
                raise TopicRefused(refusal)

    async def _reach(self, patience: float) -> AIOKafkaAdminClient:
        loop = asyncio.get_running_loop()
        give_up = loop.time() + patience
        while True:
            admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, client_id="redress", request_timeout_ms=int(patience * 1000))
            try:
                await admin.start()
                return admin
            except KafkaError as error:
                await admin.close()
                if loop.time() > give_up:
                    raise CannotStart(
                        f"No Kafka broker answers at {self.bootstrap}, asked for {patience:.0f} seconds."
                        " Start it, or let REDRESS_KAFKA_BOOTSTRAP say where it is."
                    ) from error
            await asyncio.sleep(_LOOK_EVERY)

    async def _make(self, admin: AIOKafkaAdminClient) -> None:
        known = await self._described(admin)
        new = [
            NewTopic(topic, self._count(topic), self.replication, topic_configs=self._wanted(topic))
            for topic in self.names
            if topic not in known
        ]
        if not new:
            return
        for topic, code, *_ in (await admin.create_topics(new)).topic_errors:
            error = for_code(code)
            if error is InvalidReplicationFactorError:
                raise TopicRefused(
                    f"The cluster at {self.bootstrap} cannot keep {self.replication} copies of {topic}."
                    " Start more brokers, or set REDRESS_KAFKA_REPLICATION to what it has."
                )
            if code and error is not TopicAlreadyExistsError:
                raise error(topic)

    async def _described(self, admin: AIOKafkaAdminClient) -> dict[str, list[Any]]:
        """The partitions of those topics that are there and have a leader everywhere."""
        found = await admin.describe_topics()  # of all: to ask for one that is missing would make it, on some clusters
        return {
            topic["topic"]: topic["partitions"]
            for topic in found
            if topic["topic"] in self.names and all(p["leader"] >= 0 for p in topic["partitions"])
        }

    async def _settings(self, admin: AIOKafkaAdminClient) -> dict[str, dict[str, str]]:
        answers = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic) for topic in self.names])
        found = [resource for answer in answers for resource in answer.resources]
        return {topic: {entry[0]: entry[1] for entry in entries} for _, _, _, topic, entries in found}

    def _count(self, topic: str) -> int:
        return 1 if topic == self.watermarks else self.partitions

    def _wanted(self, topic: str) -> dict[str, str]:
        insync = {"min.insync.replicas": str(self.min_insync)}
        if topic == self.watermarks:
            small = {"segment.bytes": str(_FEW_BYTES), "min.cleanable.dirty.ratio": "0.1"}
            return {"cleanup.policy": "compact", "message.timestamp.type": "LogAppendTime", **small, **insync}
        kept = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
        return {**kept, "max.message.bytes": str(_ROOMY), **insync}

    def _refusals(self, topic: str, partitions: int, settings: Mapping[str, str]) -> Iterator[str]:
        count = self._count(topic)
        if partitions != count:
            yield (
                f"The topic {topic} has {partitions} partitions; it must have {count}, and that cannot be changed without mixing up the"
                f" order of what is in it. {self._mend_count(topic, partitions)}"
            )
        wanted = self._wanted(topic)
        wrong = {name: value for name, value in settings.items() if name in wanted and not _good(name, value, wanted[name])}
        if wrong:
            is_now = ", ".join(f"{name}={value}" for name, value in wrong.items())
            must_be = ",".join(f"{name}={wanted[name]}" for name in wrong)
            yield (
                f"The topic {topic} has {is_now}; events would be lost or refused. Set what must be:"
                f" kafka-configs.sh --bootstrap-server {self.bootstrap} --alter --entity-type topics --entity-name {topic}"
                f" --add-config {must_be}"
            )

    def _mend_count(self, topic: str, partitions: int) -> str:
        delete = f"kafka-topics.sh --bootstrap-server {self.bootstrap} --delete --topic {topic}"
        if topic == self.watermarks:
            return f"Delete it, it fills again by itself: {delete}"
        service = topic.removeprefix(self.prefix)
        return (
            f"If the stores have {partitions} too, set REDRESS_PARTITIONS={partitions}. If not, make it anew from the store: {delete}"
            f" and then: redress log reseed {service}"
        )


def _good(name: str, value: str, wanted: str) -> bool:
    """Whether a setting is at least as careful as ours."""
    match name:
        case "max.message.bytes":
            return int(value) >= MESSAGE_LIMIT
        case "min.insync.replicas":
            return int(value) >= int(wanted)
        case "retention.ms" | "retention.bytes":
            return value == wanted
        case "cleanup.policy":
            return value == wanted
        case _:
            return True  # how soon the watermarks are compacted is the operator's business
