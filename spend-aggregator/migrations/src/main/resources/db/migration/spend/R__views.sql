-- One row a request. Its opening event (attempt 1, or 0 for a cache hit) carries the owner and the
-- time, so that filters on them reach the indexes; the closing one says how it ended; usage and cost
-- are sums over all attempts and corrections. A request lives less than a week, which bounds the
-- look-ups to two partitions.
create or replace view spend_requests as
select opening.request_id,
       opening.started_at,
       total.ended_at,
       coalesce(closing.started_at + closing.ttft_us * interval '1 microsecond', total.ended_at)
           as completion_started_at,
       opening.key_hash,
       opening.user_id,
       opening.team_id,
       opening.org_id,
       opening.end_user,
       opening.tags,
       opening.call_type,
       opening.model_group,
       closing.deployment_id,
       closing.provider,
       closing.model,
       closing.provider_response_id,
       closing.final,
       closing.kind,
       closing.status,
       closing.error_class,
       closing.cache_key,
       opening.batch_id,
       total.attempts,
       total.prompt_tokens,
       total.completion_tokens,
       total.cached_read_tokens,
       total.cache_write_tokens,
       total.reasoning_tokens,
       total.spend_pico
from spend_events opening
cross join lateral (
    select e.*
    from spend_events e
    where e.request_id = opening.request_id
      and e.started_at >= opening.started_at
      and e.started_at < opening.started_at + interval '7 days'
      and e.kind <> 'adjusted'
    order by e.final desc, e.attempt desc
    limit 1
) closing
cross join lateral (
    select max(e.ended_at) as ended_at,
           count(*) filter (where e.attempt > 0 and e.kind not in ('adjusted', 'voided')) as attempts,
           sum(e.input_tokens + e.cached_read_tokens + e.cache_write_5m_tokens + e.cache_write_1h_tokens
               + e.audio_input_tokens + e.image_tokens) as prompt_tokens,
           sum(e.output_tokens + e.reasoning_tokens + e.audio_output_tokens) as completion_tokens,
           sum(e.cached_read_tokens) as cached_read_tokens,
           sum(e.cache_write_5m_tokens + e.cache_write_1h_tokens) as cache_write_tokens,
           sum(e.reasoning_tokens) as reasoning_tokens,
           sum(e.cost_pico) as spend_pico
    from spend_events e
    where e.request_id = opening.request_id
      and e.started_at >= opening.started_at
      and e.started_at < opening.started_at + interval '7 days'
) total
where opening.attempt <= 1
  and opening.kind <> 'adjusted';

-- The same under LiteLLM's names. A database that LiteLLM itself has used keeps its tables: there
-- the views are left out.
do
$$
begin
    if exists (select from pg_class where oid = to_regclass('"LiteLLM_SpendLogs"') and relkind <> 'v') then
        raise notice '"LiteLLM_SpendLogs" is a table here: the view is left out';
    else
        create or replace view "LiteLLM_SpendLogs" as
        select request_id::text as request_id,
               call_type,
               key_hash as api_key,
               spend_pico * 0.000000000001 as spend,
               prompt_tokens + completion_tokens as total_tokens,
               prompt_tokens,
               completion_tokens,
               started_at as "startTime",
               ended_at as "endTime",
               completion_started_at as "completionStartTime",
               model,
               deployment_id as model_id,
               model_group,
               provider as custom_llm_provider,
               null::text as api_base,
               user_id as "user",
               jsonb_build_object(
                   'status', status,
                   'kind', kind,
                   'attempts', attempts,
                   'error_class', error_class,
                   'provider_response_id', provider_response_id) as metadata,
               case when kind = 'cache_hit' then 'True' else 'False' end as cache_hit,
               coalesce(cache_key, 'Cache OFF') as cache_key,
               to_jsonb(tags) as request_tags,
               team_id,
               org_id as organization_id,
               end_user,
               null::text as requester_ip_address,
               '{}'::jsonb as messages,
               '{}'::jsonb as response,
               null::text as session_id,
               case when status = 'success' then 'success' else 'failure' end as status,
               null::text as mcp_namespaced_tool_name,
               null::text as agent_id,
               '{}'::jsonb as proxy_server_request,
               spend_pico
        from spend_requests;
    end if;
end
$$;

-- The daily tables differ in whose day it is. LiteLLM calls end users and organisations by these names.
do
$$
declare
    item record;
begin
    for item in
        select * from (values
            ('LiteLLM_DailyUserSpend', 'daily_user_spend', 'user_id', ''),
            ('LiteLLM_DailyTeamSpend', 'daily_team_spend', 'team_id', ''),
            ('LiteLLM_DailyOrganizationSpend', 'daily_organization_spend', 'organization_id', ''),
            ('LiteLLM_DailyEndUserSpend', 'daily_end_user_spend', 'end_user_id', ''),
            ('LiteLLM_DailyTagSpend', 'daily_tag_spend', 'tag', 'null::text as request_id,')
        ) v (name, source, key, more)
    loop
        if exists (select from pg_class where oid = to_regclass(quote_ident(item.name)) and relkind <> 'v') then
            raise notice '% is a table here: the view is left out', item.name;
        else
            execute format($view$
                create or replace view %I as
                select md5(concat_ws(chr(31), %I, date, api_key, model, model_group, provider, endpoint)) as id,
                       %2$I,
                       %s
                       date,
                       api_key,
                       model,
                       model_group,
                       provider as custom_llm_provider,
                       null::text as mcp_namespaced_tool_name,
                       endpoint,
                       prompt_tokens,
                       completion_tokens,
                       cache_read_input_tokens,
                       cache_creation_input_tokens,
                       spend_pico * 0.000000000001 as spend,
                       api_requests,
                       successful_requests,
                       failed_requests,
                       created_at,
                       updated_at
                from %I
                $view$, item.name, item.key, item.more, item.source);
        end if;
    end loop;
end
$$;
