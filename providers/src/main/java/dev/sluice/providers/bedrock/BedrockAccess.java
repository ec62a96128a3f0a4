package dev.sluice.providers.bedrock;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

import java.net.URI;
import java.net.URLEncoder;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * Where a model of Bedrock is, and with what it may be called.
 *
 * @param model Bedrock's id or ARN of the model
 * @param base without a slash at the end
 */
public record BedrockAccess(String model, String base, RequestSigner signer) {

    private static final String USUAL_REGION = "us-west-2";
    private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-\\d");

    /** Ways to credentials that are not built: better refused than passed over. */
    private static final List<String> NOT_BUILT =
            List.of(
                    "aws_role_name",
                    "aws_profile_name",
                    "aws_web_identity_token",
                    "aws_external_id");

    /**
     * Reads LiteLLM's keys: {@code aws_region_name}, {@code aws_access_key_id}, {@code
     * aws_secret_access_key}, {@code aws_session_token}, {@code aws_bedrock_runtime_endpoint}, and
     * the usual variables of AWS. A key of Bedrock's own goes as a bearer token.
     *
     * @throws IllegalArgumentException if they do not suffice; the message names the key
     */
    public static BedrockAccess of(
            String configured,
            @Nullable Secret apiKey,
            @Nullable String apiBase,
            Map<String, Object> extra,
            UnaryOperator<@Nullable String> environment) {
        String model = configured.startsWith("converse/") ? configured.substring(9) : configured;
        String region = text(extra, "aws_region_name");
        int slash = model.indexOf('/');
        if (slash > 0 && REGION.matcher(model.substring(0, slash)).matches()) {
            region = region == null ? model.substring(0, slash) : region;
            model = model.substring(slash + 1);
        }
        if (model.startsWith("invoke/")) {
            throw new IllegalArgumentException(
                    "model: Bedrock is spoken to by Converse, not by invoke");
        }
        region = region == null ? arnRegion(model) : region;
        for (String name : List.of("AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION")) {
            region = region == null ? environment.apply(name) : region;
        }
        region = region == null ? USUAL_REGION : region;
        if (!REGION.matcher(region).matches()) {
            throw new IllegalArgumentException("aws_region_name is no region of AWS");
        }
        String base = text(extra, "aws_bedrock_runtime_endpoint");
        base = base == null ? apiBase : base;
        base = base == null ? "https://bedrock-runtime." + region + ".amazonaws.com" : base;
        return new BedrockAccess(
                model,
                base.endsWith("/") ? base.substring(0, base.length() - 1) : base,
                signer(apiKey, region, extra, environment));
    }

    private static @Nullable String arnRegion(String model) {
        String[] parts = model.split(":", 5);
        return model.startsWith("arn:") && parts.length == 5 && !parts[3].isEmpty()
                ? parts[3]
                : null;
    }

    private static RequestSigner signer(
            @Nullable Secret apiKey,
            String region,
            Map<String, Object> extra,
            UnaryOperator<@Nullable String> environment) {
        for (String name : NOT_BUILT) {
            if (extra.containsKey(name)) {
                throw new IllegalArgumentException(name + " is not supported yet");
            }
        }
        String bearer =
                apiKey == null ? environment.apply("AWS_BEARER_TOKEN_BEDROCK") : apiKey.reveal();
        String id = text(extra, "aws_access_key_id");
        if (bearer != null && (apiKey != null || id == null)) {
            List<Map.Entry<String, String>> header =
                    List.of(Map.entry("Authorization", "Bearer " + bearer));
            return (_, _) -> header;
        }
        String secret = text(extra, "aws_secret_access_key");
        String session = text(extra, "aws_session_token");
        if (id == null && secret == null) {
            id = environment.apply("AWS_ACCESS_KEY_ID");
            secret = environment.apply("AWS_SECRET_ACCESS_KEY");
            session = environment.apply("AWS_SESSION_TOKEN");
        }
        if (id == null || secret == null) {
            throw new IllegalArgumentException(
                    "Bedrock needs aws_access_key_id and aws_secret_access_key, or an api_key");
        }
        AwsCredentialsIdentity keys =
                session == null
                        ? AwsCredentialsIdentity.create(id, secret)
                        : AwsSessionCredentialsIdentity.create(id, secret, session);
        return new SigV4Signer(region, () -> keys, Clock.systemUTC());
    }

    /** A setting: a text, or a secret one. */
    private static @Nullable String text(Map<String, Object> extra, String name) {
        Object value = extra.get(name);
        return switch (value) {
            case null -> null;
            case Secret secret -> secret.reveal();
            default -> value.toString();
        };
    }

    /** The URL of an operation of the model. */
    public URI url(String operation) {
        String encoded = URLEncoder.encode(model, UTF_8).replace("+", "%20");
        return URI.create(base + "/model/" + encoded + "/" + operation);
    }
}
