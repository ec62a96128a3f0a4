package dev.sluice.providers.bedrock;

import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Signs by AWS's Signature Version 4, with the AWS SDK's own signer. */
public final class SigV4Signer implements RequestSigner {

    private static final String SERVICE = "bedrock";

    private final String region;
    private final Credentials credentials;
    private final Clock clock;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

    /** Where the keys come from. */
    @FunctionalInterface
    public interface Credentials {

        /** The keys as of now. */
        AwsCredentialsIdentity get() throws NoCredentialsException;
    }

    /**
     * A signer.
     *
     * @param region such as {@code us-east-1}, which the signature names
     * @param clock AWS refuses signatures more than 5 minutes off
     */
    public SigV4Signer(String region, Credentials credentials, Clock clock) {
        this.region = region;
        this.credentials = credentials;
        this.clock = clock;
    }

    @Override
    public List<Map.Entry<String, String>> sign(URI url, byte[] body)
            throws NoCredentialsException {
        SdkHttpRequest request =
                SdkHttpRequest.builder().method(SdkHttpMethod.POST).uri(url).build();
        SignRequest<AwsCredentialsIdentity> toSign =
                SignRequest.builder(credentials.get())
                        .request(request)
                        .payload(() -> new ByteArrayInputStream(body))
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, SERVICE)
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                        .putProperty(HttpSigner.SIGNING_CLOCK, clock)
                        .build();
        List<Map.Entry<String, String>> headers = new ArrayList<>();
        signer.sign(toSign)
                .request()
                .forEachHeader((name, values) -> {
                    String lower = name.toLowerCase(Locale.ROOT);
                    if (lower.equals("authorization") || lower.startsWith("x-amz-")) {
                        headers.add(Map.entry(name, String.join(",", values)));
                    }
                });
        return List.copyOf(headers);
    }
}
