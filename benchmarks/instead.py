"""What would an analyst do instead? Count with pandas in the file that was exported, or with plain SQL in the events table."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pandas

from benchmarks.ground import Ground

_EVENTS = """
insert into events (partition, position, stream_id, version, type, schema_version, data, meta, event_id, occurred_at, recorded_at, hash)
select n % 8, n / 8 + 1, complaint, 1, 'intake.complaint-received.v1', 1, convert_to(json_build_object(
        'complaint_id', complaint, 'occurred_at', at, 'actor', json_build_object('person', 'redress', 'name', 'Redress', 'role', 'system'),
        'number', 'C-2026-' || lpad(n::text, 7, '0'), 'channel', 'phone', 'content_class', 'service_quality', 'received_at', at,
        'external_ref', 'R-' || n, 'issue_codes', json_build_array('issue ' || n % 40),
        'customer', json_build_object('ref', 'C-' || n % 750, 'name', 'Customer ' || n % 750),
        'product', json_build_object('code', 'P-' || n % 90)
    )::text, 'UTF8'), '{}', gen_random_uuid(), at, at, '\\x00'
from (
    select n, md5(n::text)::uuid as complaint, '2019-01-01Z'::timestamptz + (n::bigint * 7919 % 2628000) * interval '1 minute' as at
    from generate_series(1, $1::int) as n
) as made
"""
_COUNTED = """
select to_char(timezone('Asia/Shanghai', (said ->> 'received_at')::timestamptz), 'YYYY-MM') as month, said -> 'customer' ->> 'ref' as customer,
    count(*) as n
from (select convert_from(data, 'UTF8')::jsonb as said from events where type = 'intake.complaint-received.v1') as received
group by 1, 2 order by 3 desc limit 20
"""


async def plain_sql(at: Ground, complaints: int) -> float:
    """Seconds for the twenty largest of month × customer from the events themselves, with a warm cache."""
    connection = await at.connect("intake")
    await connection.execute(_EVENTS, complaints, timeout=900)
    await connection.execute("analyze events", timeout=900)
    await connection.fetchval("select sum(length(data)) from events", timeout=900)
    begin = time.perf_counter()
    found = await connection.fetch(_COUNTED, timeout=900)
    taken = time.perf_counter() - begin
    await connection.close()
    assert len(found) == 20
    return taken


async def with_pandas(exported: Path) -> tuple[float, float]:
    """Seconds to read the file, and then to count the same in it."""
    return await asyncio.to_thread(_counted, exported)


def _counted(exported: Path) -> tuple[float, float]:
    begin = time.perf_counter()
    cases = pandas.read_csv(exported, dtype=str)
    read = time.perf_counter() - begin
    begin = time.perf_counter()
    largest = cases.assign(month=cases["received_at"].str[:7]).groupby(["month", "customer_ref"]).size().nlargest(20)
    assert len(largest) == 20
    return read, time.perf_counter() - begin
