-- The books: what was spent, by attempt and by day, and how far the topic has been booked.
-- Money is in picodollars (1e-12 USD), times are UTC, a day is a UTC day.

-- One row an attempt; the primary key is what makes an event count once.
create table spend_events (
    event_id              uuid        not null,
    started_at            timestamptz not null,
    ended_at              timestamptz not null,
    journal_id            text        not null,
    journal_seq           bigint      not null,
    request_id            uuid        not null,
    attempt               integer     not null,
    final                 boolean     not null,
    kind                  text        not null,
    key_hash              text        not null,
    user_id               text,
    team_id               text,
    org_id                text,
    end_user              text,
    tags                  text[]      not null,
    call_type             text        not null,
    model_group           text        not null,
    deployment_id         text,
    provider              text,
    model                 text        not null,
    region                text,
    provider_response_id  text,
    status                text        not null,
    error_class           text,
    stream                boolean     not null,
    ttft_us               bigint,
    input_tokens          bigint      not null,
    cached_read_tokens    bigint      not null,
    cache_write_5m_tokens bigint      not null,
    cache_write_1h_tokens bigint      not null,
    output_tokens         bigint      not null,
    reasoning_tokens      bigint      not null,
    audio_input_tokens    bigint      not null,
    audio_output_tokens   bigint      not null,
    image_tokens          bigint      not null,
    cost_pico             bigint      not null,
    price_version         text,
    cache_kind            text,
    cache_key             text,
    cache_saved_pico      bigint,
    batch_id              text,
    batch_line            bigint,
    booked_at             timestamptz not null default now(),
    primary key (event_id, started_at)
) partition by range (started_at);

create index spend_events_request on spend_events (request_id, started_at);
create index spend_events_time on spend_events (started_at);
create index spend_events_key_time on spend_events (key_hash, started_at);
create index spend_events_user_time on spend_events (user_id, started_at);
create index spend_events_team_time on spend_events (team_id, started_at);

-- Events that no partition may take: from before the books were opened, or more than a day ahead.
-- They are in no total; people decide about them.
create table late_spend_events (
    like spend_events including defaults,
    primary key (event_id)
);

-- From which day on events are accepted. Archiving raises it before it drops a partition.
create table spend_books (
    only_row  boolean primary key default true check (only_row),
    opened_on date    not null
);

insert into spend_books (opened_on) values (date '2025-01-01');

-- Creates the partition of the month that holds `day`, unless it is there. Attaching locks the
-- parent less than creating in place does: readers and writers go on.
create function ensure_spend_partition(day date) returns void
    language plpgsql as
$$
declare
    month date := date_trunc('month', day)::date;
    child text := 'spend_events_' || to_char(month, 'YYYY_MM');
begin
    perform pg_advisory_xact_lock(hashtext('spend_events partitions'));
    if to_regclass(quote_ident(child)) is not null then
        return;
    end if;
    execute format('create table %I (like spend_events including defaults)', child);
    execute format('alter table spend_events attach partition %I for values from (%L) to (%L)',
        child, month || ' 00:00:00+00', (month + interval '1 month')::date || ' 00:00:00+00');
end
$$;

-- What each user spent on a day. Key columns are never null, so that a key is one row.
create table daily_user_spend (
    user_id                     text           not null,
    date                        date           not null,
    api_key                     text           not null,
    model                       text           not null,
    model_group                 text           not null,
    provider                    text           not null,
    endpoint                    text           not null,
    prompt_tokens               numeric(38, 0) not null,
    completion_tokens           numeric(38, 0) not null,
    cache_read_input_tokens     numeric(38, 0) not null,
    cache_creation_input_tokens numeric(38, 0) not null,
    spend_pico                  numeric(38, 0) not null,
    api_requests                bigint         not null,
    successful_requests         bigint         not null,
    failed_requests             bigint         not null,
    created_at                  timestamptz    not null default now(),
    updated_at                  timestamptz    not null default now(),
    primary key (user_id, date, api_key, model, model_group, provider, endpoint)
);

create index daily_user_spend_date on daily_user_spend (date);

-- The next offset to book. It moves in the transaction that books, and only from where the booker
-- believes it to be: this is the fence between two bookers of one partition.
create table sink_offsets (
    topic     text    not null,
    partition integer not null,
    next      bigint  not null,
    primary key (topic, partition)
);

-- Dates in the views are UTC for whoever connects.
do
$$
begin
    execute format('alter database %I set timezone to %L', current_database(), 'UTC');
exception
    when insufficient_privilege then
        raise notice 'not the owner of the database: its time zone stays, sessions must ask for UTC';
end
$$;
