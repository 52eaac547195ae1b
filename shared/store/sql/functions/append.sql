-- Appends a group of items, each a run of events for one stream. The advisory lock of every partition concerned is taken
-- last in the caller's transaction, in ascending order, and held to commit, so positions are dense and become visible in
-- their own order: a reader that has seen position n has seen every position below it. A sequence would let it step over
-- an event that commits late.
--
-- Arrays run in parallel, one element an event; the events of an item stand together. p_expected is the version the item
-- was decided on, -1 where any will do. An item whose stream has moved is left out and answered with conflict = true.
-- No two items of a group may concern one stream. p_now is null except under a manual clock.
create or replace function append(
    p_item int[], p_partition smallint[], p_stream uuid[], p_expected int[], p_type text[], p_schema smallint[],
    p_data bytea[], p_meta bytea[], p_event uuid[], p_occurred timestamptz[], p_caused timestamptz[], p_now timestamptz
) returns table (item int, conflict boolean, "partition" smallint, "position" bigint, version int, recorded_at timestamptz)
language plpgsql set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
    e record;
    locked smallint;
    at_item int := -1;
    at_partition smallint := -1;
    moved boolean := false;
    head_position bigint;
    head_hash bytea;
    head_time timestamptz;
    at_version int;
    now_ timestamptz;
    kept boolean[] := '{}';
    positions bigint[] := '{}';
    versions int[] := '{}';
    times timestamptz[] := '{}';
    hashes bytea[] := '{}';
    digest bytea;
    heads_at heads[] := '{}';  -- where each partition will stand, written in one statement
begin
    for locked in select distinct p from unnest(p_partition) p order by p loop
        perform pg_advisory_xact_lock(7001, hashtext(current_schema() || '/' || locked));
    end loop;
    now_ := coalesce(p_now, clock_timestamp());

    -- A new statement after the locks: its snapshot sees every append that held them before.
    for e in
        select i.*, h.position as head_position, h.hash as head_hash, h.time as head_time, coalesce(s.version, 0) as stream_version
        from unnest(p_item, p_partition, p_stream, p_expected, p_type, p_schema, p_data, p_meta, p_event, p_occurred, p_caused)
             with ordinality as i (item, part, stream, expected, type, schema, data, meta, event, occurred, caused, n)
        left join heads h on h.partition = i.part
        left join lateral (
            select v.version from events v where v.stream_id = i.stream order by v.version desc limit 1
        ) s on true
        order by i.n
    loop
        if e.part <> at_partition then
            if e.part < at_partition then
                raise exception 'append: items must come in ascending order of partition';
            end if;
            if at_partition >= 0 and head_time is not null then
                heads_at := heads_at || (at_partition, head_position, head_hash, head_time)::heads;
            end if;
            at_partition := e.part;
            head_position := coalesce(e.head_position, 0);
            head_hash := coalesce(e.head_hash, '\x'::bytea);
            head_time := e.head_time;
        end if;
        if e.item <> at_item then
            at_item := e.item;
            at_version := e.stream_version;
            moved := e.expected >= 0 and e.expected <> at_version;
        end if;
        if not moved then
            at_version := at_version + 1;
            head_position := head_position + 1;
            head_time := greatest(now_, head_time + interval '1 microsecond', e.caused + interval '1 microsecond');
            -- The canonical form of all columns but the hash; shared/recorded.py computes the same.
            digest := sha256(
                int2send(e.part) || int8send(head_position) || int4send(at_version) || uuid_send(e.stream) || uuid_send(e.event)
                || timestamptz_send(e.occurred) || timestamptz_send(head_time) || int2send(e.schema)
                || int4send(octet_length(e.type)) || int4send(length(e.data)) || int4send(length(e.meta))
                || convert_to(e.type, 'UTF8') || e.data || e.meta
            );
            head_hash := sha256(head_hash || digest);
        end if;
        kept := kept || not moved;
        positions := positions || head_position;
        versions := versions || at_version;
        times := times || head_time;
        hashes := hashes || head_hash;
    end loop;
    if at_partition >= 0 and head_time is not null then
        heads_at := heads_at || (at_partition, head_position, head_hash, head_time)::heads;
    end if;
    insert into heads as h (partition, position, hash, time) select * from unnest(heads_at)
    on conflict (partition) do update set position = excluded.position, hash = excluded.hash, time = excluded.time;

    insert into events (partition, position, stream_id, version, type, schema_version, data, meta, event_id, occurred_at, recorded_at, hash)
    select u.part, u.pos, u.stream, u.ver, u.type, u.schema, u.data, u.meta, u.event, u.occurred, u.rec, u.hash
    from unnest(p_partition, positions, p_stream, versions, p_type, p_schema, p_data, p_meta, p_event, p_occurred, times, hashes, kept)
         as u (part, pos, stream, ver, type, schema, data, meta, event, occurred, rec, hash, keep)
    where u.keep;

    return query
    select distinct on (u.item) u.item, not u.keep, u.part, u.pos, u.ver, u.rec
    from unnest(p_item, kept, p_partition, positions, versions, times) with ordinality as u (item, keep, part, pos, ver, rec, n)
    order by u.item, u.n desc;
end $$;
