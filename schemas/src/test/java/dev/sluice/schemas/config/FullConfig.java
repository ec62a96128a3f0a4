package dev.sluice.schemas.config;

/** A config in which nearly every kind of key stands once. */
final class FullConfig {

    static final String TEXT =
            """
            environment_variables:
              EU_KEY: sk-of-the-file
              REDIS_DB: 3
            credential_list:
              - credential_name: eu
                credential_values: {api_key: os.environ/EU_KEY, api_base: "https://eu.example.com/v1"}
                credential_info: {description: the European account}
            model_list:
              - model_name: gpt-4o
                litellm_params: &defaults
                  model: azure/gpt-4o-eu
                  litellm_credential_name: eu
                  api_version: "2024-10-21"
                  organization: [org-a, org-b]
                  timeout: 30
                  stream_timeout: 2.5
                  num_retries: 1
                  weight: 3
                  rpm: 900
                  tpm: 1_000_000
                  order: 1
                  max_parallel_requests: 50
                  cooldown_time: 0
                  tags: [paid, eu]
                  region_name: eu
                  max_budget: 12.5
                  budget_duration: 30d
                  input_cost_per_token: 2.5e-06
                  output_cost_per_token: 0.00001
                  cache_creation_input_token_cost: 3e-06
                  drop_params: yes
                  additional_drop_params: [logit_bias]
                  allowed_openai_params: tools
                  extra_headers: {X-Team: search, Authorization: os.environ/UPSTREAM}
                  extra_body: {routing: {only: [a, b], n: 2, ratio: 0.5, on: true, none: null}}
                  mock_response: "Hi!"
                  cache: {ttl: 60, s-maxage: 30}
                  max_file_size_mb: 25
                  configurable_clientside_auth_params: [api_base, {api_key: "sk-.*"}]
                  vertex_project: mine
                  future_thing: {deep: [1, 2]}
                model_info:
                  mode: chat
                  base_model: azure/gpt-4o
                  access_groups: [beta]
                  team_id: team-1
                  max_input_tokens: 128000
                  supported_environments: [production]
                  cost_centre: 4711
              - model_name: gpt-4o-mini
                litellm_params: {<<: *defaults, model: azure/mini, organization: org-c}
                model_info: {id: mini}
              - model_name: "anthropic/*"
                litellm_params: {model: "anthropic/*", api_key: os.environ/ANTHROPIC}
            router_settings:
              routing_strategy: usage-based-routing-v2
              routing_strategy_args: {ttl: 60, lowest_latency_buffer: 0.1, max_latency_list_size: 5, price_weight: 0.5, other: 1}
              num_retries: os.environ/RETRIES
              retry_after: 1
              timeout: 45
              stream_timeout: 5
              latency_threshold: 0.5
              fallbacks: [{gpt-4o: [gpt-4o-mini, anthropic/claude]}, {"*": [gpt-4o-mini]}]
              context_window_fallbacks: [{gpt-4o-mini: [{model: gpt-4o, messages: []}]}]
              default_fallbacks: [gpt-4o-mini]
              max_fallbacks: 3
              model_group_alias: {fast: gpt-4o-mini, slow: {model: anthropic/opus, hidden: true}}
              retry_policy: {RateLimitErrorRetries: 4, BadRequestErrorRetries: 0}
              model_group_retry_policy: {gpt-4o: {TimeoutErrorRetries: 1}}
              allowed_fails: 3
              allowed_fails_policy: {RateLimitErrorAllowedFails: 10}
              cooldown_time: 30
              disable_cooldowns: false
              rpm_limit: 1000
              max_parallel_requests: 100
              default_max_parallel_requests: 20
              provider_budget_config: {openai: {budget_limit: 100, time_period: 1d}}
              optional_pre_call_checks: [router_budget_limiting]
              enable_tag_filtering: true
              redis_host: os.environ/REDIS
              redis_port: 6380
              redis_password: os.environ/REDIS_WORD
            litellm_settings:
              cache: true
              cache_params:
                type: redis
                mode: default_off
                host: cache.internal
                port: os.environ/REDIS_PORT
                password: sk-hush
                ttl: 600
                namespace: n
                supported_call_types: [acompletion, embeddings, /v1/completions]
                similarity_threshold: 0.9
                redis_startup_nodes: [{host: a, port: 1}, {host: b, port: 2}]
              callbacks: [prometheus]
              success_callback: langfuse
              drop_params: true
              request_timeout: 20
              max_budget: 1000
              budget_duration: 1mo
              timezone: Europe/Vienna
              max_tokens: 4096
              default_key_generate_params: {max_budget: 1.5, budget_duration: 7d, models: [gpt-4o], metadata: {a: 1}}
              upperbound_key_generate_params: {max_budget: 100, duration: 30d, tpm_limit: 1000}
              default_internal_user_params: {user_role: internal_user, teams: [{team_id: t, user_role: user}]}
              default_team_params: {rpm_limit: 5, team_member_permissions: [/key/info]}
              max_internal_user_budget: 10
              internal_user_budget_duration: 1d
              max_end_user_budget: 1
              max_end_user_budget_id: small
              require_auth_for_metrics_endpoint: true
              cost_discount_config: {vertex_ai: 0.05}
            general_settings:
              master_key: sk-hush
              database_url: postgresql://u:hush@h/d
              database_connection_pool_limit: 25
              database_connection_timeout: 30
              connection_pool_size: 100
              connection_pool_timeout: 30
              litellm_key_header_name: X-Gateway-Key
              max_parallel_requests: 10
              global_max_parallel_requests: 1000
              max_request_size_mb: 5
              max_response_size_mb: 50.5
              allowed_routes: [openai_routes, /spend/logs]
              public_routes: [/health]
              admin_only_routes: [/key/generate]
              allowed_ips: [10.0.0.0/8, "::1"]
              use_x_forwarded_for: true
              enforce_user_param: true
              user_header_name: X-User
              reject_clientside_metadata_tags: true
              token_rate_limit_type: output
              forward_client_headers_to_llm_api: true
              alerting: [slack]
            sluice:
              kafka: {bootstrap_servers: "a:9092,b:9092", properties: {security.protocol: SSL}, partitions: 3}
              services: {spend_aggregator: "http://books:4001", batch_service: os.environ/BATCHES, credential: hush}
              accounts: {signing_key: hush}
              instance_id: one
              region: eu
              decisions: {sample_rate: 0.5, max_per_second: 10}
              region_distances: {eu: {us: 85}, us: {eu: 95}}
              journal: {max_bytes: 1073741824, fsync_interval_ms: 5, when_full: refuse, durability: kafka}
              http: {max_request_bytes: 1000, body_timeout: 5, header_timeout: 2.5, max_connections: 10}
              prices: {file: prices.json}
              pass_through: [{provider: openai, paths: [/v1/files/*], api_base: "https://o.example", api_key: hush}]
            guardrails: []
            """;

    private FullConfig() {}
}
