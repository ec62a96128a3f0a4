package dev.sluice.schemas.config;

import java.util.Set;

/** The keys of LiteLLM's config that are understood, but not enforced yet. */
final class KnownKeys {

    static final Set<String> TOP_LEVEL =
            keys(
                    "environment_variables include callback_settings credential_list guardrails"
                            + " prompts mcp_servers search_tools vector_store_registry files_settings"
                            + " finetune_settings assistant_settings");

    static final Set<String> LITELLM_PARAMS =
            keys(
                    "api_version organization max_retries num_retries order max_parallel_requests"
                            + " cooldown_time tags tag_regex max_budget budget_duration drop_params"
                            + " additional_drop_params allowed_openai_params extra_headers"
                            + " extra_body mock_response mock_timeout cache max_file_size_mb"
                            + " configurable_clientside_auth_params litellm_credential_name"
                            + " use_in_pass_through cache_creation_input_token_cost");

    static final Set<String> MODEL_INFO =
            keys(
                    "mode access_groups team_id team_public_model_name supported_environments"
                            + " max_input_tokens max_output_tokens max_tokens health_check_model"
                            + " health_check_timeout health_check_max_tokens version"
                            + " disable_background_health_check");

    static final Set<String> ROUTER_SETTINGS =
            keys(
                    "routing_strategy_args max_fallbacks fallbacks context_window_fallbacks"
                            + " content_policy_fallbacks default_fallbacks allowed_fails"
                            + " cooldown_time disable_cooldowns retry_policy"
                            + " model_group_retry_policy allowed_fails_policy model_group_alias"
                            + " enable_pre_call_checks enable_tag_filtering"
                            + " tag_filtering_match_any default_max_parallel_requests"
                            + " default_priority polling_interval redis_host redis_port"
                            + " redis_password redis_db redis_url cache_responses cache_kwargs"
                            + " caching_groups client_ttl default_litellm_params"
                            + " provider_budget_config optional_pre_call_checks rpm_limit"
                            + " max_parallel_requests ignore_invalid_deployments");

    static final Set<String> GENERAL_SETTINGS =
            keys(
                    "database_connection_pool_limit database_connection_timeout"
                            + " proxy_batch_write_at connection_pool_size connection_pool_timeout"
                            + " drop_params max_parallel_requests global_max_parallel_requests"
                            + " max_request_size_mb max_response_size_mb alerting alert_types"
                            + " alerting_args alerting_threshold enforce_user_param"
                            + " enforced_params allowed_routes public_routes admin_only_routes"
                            + " allowed_ips use_x_forwarded_for enable_jwt_auth litellm_jwtauth"
                            + " custom_auth litellm_key_header_name key_management_system"
                            + " key_management_settings pass_through_endpoints"
                            + " forward_client_headers_to_llm_api store_model_in_db"
                            + " disable_spend_logs store_prompts_in_spend_logs"
                            + " background_health_checks health_check_interval"
                            + " always_include_stream_usage user_header_name completion_model"
                            + " embedding_model maximum_spend_logs_retention_period"
                            + " allow_requests_on_db_unavailable proxy_budget_rescheduler_min_time"
                            + " proxy_budget_rescheduler_max_time");

    static final Set<String> LITELLM_SETTINGS =
            keys(
                    "callbacks success_callback failure_callback service_callbacks drop_params"
                            + " modify_params max_budget budget_duration timezone fallbacks"
                            + " default_fallbacks context_window_fallbacks"
                            + " content_policy_fallbacks cache_kwargs max_tokens json_logs"
                            + " set_verbose turn_off_message_logging redact_user_api_key_info"
                            + " default_team_params default_internal_user_params"
                            + " default_key_generate_params upperbound_key_generate_params"
                            + " max_internal_user_budget internal_user_budget_duration"
                            + " max_end_user_budget require_auth_for_metrics_endpoint"
                            + " cost_discount_config cost_margin_config store_audit_logs"
                            + " force_ipv4 prometheus_metrics_config");

    static final Set<String> CACHE_PARAMS =
            keys(
                    "mode supported_call_types host port password username db url ssl"
                            + " ssl_cert_reqs ssl_check_hostname max_connections namespace"
                            + " redis_startup_nodes service_name sentinel_nodes sentinel_password"
                            + " default_in_memory_ttl default_in_redis_ttl redis_flush_size"
                            + " similarity_threshold redis_semantic_cache_embedding_model"
                            + " redis_semantic_cache_index_name");

    private KnownKeys() {}

    private static Set<String> keys(String names) {
        return Set.of(names.split(" "));
    }
}
