package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * {@code model_info}: what is known of a deployment, shown by {@code /model/info}.
 *
 * @param id the deployment's id; else derived from its names, base and key as they are written, so
 *     that it survives a rotated key and changed limits
 * @param mode what the model does: {@code chat}, {@code embedding}, {@code rerank} …; {@code
 *     responses}: its server has {@code /v1/responses} itself
 * @param baseModel the name that the price book knows the model by
 * @param accessGroups groups that keys and teams may be allowed as a whole
 * @param teamId only this team may call it
 * @param teamPublicModelName the name that the team calls it by
 * @param supportedEnvironments where it is used: {@code development}, {@code staging}, {@code
 *     production}
 * @param maxInputTokens longest prompt
 * @param maxOutputTokens longest answer
 * @param maxTokens longest answer, in LiteLLM's older word
 * @param supportsResponseSchema whether it takes a {@code response_format} with a schema; with
 *     {@code enable_pre_call_checks} such calls do not come to who says false
 * @param prices USD; taken where {@code litellm_params} has none
 * @param healthCheckModel the model that a health check calls
 * @param healthCheckTimeout how long a health check may take
 * @param healthCheckMaxTokens how much a health check may have answered
 * @param healthCheckVoice the voice for health checks of speech
 * @param disableBackgroundHealthCheck it is not checked in the background
 * @param version shown only
 * @param custom all other keys, shown by {@code /model/info} as they are
 */
public record ModelInfo(
        @Key(is = TextRule.NAME) @Nullable String id,
        @Key(
                        oneOf = {
                            "chat",
                            "completion",
                            "embedding",
                            "image_generation",
                            "audio_transcription",
                            "audio_speech",
                            "rerank",
                            "batch",
                            "realtime",
                            "responses",
                            "ocr",
                            "moderation",
                            "video_generation",
                            "image_edit",
                            "search",
                            "vector_store"
                        })
                @Nullable String mode,
        @Key(is = TextRule.NAME) @Nullable String baseModel,
        List<String> accessGroups,
        @Nullable String teamId,
        @Nullable String teamPublicModelName,
        List<String> supportedEnvironments,
        @Nullable Long maxInputTokens,
        @Nullable Long maxOutputTokens,
        @Nullable Long maxTokens,
        @Nullable Boolean supportsResponseSchema,
        @Key(inline = true) ModelPrices prices,
        @Nullable String healthCheckModel,
        @Nullable Duration healthCheckTimeout,
        @Nullable Long healthCheckMaxTokens,
        @Nullable String healthCheckVoice,
        @Nullable Boolean disableBackgroundHealthCheck,
        @Nullable String version,
        @Key(rest = true) Map<String, Object> custom) {}
