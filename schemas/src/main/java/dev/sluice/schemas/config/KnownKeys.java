package dev.sluice.schemas.config;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Set;

/**
 * Which keys take effect today. A key of a record that is not in force, and a key that has no place
 * in a record, are understood but not enforced yet, and told so at start.
 */
final class KnownKeys {

    private static final String CACHE_PARAMS = "litellm_settings.cache_params";
    private static final String LENT_CACHE_PARAMS = "general_settings.cache_params";

    private static final String RETRY_POLICY =
            "BadRequestErrorRetries AuthenticationErrorRetries TimeoutErrorRetries"
                    + " RateLimitErrorRetries ContentPolicyViolationErrorRetries"
                    + " InternalServerErrorRetries";

    private static final String ALLOWED_FAILS =
            "AuthenticationErrorAllowedFails TimeoutErrorAllowedFails RateLimitErrorAllowedFails"
                    + " InternalServerErrorAllowedFails";

    private static final String PRICES =
            "input_cost_per_token output_cost_per_token cache_read_input_token_cost"
                    + " cache_creation_input_token_cost"
                    + " cache_creation_input_token_cost_above_1hr output_cost_per_reasoning_token"
                    + " input_cost_per_audio_token output_cost_per_audio_token"
                    + " input_cost_per_image_token"
                    + " input_cost_per_second output_cost_per_second input_cost_per_image"
                    + " output_cost_per_image input_cost_per_character input_cost_per_query";

    /**
     * The mapping's path → its keys that take effect. Add a key here when it begins to, in each
     * block that it may stand in (fallbacks: {@code router_settings} and {@code litellm_settings}),
     * and write docs/config.md anew.
     */
    static final Map<String, Set<String>> IN_FORCE =
            Map.ofEntries(
                    in(
                            "",
                            "model_list litellm_settings general_settings router_settings sluice"
                                    + " include environment_variables credential_list"),
                    in("model_list[]", "model_name litellm_params model_info"),
                    in(
                            "model_list[].litellm_params",
                            "model custom_llm_provider api_key api_base timeout stream_timeout"
                                    + " weight rpm tpm region_name litellm_credential_name"
                                    + " api_version organization drop_params"
                                    + " additional_drop_params allowed_openai_params"
                                    + " extra_headers extra_body max_file_size_mb"
                                    + " cooldown_time order tags max_parallel_requests cache "
                                    + PRICES),
                    in(
                            "model_list[].model_info",
                            "id mode base_model access_groups max_input_tokens"
                                    + " supports_response_schema "
                                    + PRICES),
                    in("credential_list[]", "credential_name credential_values credential_info"),
                    in(
                            "router_settings",
                            "routing_strategy routing_strategy_args num_retries retry_after"
                                    + " timeout stream_timeout"
                                    + " latency_threshold model_group_alias fallbacks"
                                    + " default_fallbacks context_window_fallbacks"
                                    + " content_policy_fallbacks max_fallbacks retry_policy"
                                    + " model_group_retry_policy"
                                    + " allowed_fails allowed_fails_policy cooldown_time"
                                    + " disable_cooldowns enable_tag_filtering"
                                    + " tag_filtering_match_any enable_pre_call_checks"
                                    + " default_max_parallel_requests rpm_limit"
                                    + " max_parallel_requests redis_host redis_port"
                                    + " redis_password redis_username redis_url redis_db redis_ssl"),
                    in("router_settings.retry_policy", RETRY_POLICY),
                    in("router_settings.model_group_retry_policy", RETRY_POLICY),
                    in("router_settings.allowed_fails_policy", ALLOWED_FAILS),
                    in(
                            "litellm_settings",
                            "cache cache_params cache_kwargs drop_params num_retries"
                                    + " request_timeout"
                                    + " fallbacks default_fallbacks context_window_fallbacks"
                                    + " content_policy_fallbacks"
                                    + " max_budget"
                                    + " budget_duration timezone max_tokens"
                                    + " default_key_generate_params"
                                    + " upperbound_key_generate_params"
                                    + " default_internal_user_params default_team_params"
                                    + " max_internal_user_budget internal_user_budget_duration"
                                    + " max_end_user_budget max_end_user_budget_id"
                                    + " require_auth_for_metrics_endpoint"),
                    in(
                            "general_settings",
                            "cache cache_params master_key database_url"
                                    + " database_connection_pool_limit database_connection_timeout"
                                    + " connection_pool_size connection_pool_timeout"
                                    + " litellm_key_header_name max_parallel_requests"
                                    + " global_max_parallel_requests max_request_size_mb"
                                    + " allowed_routes public_routes admin_only_routes"
                                    + " use_x_forwarded_for enforce_user_param"
                                    + " user_header_name allowed_ips"
                                    + " reject_clientside_metadata_tags token_rate_limit_type"),
                    in(
                            "router_settings.routing_strategy_args",
                            "lowest_latency_buffer price_weight"),
                    in(
                            CACHE_PARAMS,
                            "type ttl max_bytes mode supported_call_types namespace host port"
                                    + " password username db url similarity_threshold ssl ssl_cert_reqs ssl_check_hostname"
                                    + " max_connections redis_startup_nodes service_name"
                                    + " sentinel_nodes sentinel_password default_in_memory_ttl"
                                    + " default_in_redis_ttl redis_flush_size redis_url"),
                    in(CACHE_PARAMS + ".redis_startup_nodes[]", "host port"),
                    in(CACHE_PARAMS + ".sentinel_nodes[]", "host port"),
                    in("model_list[].litellm_params.cache", "ttl s_max_age"),
                    in("litellm_settings.cache_kwargs", "semantic_similarity similarity_threshold"),
                    in("sluice.cache", "share coalesce"),
                    in(
                            "sluice",
                            "kafka services accounts instance_id region region_distances"
                                    + " decisions journal http prices hedging pass_through queue"
                                    + " cache"),
                    in("sluice.hedging", "enabled max_share min_delay"),
                    in(
                            "sluice.queue",
                            "max_waiting max_waiting_bytes timeout adaptive_concurrency"),
                    in("sluice.pass_through[]", "provider paths api_base api_key"),
                    in("sluice.accounts", "signing_key"),
                    in("sluice.prices", "file"),
                    in("sluice.decisions", "sample_rate max_per_second"),
                    in("sluice.kafka", "bootstrap_servers properties partitions"),
                    in("sluice.services", "spend_aggregator batch_service credential"),
                    in(
                            "sluice.journal",
                            "max_bytes segment_bytes fsync_interval_ms when_full durability"),
                    in(
                            "sluice.http",
                            "max_request_bytes max_bytes_in_flight body_timeout max_connections"
                                    + " header_timeout"));

