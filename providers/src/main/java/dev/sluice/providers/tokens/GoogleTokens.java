package dev.sluice.providers.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;

import dev.sluice.schemas.config.Secret;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Google's tokens: of the credentials that were named, else of those that the place has (an
 * environment variable, a login, a machine's own account).
 */
final class GoogleTokens implements TokenFetch {

    private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
    private static final int BYTES_MAX = 256 << 10;

    private final @Nullable Secret named;
    private final InstantSource clock;

    /**
     * Fetches nothing yet.
     *
     * @param named the JSON of credentials, or the path of a file of it, read anew for each token;
     *     null for the place's own
     */
    GoogleTokens(@Nullable Secret named, InstantSource clock) {
        this.named = named;
        this.clock = clock;
    }

    /**
     * Looks at what was named, without a network.
     *
     * @return its project, null if it names none
     * @throws IllegalArgumentException if it holds no credentials; the message holds nothing of it
     */
    @Nullable String project() {
        if (named == null) {
            return null;
        }
        try {
            return credentials(named.reveal()).getProjectId();
        } catch (IOException | RuntimeException e) {
            // Without the cause: its words may quote what was read.
            throw new IllegalArgumentException(
                    "vertex_credentials must be the JSON of credentials, or a file of it that can"
                            + " be read");
        }
    }

    @Override
    public Fetched fetch() throws IOException {
        GoogleCredentials credentials =
                named == null
                        ? GoogleCredentials.getApplicationDefault()
                        : credentials(named.reveal());
        AccessToken token = credentials.createScoped(SCOPE).refreshAccessToken();
        Instant end =
                token.getExpirationTime() == null
                        ? clock.instant()
                        : token.getExpirationTime().toInstant();
        return new Fetched(
                new Secret(token.getTokenValue()), Duration.between(clock.instant(), end));
    }

    private static GoogleCredentials credentials(String text) throws IOException {
        byte[] json = text.stripLeading().startsWith("{") ? text.getBytes(UTF_8) : file(text);
        return GoogleCredentials.fromStream(new ByteArrayInputStream(json));
    }

    private static byte[] file(String path) throws IOException {
        try (InputStream in = Files.newInputStream(Path.of(path))) {
            return in.readNBytes(BYTES_MAX);
        } catch (InvalidPathException e) {
            throw new IOException("not a path", e);
        }
    }
}
