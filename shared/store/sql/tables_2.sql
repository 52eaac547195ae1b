-- The rules every service decides by, as routing adopted them: the content itself, so that nobody has to be asked.

create table policies (
    version      text        primary key,
    effective_on date        not null,
    content      jsonb       not null,
    adopted_at   timestamptz not null,  -- when it was decided: from then on it holds, if its day has begun
    recorded_at  timestamptz not null   -- of two for the same day the later one holds
);

grant select, insert, update, delete, truncate on policies to {role};
