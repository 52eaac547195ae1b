"""Is a complaint handled in one place, whoever is in the group?"""

from __future__ import annotations

from collections.abc import Collection

import pytest
from aiokafka.coordinator.protocol import ConsumerProtocol

from shared.log.kafka_together import together

PARTITIONS = 8


def shares(**members: Collection[str]) -> dict[str, dict[str, list[int]]]:
    """What each member gets, after the way over the wire."""
    assignor = together(PARTITIONS)
    asked = {member: ConsumerProtocol.METADATA.decode(assignor.metadata(topics).encode()) for member, topics in members.items()}
    given = assignor.assign(None, asked)
    return {member: dict(ConsumerProtocol.ASSIGNMENT.decode(share.encode()).assignment) for member, share in given.items()}


@pytest.mark.parametrize("count", [1, 2, 3, 8, 9])
def test_all_partitions_are_given_once_and_evenly(count: int):
    found = shares(**{f"m{n}": ["intake", "routing"] for n in range(count)})
    for topic in ("intake", "routing"):
        assert sorted(p for share in found.values() for p in share[topic]) == list(range(PARTITIONS))
    sizes = [len(share["intake"]) for share in found.values()]
    assert max(sizes) - min(sizes) <= 1


def test_a_partition_of_all_topics_goes_to_the_same_member_also_while_an_older_one_reads_fewer():
    found = shares(new=["capa", "intake"], old=["intake"])
    assert set(found["new"]["capa"]) == set(found["new"]["intake"])
    assert set(found["new"]["intake"]).isdisjoint(found["old"]["intake"])
    assert "capa" not in found["old"]  # until it has gone nobody reads those: late is better than in two places
