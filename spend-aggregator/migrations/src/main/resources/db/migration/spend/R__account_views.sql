-- Accounts under LiteLLM's names, to be read by who reads LiteLLM's tables. A database that LiteLLM
-- itself has used keeps its tables: there the views are left out. Money is in USD. `spend` is what the
-- ledger holds since the account was made or its spend was reset by hand; /key/info and its kind say
-- what was spent in the running budget period. What we do not keep is null or empty.

-- What an account has spent: the events of the first, broken day, then whole days.
create or replace function account_spend(kind text, id text, since timestamptz, at_start_pico bigint)
    returns numeric
    language plpgsql stable as
$$
declare
    midnight timestamptz := date_trunc('day', since, 'UTC') + interval '1 day';
    first_day date := (midnight at time zone 'UTC')::date;
    pico numeric;
begin
    case kind
        when 'key' then
            select coalesce((select sum(cost_pico) from spend_events
                             where key_hash = id and started_at >= since and started_at < midnight), 0)
                 + coalesce((select sum(spend_pico) from daily_user_spend
                             where api_key = id and date >= first_day), 0) into pico;
        when 'user' then
            select coalesce((select sum(cost_pico) from spend_events
                             where user_id = id and started_at >= since and started_at < midnight), 0)
                 + coalesce((select sum(spend_pico) from daily_user_spend
                             where user_id = id and date >= first_day), 0) into pico;
        when 'team' then
            select coalesce((select sum(cost_pico) from spend_events
                             where team_id = id and started_at >= since and started_at < midnight), 0)
                 + coalesce((select sum(spend_pico) from daily_team_spend
                             where team_id = id and date >= first_day), 0) into pico;
        when 'organization' then
            select coalesce((select sum(cost_pico) from spend_events
                             where org_id = id and started_at >= since and started_at < midnight), 0)
                 + coalesce((select sum(spend_pico) from daily_organization_spend
                             where organization_id = id and date >= first_day), 0) into pico;
        when 'end user' then
            select coalesce((select sum(cost_pico) from spend_events
                             where end_user = id and started_at >= since and started_at < midnight), 0)
                 + coalesce((select sum(spend_pico) from daily_end_user_spend
                             where end_user_id = id and date >= first_day), 0) into pico;
    end case;
    return (pico + at_start_pico) * 0.000000000001;
end
$$;

do
$$
declare
    limits text := 'max_budget_pico * 0.000000000001 as max_budget, budget_duration, null::timestamptz as '
        || 'budget_reset_at, tpm_limit, rpm_limit, max_parallel_requests, model_max_budget, budget_id';
    changes text := 'created_at, created_by, updated_at, updated_by';
    item record;
begin
    for item in
        select * from (values
            ('LiteLLM_VerificationToken', 'account_keys',
                'token, key_name, key_alias, account_spend(''key'', token, spend_since, spend_at_start_pico) '
                || 'as spend, expires, models, aliases, ''{}''::jsonb as config, user_id, team_id, '
                || 'organization_id, ''{}''::jsonb as permissions, metadata, blocked, '
                || 'allowed_cache_controls, allowed_routes, ''{}''::jsonb as model_spend, ' || limits),
            ('LiteLLM_TeamTable', 'account_teams',
                'team_id, team_alias, organization_id, array(select m.user_id from account_team_members m '
                || 'where m.team_id = account_teams.team_id and m.role = ''admin'' order by 1) as admins, '
                || 'array(select m.user_id from account_team_members m '
                || 'where m.team_id = account_teams.team_id order by 1) as members, '
                || '(select coalesce(jsonb_agg(jsonb_build_object(''user_id'', m.user_id, ''role'', m.role) '
                || 'order by m.user_id), ''[]'') from account_team_members m '
                || 'where m.team_id = account_teams.team_id) as members_with_roles, metadata, '
                || 'account_spend(''team'', team_id, spend_since, spend_at_start_pico) as spend, models, '
                || 'blocked, ''{}''::jsonb as model_spend, team_member_permissions, ' || limits),
            ('LiteLLM_UserTable', 'account_users',
                'user_id, user_alias, user_email, user_role, sso_user_id, array(select m.team_id '
                || 'from account_team_members m where m.user_id = account_users.user_id order by 1) as teams, '
                || 'account_spend(''user'', user_id, spend_since, spend_at_start_pico) as spend, models, '
                || 'metadata, ' || limits),
            ('LiteLLM_OrganizationTable', 'account_organizations',
                'organization_id, organization_alias, models, metadata, account_spend(''organization'', '
                || 'organization_id, spend_since, spend_at_start_pico) as spend, budget_id'),
            ('LiteLLM_EndUserTable', 'account_customers',
                'user_id, alias, account_spend(''end user'', user_id, spend_since, spend_at_start_pico) '
                || 'as spend, allowed_model_region, default_model, budget_id, blocked'),
            ('LiteLLM_BudgetTable', 'account_budgets',
                'soft_budget_pico * 0.000000000001 as soft_budget, ' || limits)
        ) v (name, source, columns)
    loop
        if exists (select from pg_class where oid = to_regclass(quote_ident(item.name)) and relkind <> 'v') then
            raise notice '% is a table here: the view is left out', item.name;
        else
            execute format('create or replace view %I as select %s, %s from %I',
                item.name, item.columns, changes, item.source);
        end if;
    end loop;
end
$$;
