"""Which partition does a key belong to? As Kafka's own default says, so that other tools agree."""

from __future__ import annotations

from struct import unpack_from

_M = 0x5BD1E995
_MASK = 0xFFFFFFFF


def murmur2(data: bytes) -> int:
    """Kafka's murmur2 (32 bit, seed 0x9747b28c)."""
    length = len(data)
    h = 0x9747B28C ^ length
    words = length >> 2
    for word in unpack_from(f"<{words}I", data):
        k = word * _M & _MASK
        h = (h * _M ^ (k ^ k >> 24) * _M) & _MASK
    rest = data[words << 2 :]
    if rest:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


def partition_of(key: str, partitions: int) -> int:
    """The sign bit is masked, as Kafka's default partitioner does."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
