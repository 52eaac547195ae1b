"""How does a record lie in a table of the log? The headers as one JSON object, which an operator can read, in one column."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import asyncpg
import orjson

from shared.log.port import LogRecord

COLUMNS = ("partition", "offset", "key", "headers", "value")
BYTES_AT_ONCE = 16 * 1024 * 1024  # of one query: five hundred of the largest events would be 256 MiB

# Every query here must walk the primary key. One prepared while a table was small would keep a plan that sorts it.
BY_INDEX = {"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_sort": "off"}

_ENDS = 'select p as partition, (select max("offset") from log.{} where partition = p) as "offset" from unnest($1::smallint[]) as p'

# Positions of many partitions in, their next records out, each partition's at most `most` and `bytes` (but at least one);
# `more` on a partition's last row says that there may be further ones.
_NEXT = """
select {number} as topic, r.* from unnest(${first}::smallint[], ${second}::bigint[]) as w (partition, after)
cross join lateral (
    select partition, "offset", key, headers, value, n = ${most} or total >= ${bytes} as more
    from (
        select *, row_number() over up_to_here as n, sum(octet_length(value)) over up_to_here as total
        from (select * from log.{table} where partition = w.partition and "offset" > w.after order by "offset" limit ${most}) as rows_ahead
        window up_to_here as (order by "offset" rows unbounded preceding)
    ) as counted
    where total - octet_length(value) < ${bytes}
) as r"""


def next_of(tables: Sequence[str]) -> str:
    """One query for all topics: $1 most, $2 bytes, then partitions and positions of each topic."""
    return " union all ".join(
        _NEXT.format(number=number, table=table, first=3 + 2 * number, second=4 + 2 * number, most="1::int", bytes="2::int")
        for number, table in enumerate(tables)
    )


def pack(headers: Mapping[str, bytes]) -> bytes:
    """Latin-1 stands for any bytes, and for text as it is where it is ASCII, as ours is."""
    return orjson.dumps({name: value.decode("latin-1") for name, value in headers.items()})


def unpack(raw: bytes) -> dict[str, bytes]:
    return {name: value.encode("latin-1") for name, value in orjson.loads(raw).items()}


def record(topic: str, partition: int, offset: int, key: str, headers: bytes, value: bytes) -> LogRecord:
    return LogRecord(topic, partition, offset, key, unpack(headers), value)


async def ends_of(pool: asyncpg.Pool | asyncpg.Connection, table: str, partitions: Collection[int]) -> dict[int, int]:
    """The last offset of each partition, -1 where there is none."""
    rows = await pool.fetch(_ENDS.format(table), list(partitions))
    return {row["partition"]: -1 if row["offset"] is None else row["offset"] for row in rows}
