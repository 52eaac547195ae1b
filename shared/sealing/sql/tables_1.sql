-- The keys that open sealed text, one per subject (a complaint, or the organisation), wrapped by the master key, which is
-- not in the database. Run once, as the schema's owner, with search_path = the schema; the login roles exist. Forward only.
-- Nobody but the owner reads the table: services have the two functions, which is why a backup without `vault` is mute.

create table keys (
    subject     uuid        primary key,
    wrapped     bytea,                   -- null once shredded
    shredded_at timestamptz,
    constraint keys_shredded_or_not check ((wrapped is null) = (shredded_at is not null))
);

do $$
declare
    service text;
begin
    foreach service in array array['intake', 'routing', 'capa', 'survey', 'reporting'] loop
        execute format('grant usage on schema %I to %I', current_schema(), 'redress_' || service);
    end loop;
end $$;
