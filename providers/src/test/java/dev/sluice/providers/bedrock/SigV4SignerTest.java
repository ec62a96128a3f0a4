package dev.sluice.providers.bedrock;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.providers.bedrock.RequestSigner.NoCredentialsException;

import org.junit.jupiter.api.Test;

import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.AwsSessionCredentialsIdentity;

import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Requests are signed as AWS's description says, worked out here a second time. */
class SigV4SignerTest {

    private static final Clock CLOCK =
            Clock.fixed(Instant.parse("2026-08-19T14:34:17Z"), ZoneOffset.UTC);
    private static final byte[] BODY = "{\"messages\":[]}".getBytes(UTF_8);

    private static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(UTF_8));
    }

    private static String sha256(byte[] bytes) throws GeneralSecurityException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    private static Map<String, String> sign(URI url, AwsCredentialsIdentity keys)
            throws NoCredentialsException {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        new SigV4Signer("eu-central-1", () -> keys, CLOCK)
                .sign(url, BODY)
                .forEach(header -> headers.put(header.getKey(), header.getValue()));
        return headers;
    }

    @Test
    void theSignatureIsWhatTheDescriptionMakesIt()
            throws GeneralSecurityException, NoCredentialsException {
        URI url =
                URI.create(
                        "https://bedrock-runtime.eu-central-1.amazonaws.com"
                                + "/model/amazon.nova-lite-v1%3A0/converse");
        Map<String, String> headers = sign(url, AwsCredentialsIdentity.create("AKID", "SECRET"));
        String authorization = headers.getOrDefault("Authorization", "");
        String hash = sha256(BODY);
        assertThat(headers.get("X-Amz-Date")).isEqualTo("20260819T143417Z");
        assertThat(authorization).contains("SignedHeaders=host;");
        String canonicalHeaders = "host:" + url.getHost() + "\n";
        StringBuilder names = new StringBuilder("host");
        for (String name : new String[] {"x-amz-content-sha256", "x-amz-date"}) {
            if (headers.containsKey(name)) {
                canonicalHeaders += name + ":" + headers.get(name) + "\n";
                names.append(';').append(name);
            }
        }
        String canonical =
                "POST\n/model/amazon.nova-lite-v1%253A0/converse\n\n"
                        + canonicalHeaders
                        + "\n"
                        + names
                        + "\n"
                        + hash;
        String scope = "20260819/eu-central-1/bedrock/aws4_request";
        String toSign =
                "AWS4-HMAC-SHA256\n20260819T143417Z\n"
                        + scope
                        + "\n"
                        + sha256(canonical.getBytes(UTF_8));
        byte[] key = hmac("AWS4SECRET".getBytes(UTF_8), "20260819");
        key = hmac(hmac(hmac(key, "eu-central-1"), "bedrock"), "aws4_request");
        assertThat(authorization)
                .isEqualTo(
                        "AWS4-HMAC-SHA256 Credential=AKID/%s, SignedHeaders=%s, Signature=%s"
                                .formatted(
                                        scope, names, HexFormat.of().formatHex(hmac(key, toSign))));
    }

    @Test
    void aSessionsTokenGoesAlongAndIsSigned() throws NoCredentialsException {
        Map<String, String> headers =
                sign(
                        URI.create("http://localhost:8123/model/m/converse"),
                        AwsSessionCredentialsIdentity.create("AKID", "SECRET", "TOKEN"));
        assertThat(headers.get("X-Amz-Security-Token")).isEqualTo("TOKEN");
        assertThat(headers.get("Authorization")).contains("x-amz-security-token");
    }
}
