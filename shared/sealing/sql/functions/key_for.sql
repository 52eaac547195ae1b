-- The wrapped keys of these subjects. Where a subject has none yet and a fresh one is offered, the fresh one is kept: of two
-- who offer at the same time both get the first one's. A shredded subject stays in the table without a key, so it can never
-- get a new one. Subjects without a key are left out of the answer.
create or replace function key_for(subjects uuid[], fresh bytea[]) returns table (subject uuid, wrapped bytea)
language plpgsql security definer set search_path = vault, pg_temp as $$
#variable_conflict use_column
begin
    insert into keys (subject, wrapped)
        select o.subject, o.wrapped from unnest(subjects, fresh) as o (subject, wrapped)
        where o.wrapped is not null order by o.subject  -- one order for all, or two groups wait for each other
        on conflict (subject) do nothing;
    -- A new statement: its snapshot sees what another transaction committed while we waited for it.
    return query select k.subject, k.wrapped from keys k where k.subject = any(subjects);
end $$;

revoke all on function key_for(uuid[], bytea[]) from public;
grant execute on function key_for(uuid[], bytea[]) to redress_intake, redress_routing, redress_capa, redress_survey, redress_reporting;
