-- What was spent on a day by team, organisation, end user and tag, and in an hour by everything that
-- a live view asks for. As with daily_user_spend: key columns are never null ('' is none), money is in
-- picodollars, requests are counted at their final attempt. An event without a team, organisation, end
-- user or tag is in none of their tables; daily_user_spend holds every event.

create temp table what_is_counted (like daily_user_spend including defaults) on commit drop;
alter table what_is_counted drop column user_id;

create table daily_team_spend (
    team_id text not null,
    like what_is_counted including defaults,
    primary key (team_id, date, api_key, model, model_group, provider, endpoint)
);

create table daily_organization_spend (
    organization_id text not null,
    like what_is_counted including defaults,
    primary key (organization_id, date, api_key, model, model_group, provider, endpoint)
);

create table daily_end_user_spend (
    end_user_id text not null,
    like what_is_counted including defaults,
    primary key (end_user_id, date, api_key, model, model_group, provider, endpoint)
);

-- A request with several tags is in the day of each: these rows add up to more than was spent.
create table daily_tag_spend (
    tag text not null,
    like what_is_counted including defaults,
    primary key (tag, date, api_key, model, model_group, provider, endpoint)
);

alter table what_is_counted drop column date;

-- The last weeks only: the sink deletes what is older than 32 days.
create table hourly_spend (
    hour    timestamptz not null,
    user_id text        not null,
    team_id text        not null,
    like what_is_counted including defaults,
    primary key (hour, user_id, team_id, api_key, model, model_group, provider, endpoint)
);

create index daily_team_spend_date on daily_team_spend (date);
create index daily_organization_spend_date on daily_organization_spend (date);
create index daily_end_user_spend_date on daily_end_user_spend (date);
create index daily_tag_spend_date on daily_tag_spend (date);

-- Every batch updates the rows of the running day: room in the page keeps that away from the indexes.
alter table daily_user_spend set (fillfactor = 60);
alter table daily_team_spend set (fillfactor = 60);
alter table daily_organization_spend set (fillfactor = 60);
alter table daily_end_user_spend set (fillfactor = 60);
alter table daily_tag_spend set (fillfactor = 60);
alter table hourly_spend set (fillfactor = 60);

-- The time first: rows come nearly in its order, so that they are added at the end of the index and
-- not all over it; and it serves who asks by time, which the index of its own did.
alter table spend_events drop constraint spend_events_pkey;
alter table spend_events add primary key (started_at, event_id);
drop index spend_events_time;

-- From the ledger, so that books that were kept before are whole.
create temp table old_spend on commit drop as
select e.event_id,
       date_trunc('hour', e.started_at, 'UTC') as hour,
       coalesce(e.user_id, '') as user_id,
       coalesce(e.team_id, '') as team_id,
       coalesce(e.org_id, '') as org_id,
       coalesce(e.end_user, '') as end_user,
       e.tags,
       e.key_hash as api_key,
       e.model,
       e.model_group,
       coalesce(e.provider, '') as provider,
       e.call_type as endpoint,
       e.input_tokens + e.cached_read_tokens + e.cache_write_5m_tokens + e.cache_write_1h_tokens
           + e.audio_input_tokens + e.image_tokens as prompt,
       e.output_tokens + e.reasoning_tokens + e.audio_output_tokens as completion,
       e.cached_read_tokens as cache_read,
       e.cache_write_5m_tokens + e.cache_write_1h_tokens as cache_creation,
       e.cost_pico as cost,
       (e.final and e.kind <> 'adjusted')::int as requests,
       (e.final and e.kind <> 'adjusted' and e.status = 'success')::int as successes
from spend_events e;

do
$$
declare
    measures text := 'sum(prompt), sum(completion), sum(cache_read), sum(cache_creation), sum(cost), '
        || 'sum(requests), sum(successes), sum(requests - successes)';
    columns text := 'api_key, model, model_group, provider, endpoint';
    totals text := 'prompt_tokens, completion_tokens, cache_read_input_tokens, '
        || 'cache_creation_input_tokens, spend_pico, api_requests, successful_requests, failed_requests';
    item record;
begin
    for item in
        select * from (values
            ('daily_team_spend', 'team_id', 'team_id', 'old_spend'),
            ('daily_organization_spend', 'organization_id', 'org_id', 'old_spend'),
            ('daily_end_user_spend', 'end_user_id', 'end_user', 'old_spend'),
            ('daily_tag_spend', 'tag', 'tag',
                '(select distinct on (o.event_id, t.tag) t.tag, o.* from old_spend o, unnest(o.tags) t (tag))')
        ) v (target, key, source, rows)
    loop
        execute format(
            'insert into %I (%I, date, %s, %s) select %I, (hour at time zone ''UTC'')::date, %s, %s '
                || 'from %s o where %5$I <> '''' group by 1, 2, %3$s',
            item.target, item.key, columns, totals, item.source, columns, measures, item.rows);
    end loop;
    execute format(
        'insert into hourly_spend (hour, user_id, team_id, %s, %s) select hour, user_id, team_id, %1$s, %3$s '
            || 'from old_spend where hour >= now() - interval ''32 days'' group by hour, user_id, team_id, %1$s',
        columns, totals, measures);
end
$$;
