"""Do other Kafka tools agree with us on a key's partition?"""

from __future__ import annotations

import pytest

from shared.store.partition import murmur2, partition_of

# The vectors of Kafka's own unit test of murmur2.
VECTORS = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


@pytest.mark.parametrize(("text", "expected"), VECTORS.items())
def test_murmur2_gives_what_kafka_gives(text: str, expected: int):
    assert murmur2(text.encode()) == expected & 0xFFFFFFFF


def test_the_sign_bit_is_masked():
    assert murmur2(b"21") > 0x7FFFFFFF
    assert partition_of("21", 8) == (murmur2(b"21") & 0x7FFFFFFF) % 8


def test_a_key_always_falls_into_a_partition_that_exists():
    assert {partition_of(str(n), 8) for n in range(200)} == set(range(8))
