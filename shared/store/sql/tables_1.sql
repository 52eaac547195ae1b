-- The kernel's tables of one service's schema. Run once, as the schema's owner, with search_path = the schema;
-- {role} is the service's login role. Forward only: a change is another file with the next number.

create table events (
    partition      smallint    not null,
    position       bigint      not null,
    stream_id      uuid        not null,
    version        int         not null,
    type           text        not null,
    schema_version smallint    not null,
    data           bytea       not null,  -- bytes, not jsonb: jsonb reorders keys, and the hash is over what was written
    meta           bytea       not null,
    event_id       uuid        not null,
    occurred_at    timestamptz not null,
    recorded_at    timestamptz not null,
    hash           bytea       not null,
    primary key (partition, position),
    constraint events_stream_version unique (stream_id, version),
    constraint events_event_id unique (event_id)
);
alter table events alter column data set storage external;  -- ciphertext and short JSON do not compress; do not try on every row

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception 'events are append-only: % is refused', tg_op using errcode = 'insufficient_privilege';
end $$;

create trigger events_keep_rows before update or delete on events for each row execute function refuse_change();
create trigger events_keep_all before truncate on events for each statement execute function refuse_change();

-- Where each partition stands: its last position, the head of its hash chain, and the last moment that was recorded or
-- promised by a watermark. Written only under the partition's append lock.
create table heads (
    partition smallint    primary key,
    position  bigint      not null,
    hash      bytea       not null,
    time      timestamptz not null
) with (fillfactor = 50);

create table settings (name text primary key, value text not null);

create table numbers (kind text not null, year int not null, last bigint not null, primary key (kind, year)) with (fillfactor = 50);

create table idempotency (
    scope  bytea       primary key,
    body   bytea       not null,
    answer bytea       not null,
    at     timestamptz not null default clock_timestamp()
);

create table relay_checkpoints (partition smallint primary key, position bigint not null) with (fillfactor = 50);

create table consumer_checkpoints (
    consumer   text     not null,
    topic      text     not null,
    partition  smallint not null,
    position   bigint   not null,  -- the producer's: tells duplicates and holes
    log_offset bigint   not null,  -- the log's: where to read on
    primary key (consumer, topic, partition)
) with (fillfactor = 50);

create table consumer_heard (consumer text primary key, at timestamptz not null);

create table parked (
    id         uuid        primary key,
    consumer   text        not null,
    topic      text        not null,
    partition  smallint    not null,
    position   bigint      not null,
    key        text        not null,
    type       text        not null,
    headers    bytea       not null,
    value      bytea       not null,
    error      text        not null,
    following  boolean     not null,  -- parked only because an earlier event of its key is
    attempts   int         not null default 1,
    parked_at  timestamptz not null default clock_timestamp(),
    unique (consumer, topic, partition, position)
);
create index parked_keys on parked (consumer, key);

create table timers (
    id        uuid        primary key,
    kind      text        not null,
    stream_id uuid        not null,
    key       text        not null,
    due_at    timestamptz not null,
    cause     uuid        not null,
    recorded  timestamptz not null
);
create index timers_due on timers (due_at);

create table chain_checkpoints (
    partition smallint    not null,
    position  bigint      not null,
    hash      bytea       not null,
    signed_at timestamptz not null,
    signature bytea       not null,
    primary key (partition, position)
);

create table views (name text primary key, version int not null, built_at timestamptz not null default clock_timestamp());

create table revoked_tokens (token_id uuid primary key, revoked_at timestamptz not null);

grant select, insert on events, settings, idempotency, chain_checkpoints to {role};
grant select, insert, update on heads, numbers, relay_checkpoints, consumer_checkpoints, consumer_heard, views to {role};
grant select, insert, update, delete on parked, timers to {role};
grant select, insert, update, delete, truncate on revoked_tokens to {role};
