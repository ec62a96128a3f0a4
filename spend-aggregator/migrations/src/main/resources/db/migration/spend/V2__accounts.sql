-- Accounts: who may call, and within which limits. PostgreSQL is the record; each change also writes
-- what the ingresses shall know (account_records), that it must be published (account_outbox), and who
-- did it (account_audit). Money is in picodollars; null is without limit. Keys are kept as hashes only.

-- One sequence for all: an account that is deleted and created anew goes on from a greater version.
create sequence account_versions as bigint;

create table account_budgets (
    budget_id             text        primary key check (length(budget_id) between 1 and 256),
    version               bigint      not null,
    max_budget_pico       bigint      check (max_budget_pico >= 0),
    soft_budget_pico      bigint      check (soft_budget_pico >= 0),
    budget_duration       text,
    tpm_limit             bigint      check (tpm_limit >= 0),
    rpm_limit             bigint      check (rpm_limit >= 0),
    max_parallel_requests bigint      check (max_parallel_requests >= 0),
    model_rpm_limit       jsonb       not null default '{}',
    model_tpm_limit       jsonb       not null default '{}',
    model_max_budget      jsonb       not null default '{}',
    created_at            timestamptz not null,
    created_by            text        not null,
    updated_at            timestamptz not null,
    updated_by            text        not null
);

-- What every account below has in common: its limits, from when its spend counts, who changed it.
create table account_organizations (
    like account_budgets including defaults including constraints,
    organization_id     text        primary key check (length(organization_id) between 1 and 256),
    organization_alias  text,
    models              text[]      not null default '{}',
    metadata            jsonb       not null default '{}',
    spend_since         timestamptz not null,
    spend_at_start_pico bigint      not null default 0
);
alter table account_organizations alter column budget_id drop not null;
alter table account_organizations add foreign key (budget_id) references account_budgets;

create table account_users (
    like account_budgets including defaults including constraints,
    user_id             text        primary key check (length(user_id) between 1 and 256),
    user_email          text,
    user_alias          text,
    user_role           text        not null check (user_role in
        ('proxy_admin', 'proxy_admin_viewer', 'internal_user', 'internal_user_viewer')),
    sso_user_id         text        unique,
    blocked             boolean     not null default false,
    models              text[]      not null default '{}',
    metadata            jsonb       not null default '{}',
    spend_since         timestamptz not null,
    spend_at_start_pico bigint      not null default 0
);
alter table account_users alter column budget_id drop not null;
alter table account_users add foreign key (budget_id) references account_budgets;
create unique index account_users_email on account_users (lower(user_email));

-- A colon would make member:TEAM:USER, the account of a member's spend, ambiguous.
create table account_teams (
    like account_budgets including defaults including constraints,
    team_id                  text        primary key
        check (length(team_id) between 1 and 256 and position(':' in team_id) = 0),
    team_alias               text,
    organization_id          text        references account_organizations,
    blocked                  boolean     not null default false,
    models                   text[]      not null default '{}',
    model_aliases            jsonb       not null default '{}',
    tags                     text[]      not null default '{}',
    metadata                 jsonb       not null default '{}',
    team_member_permissions  text[]      not null default '{}',
    team_member_budget_pico  bigint      check (team_member_budget_pico >= 0),
    team_member_rpm_limit    bigint      check (team_member_rpm_limit >= 0),
    team_member_tpm_limit    bigint      check (team_member_tpm_limit >= 0),
    team_member_key_duration text,
    spend_since              timestamptz not null,
    spend_at_start_pico      bigint      not null default 0
);
alter table account_teams alter column budget_id drop not null;
alter table account_teams add foreign key (budget_id) references account_budgets;
create index account_teams_organization on account_teams (organization_id);

create table account_team_members (
    team_id         text        not null references account_teams on delete cascade,
    user_id         text        not null references account_users on delete cascade,
    role            text        not null check (role in ('admin', 'user')),
    max_budget_pico bigint      check (max_budget_pico >= 0),
    tpm_limit       bigint      check (tpm_limit >= 0),
    rpm_limit       bigint      check (rpm_limit >= 0),
    joined_at       timestamptz not null,
    primary key (team_id, user_id)
);
create index account_team_members_user on account_team_members (user_id);

create table account_keys (
    like account_budgets including defaults including constraints,
    token                  text        primary key check (token ~ '^[0-9a-f]{64}$'),
    key_name               text        not null check (length(key_name) <= 10),
    key_alias              text        unique,
    user_id                text        references account_users,
    team_id                text        references account_teams,
    organization_id        text        references account_organizations,
    expires                timestamptz,
    blocked                boolean     not null default false,
    blocked_by_admin       boolean     not null default false,
    models                 text[]      not null default '{}',
    aliases                jsonb       not null default '{}',
    allowed_routes         text[]      not null default '{}',
    tags                   text[]      not null default '{}',
    allowed_cache_controls text[]      not null default '{}',
    metadata               jsonb       not null default '{}',
    spend_since            timestamptz not null,
    spend_at_start_pico    bigint      not null default 0
);
alter table account_keys alter column budget_id drop not null;
alter table account_keys add foreign key (budget_id) references account_budgets;
create index account_keys_user on account_keys (user_id);
create index account_keys_team on account_keys (team_id);
create index account_keys_organization on account_keys (organization_id);
create index account_keys_created on account_keys (created_at, token);

create table account_customers (
    like account_budgets including defaults including constraints,
    user_id              text        primary key check (length(user_id) between 1 and 256),
    alias                text,
    blocked              boolean     not null default false,
    allowed_model_region text        check (allowed_model_region in ('eu', 'us')),
    default_model        text,
    spend_since          timestamptz not null,
    spend_at_start_pico  bigint      not null default 0
);
alter table account_customers alter column budget_id drop not null;
alter table account_customers add foreign key (budget_id) references account_budgets;

create index account_keys_budget on account_keys (budget_id);
create index account_teams_budget on account_teams (budget_id);
create index account_users_budget on account_users (budget_id);
create index account_organizations_budget on account_organizations (budget_id);
create index account_customers_budget on account_customers (budget_id);

-- The newest record of each account as the topic shall hold it; of a deleted one, too.
create table account_records (
    record_key text    primary key,
    ordinal    bigint  generated always as identity unique,
    version    bigint  not null,
    deleted    boolean not null,
    value      bytea   not null
);

create table account_outbox (
    seq        bigint generated always as identity primary key,
    record_key text   not null references account_records
);
create index account_outbox_record on account_outbox (record_key);

-- Who changed what, when, from where: never a key, never what metadata say.
create table account_audit (
    audit_id    bigint      generated always as identity primary key,
    at          timestamptz not null,
    action      text        not null,
    record_key  text        not null,
    version     bigint      not null,
    actor_role  text        not null,
    actor_user  text,
    actor_key   text        not null,
    address     text,
    request_id  text,
    before      jsonb       not null,
    after       jsonb       not null
);
create index account_audit_record on account_audit (record_key, audit_id);
create index account_audit_time on account_audit (at);

-- What an account has spent is asked for by these.
create index daily_user_spend_key on daily_user_spend (api_key, date);
create index spend_events_org_time on spend_events (org_id, started_at) where org_id is not null;
create index spend_events_end_user_time on spend_events (end_user, started_at) where end_user is not null;
