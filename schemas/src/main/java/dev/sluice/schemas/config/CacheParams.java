package dev.sluice.schemas.config;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code cache_params}: where answers are kept, and which.
 *
 * @param type where; {@code local} is in process
 * @param mode whether a request has to ask for the cache: {@code default_off} keeps only what asks
 * @param supportedCallTypes what is kept: call types or endpoints; null for all, empty for none
 * @param ttl how long an answer is kept
 * @param maxBytes bound of the cache in process
 * @param namespace prefix of every key
 * @param redis where Redis is
 * @param defaultInMemoryTtl how long the copy in process is kept
 * @param defaultInRedisTtl how long the copy in Redis is kept
 * @param redisFlushSize answers written at once
 * @param semantic answers to similar questions
 * @param storage object stores and disks
 */
public record CacheParams(
        @Key(
                        oneOf = {
                            "local",
                            "redis",
                            "redis-semantic",
                            "qdrant-semantic",
                            "s3",
                            "gcs",
                            "azure-blob",
                            "disk"
                        },
                        standard = "local")
                String type,
        @Key(standard = "default_on") Mode mode,
        @Key(is = TextRule.CALL_TYPE) @Nullable List<String> supportedCallTypes,
        @Key(standard = "600") Duration ttl,
        @Key(standard = "67108864") long maxBytes,
        @Nullable String namespace,
        @Key(inline = true) CacheRedis redis,
        @Nullable Duration defaultInMemoryTtl,
        @Nullable Duration defaultInRedisTtl,
        @Key(min = "1", max = "100000") @Nullable Integer redisFlushSize,
        @Key(inline = true) CacheSemantics semantic,
        @Key(inline = true) CacheStorage storage) {

    /** Everything at its standard. */
    public static final CacheParams DEFAULTS = RecordBinder.standard(CacheParams.class);

    /** Whether a request has to ask for the cache. */
    public enum Mode {
        DEFAULT_ON,
        DEFAULT_OFF
    }

    /** Whether Redis keeps the answers. */
    public boolean isRedis() {
        return type.startsWith("redis");
    }

    /**
     * What is kept, each in one word whatever the file wrote: {@code completion}, {@code
     * text_completion}, {@code embedding}, {@code transcription}, {@code rerank}, {@code
     * responses}; null for all.
     */
    public @Nullable Set<String> callTypes() {
        if (supportedCallTypes == null) {
            return null;
        }
        Set<String> types = new LinkedHashSet<>();
        for (String written : supportedCallTypes) {
            String canonical = CallTypes.canonical(written);
            if (canonical != null) {
                types.add(canonical);
            }
        }
        return types;
    }

    /**
     * Where the cache's Redis is.
     *
     * @param host name or address
     * @param port TCP port
     * @param password of the user
     * @param username of Redis' ACL; none for the default user
     * @param db number of the database
     * @param url all of it in one: {@code redis://user:password@host:port/db}
     * @param ssl TLS
     * @param sslCertReqs whether the server's certificate is checked
     * @param sslCheckHostname whether the certificate must name the host
     * @param maxConnections bound of the pool
     * @param redisStartupNodes servers of a cluster
     * @param serviceName the master's name at the Sentinels
     * @param sentinelNodes the Sentinels
     * @param sentinelPassword what the Sentinels are shown
     * @param gcpServiceAccount service account for IAM authentication
     * @param gcpSslCaCerts file of certificates for it
     */
    public record CacheRedis(
            @Key(is = TextRule.HOST) @Nullable Setting host,
            @Key(is = TextRule.PORT) @Nullable Setting port,
            @Nullable Setting password,
            @Nullable Setting username,
            @Key(max = "1000000") @Nullable Integer db,
            @Key(also = "redis_url", is = TextRule.REDIS_URL) @Nullable Setting url,
            @Nullable Boolean ssl,
            @Nullable Object sslCertReqs,
            @Nullable Boolean sslCheckHostname,
            @Key(min = "1", max = "100000") @Nullable Integer maxConnections,
            List<RedisNode> redisStartupNodes,
            @Key(is = TextRule.NAME) @Nullable String serviceName,
            List<RedisNode> sentinelNodes,
            @Nullable Setting sentinelPassword,
            @Nullable Setting gcpServiceAccount,
            @Nullable Setting gcpSslCaCerts) {}

    /**
     * Answers to similar questions.
     *
     * @param similarityThreshold how similar, from 0 to 1
     * @param redisSemanticCacheEmbeddingModel the model that makes vectors for Redis
     * @param redisSemanticCacheIndexName index in Redis
     * @param qdrantApiBase URL of Qdrant
     * @param qdrantApiKey what Qdrant is shown
     * @param qdrantCollectionName collection in Qdrant
     * @param qdrantQuantizationConfig how vectors are made smaller
     * @param qdrantSemanticCacheEmbeddingModel the model that makes vectors for Qdrant
     * @param qdrantSemanticCacheVectorSize numbers of a vector
     */
    public record CacheSemantics(
            @Key(max = "1") @Nullable BigDecimal similarityThreshold,
            @Key(standard = "text-embedding-ada-002") String redisSemanticCacheEmbeddingModel,
            @Key(standard = "litellm_semantic_cache_index") String redisSemanticCacheIndexName,
            @Key(is = TextRule.HTTP_URL) @Nullable Setting qdrantApiBase,
            @Nullable Setting qdrantApiKey,
            @Nullable String qdrantCollectionName,
            @Key(oneOf = {"binary", "scalar", "product"}) @Nullable String qdrantQuantizationConfig,
            @Key(standard = "text-embedding-ada-002") String qdrantSemanticCacheEmbeddingModel,
            @Key(min = "1", max = "100000", standard = "1536") int qdrantSemanticCacheVectorSize) {}

    /**
     * Object stores and disks.
     *
     * @param s3BucketName bucket
     * @param s3RegionName region of the bucket
     * @param s3EndpointUrl another endpoint than Amazon's
     * @param s3Path folder in the bucket
     * @param s3UseSsl TLS
     * @param s3Verify whether the certificate is checked
     * @param s3AwsAccessKeyId user
     * @param s3AwsSecretAccessKey secret of the user
     * @param s3AwsSessionToken session of the user
     * @param gcsBucketName bucket
     * @param gcsPathServiceAccount file of the service account
     * @param gcsPath folder in the bucket
     * @param azureAccountUrl account
     * @param azureBlobContainer container
     * @param diskCacheDir folder
     * @param s3Config further settings of the S3 client
     */
    public record CacheStorage(
            @Key(name = "s3_bucket_name") @Nullable Setting s3BucketName,
            @Key(name = "s3_region_name") @Nullable Setting s3RegionName,
            @Key(name = "s3_endpoint_url", is = TextRule.HTTP_URL) @Nullable Setting s3EndpointUrl,
            @Key(name = "s3_path") @Nullable Setting s3Path,
            @Key(name = "s3_use_ssl") @Nullable Boolean s3UseSsl,
            @Key(name = "s3_verify") @Nullable Boolean s3Verify,
            @Key(name = "s3_aws_access_key_id") @Nullable Setting s3AwsAccessKeyId,
            @Key(name = "s3_aws_secret_access_key") @Nullable Setting s3AwsSecretAccessKey,
            @Key(name = "s3_aws_session_token") @Nullable Setting s3AwsSessionToken,
            @Nullable Setting gcsBucketName,
            @Nullable Setting gcsPathServiceAccount,
            @Nullable Setting gcsPath,
            @Key(is = TextRule.HTTP_URL) @Nullable Setting azureAccountUrl,
            @Nullable Setting azureBlobContainer,
            @Nullable Setting diskCacheDir,
            @Key(name = "s3_config") Map<String, Object> s3Config) {}
}
