package dev.sluice.providers.protocol;

/**
 * A provider's error as OpenAI would have said it.
 *
 * @param status as OpenAI's would be: 529 is 503, an HTTP 200 with an error inside what its type
 *     means
 * @param body {@code {"error":{"message","type","param","code"}}} with the provider's message
 * @param retryAfterSeconds what the provider asks for, rounded up; -1 where it does not
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record ProviderFailure(int status, byte[] body, long retryAfterSeconds) {

    /** An error as it is, with the time to wait that its headers ask for. */
    public static ProviderFailure of(int status, byte[] body, HeaderLookup header) {
        return new ProviderFailure(status, body, RetryAfter.seconds(header));
    }
}