    /** Caches that are built; the others keep in process. */
    static final Set<String> CACHES = Set.of("local", "redis", "redis-semantic");

    /** Keys of LiteLLM that no record has a place for. */
    private static final Map<String, Set<String>> WITHOUT_A_RECORD =
            Map.ofEntries(
                    in(
                            "",
                            "callback_settings guardrails prompts mcp_servers search_tools"
                                    + " vector_store_registry files_settings finetune_settings"
                                    + " assistant_settings"),
                    in(
                            "general_settings",
                            "proxy_batch_write_at proxy_batch_polling_interval"
                                    + " proxy_budget_rescheduler_min_time"
                                    + " proxy_budget_rescheduler_max_time user_api_key_cache_ttl"
                                    + " disable_spend_logs disable_spend_updates"
                                    + " disable_error_logs store_prompts_in_spend_logs"
                                    + " maximum_spend_logs_retention_period"
                                    + " maximum_spend_logs_retention_interval"
                                    + " use_redis_transaction_buffer"
                                    + " allow_requests_on_db_unavailable store_model_in_db"
                                    + " supported_db_objects background_health_checks"
                                    + " health_check_interval health_check_details"
                                    + " health_check_concurrency use_shared_health_check alerting"
                                    + " alert_types alerting_args alerting_threshold"
                                    + " spend_report_frequency enable_jwt_auth litellm_jwtauth"
                                    + " enable_oauth2_auth enable_oauth2_proxy_auth"
                                    + " oauth2_config_mappings custom_auth custom_key_generate"
                                    + " custom_sso custom_key_update key_management_system"
                                    + " key_management_settings pass_through_endpoints"
                                    + " user_header_mappings always_include_stream_usage"
                                    + " completion_model embedding_model moderation_model"
                                    + " image_generation_model infer_model_from_keys"
                                    + " ui_access_mode default_team_disabled"
                                    + " service_account_settings fail_closed_budget_enforcement"
                                    + " disable_budget_reservation use_spend_logs_partitioning"
                                    + " invalid_virtual_key_cache_ttl coordination_redis"
                                    + " control_plane_url"),
                    in("litellm_settings", "network_mock"));

    private KnownKeys() {}

    /** What becomes of a key that is not known. */
    enum Fate {
        IGNORED,
        KEPT_FOR_PROVIDER,
        SHOWN
    }

    static boolean isInForce(String path, String key) {
        if (isPreset(path, key)) {
            return true;
        }
        String own =
                path.startsWith(LENT_CACHE_PARAMS)
                        ? CACHE_PARAMS + path.substring(LENT_CACHE_PARAMS.length())
                        : path;
        return IN_FORCE.getOrDefault(own, Set.of()).contains(key);
    }

    static boolean isUnderstood(String path, String key) {
        return understood(path).contains(key)
                || isPreset(path, key)
                || (path.equals("model_list[].litellm_params") && isOfOneProvider(key));
    }

    private static boolean isPreset(String path, String key) {
        return path.equals("model_list[].litellm_params") && PresetParameters.NAMES.contains(key);
    }

    static Set<String> understood(String path) {
        return WITHOUT_A_RECORD.getOrDefault(path, Set.of());
    }

    private static boolean isOfOneProvider(String key) {
        return key.matches("(vertex|aws|watsonx|s3|gcs|auto_router|azure)_.*")
                || key.matches("(input|output|cache)_.*(cost|cost_per)_.*");
    }

    static Fate fateOfUnknown(String path) {
        return switch (path) {
            case "model_list[].litellm_params" -> Fate.KEPT_FOR_PROVIDER;
            case "model_list[].model_info" -> Fate.SHOWN;
            default -> Fate.IGNORED;
        };
    }

    private static Map.Entry<String, Set<String>> in(String path, String keys) {
        return entry(path, Set.of(keys.split(" ")));
    }
}
