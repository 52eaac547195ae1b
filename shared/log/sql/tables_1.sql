-- The log kept in PostgreSQL: one table per topic, written by its service's relay alone, read by every service.
-- Run once, as the schema's owner, with search_path = the schema; the login roles exist. Forward only.

create table watermarks (
    service          text        not null,
    partition        smallint    not null,
    position         bigint      not null,  -- the last one recorded when it was …
    time             timestamptz not null,  -- … this time, in the product's clock
    heard_at         timestamptz not null default clock_timestamp(),
    signed_position  bigint,                -- the newest signed checkpoint of the partition's hash chain
    signed_hash      bytea,
    signed_at        timestamptz,
    signature        bytea,
    primary key (service, partition)
) with (fillfactor = 50);

-- A service speaks for itself only.
alter table watermarks enable row level security;
create policy everybody_reads on watermarks for select using (true);
create policy own_inserted on watermarks for insert with check ('redress_' || service = current_user);
create policy own_updated on watermarks for update using ('redress_' || service = current_user);

do $$
declare
    producer text;
    reader text;
    services constant text[] := array['intake', 'routing', 'capa', 'survey', 'reporting'];
begin
    foreach producer in array services loop
        -- Offsets are dense: the publisher takes the next ones, and the key refuses a second publisher's.
        execute format('create table %I (
            partition smallint not null,
            "offset"  bigint   not null,
            key       text     not null,
            headers   bytea    not null,
            value     bytea    not null,
            primary key (partition, "offset")
        )', producer);
        -- Ciphertext and short JSON do not compress; do not try on every row.
        execute format('alter table %I alter column headers set storage external, alter column value set storage external', producer);
        execute format('grant insert on %I to %I', producer, 'redress_' || producer);
        foreach reader in array services loop
            execute format('grant select on %I to %I', producer, 'redress_' || reader);
        end loop;
        execute format('grant usage on schema %I to %I', current_schema(), 'redress_' || producer);
        execute format('grant select, insert, update on watermarks to %I', 'redress_' || producer);
    end loop;
end $$;
