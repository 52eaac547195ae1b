-- "Position n was the last at time t", for each partition asked. Under the partition's append lock, and t is kept in the
-- head, so every later event is recorded after it: a reader that has consumed n knows everything recorded up to t.
create or replace function watermark(p_partitions smallint[], p_now timestamptz)
returns table ("partition" smallint, "position" bigint, "time" timestamptz)
language plpgsql as $$
#variable_conflict use_column
declare
    locked smallint;
begin
    for locked in select distinct p from unnest(p_partitions) p order by p loop
        perform pg_advisory_xact_lock(7001, hashtext(current_schema() || '/' || locked));
    end loop;
    return query
    insert into heads as h (partition, position, hash, time)
    select p, 0, '\x'::bytea, coalesce(p_now, clock_timestamp()) from unnest(p_partitions) p
    on conflict (partition) do update set time = greatest(h.time, excluded.time)
    returning h.partition, h.position, h.time;
end $$;
