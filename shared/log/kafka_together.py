"""Which member of a group gets which partitions? Partition p of all topics goes to one member, whatever else it reads.

Kafka's own ways look at one topic at a time, at the topics each member asks for, and at what the broker told of them lately; so a
complaint could be handled in two places while a new version with one topic more is rolled out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata

NAME = "redress-together"
VERSION = 0


def together(partitions: int) -> type[AbstractPartitionAssignor]:
    """The assignor for topics with so many partitions each."""

    class Together(AbstractPartitionAssignor):  # type: ignore[misc]  # aiokafka has no types
        name = NAME

        @classmethod
        def assign(
            cls, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
        ) -> dict[str, ConsumerProtocolMemberAssignment]:
            order = sorted(members)
            shares = {member: list(range(partitions))[number :: len(order)] for number, member in enumerate(order)}
            return {
                member: ConsumerProtocolMemberAssignment(VERSION, [(topic, shares[member]) for topic in sorted(metadata.subscription)], b"")
                for member, metadata in members.items()
            }

        @classmethod
        def metadata(cls, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
            return ConsumerProtocolMemberMetadata(VERSION, sorted(topics), b"")

        @classmethod
        def on_assignment(cls, assignment: ConsumerProtocolMemberAssignment) -> None:
            pass

    return Together
