-- Destroys a subject's key, for good: whatever it sealed, here, on the log or in a backup of either, opens no more.
-- True when there was a key. A subject that never had one is shredded beforehand.
create or replace function shred(subject uuid) returns boolean
language plpgsql security definer set search_path = vault, pg_temp as $$
declare
    had boolean;
begin
    select k.wrapped is not null into had from keys k where k.subject = shred.subject for update;
    insert into keys as k (subject, wrapped, shredded_at) values (shred.subject, null, clock_timestamp())
        on conflict on constraint keys_pkey do update set wrapped = null, shredded_at = coalesce(k.shredded_at, excluded.shredded_at);
    return coalesce(had, false);
end $$;

revoke all on function shred(uuid) from public;
grant execute on function shred(uuid) to redress_intake;
