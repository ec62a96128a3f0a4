package dev.sluice.ingress.auth;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.sluice.ingress.accounts.KeyDirectory;
import dev.sluice.ingress.accounts.KeyDirectory.EndUser;
import dev.sluice.ingress.errors.ApiError;
import dev.sluice.providers.openai.CacheControls;
import dev.sluice.providers.openai.FormBody;
import dev.sluice.providers.openai.RequestPeek;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the body of a model call may say, by the operator's and the key's rules. */
public final class RequestRules {

    private static final Set<String> METADATA = Set.of("metadata", "litellm_metadata");
    private static final String TAGS = "tags";
    private static final ApiError END_USER_NOT_READY =
            AccessErrors.notReady("The gateway does not know all accounts of this user yet.");

    private final boolean refusesTags;
    private final boolean needsUser;
    private final EndUserNames endUserNames;
    private final KeyDirectory directory;
    private final JsonFactory json = new JsonFactory();

    /** Rules of the settings, and of the end users of a directory. */
    public RequestRules(AccessSettings settings, KeyDirectory directory) {
        this.refusesTags = settings.rejectClientsideMetadataTags();
        this.needsUser = settings.enforceUserParam();
        this.endUserNames = new EndUserNames(settings.userHeaderName());
        this.directory = directory;
    }

    /** Whom a call is for. */
    public EndUserNames.Named endUsers(HeaderSource headers, RequestPeek.Facts facts) {
        return endUserNames.of(headers, facts.user());
    }

    /** The regions that a call may not leave, by whom it is for; none for anywhere. */
    public List<String> regions(List<String> endUsers) {
        List<String> regions = List.of();
        for (String name : endUsers) {
            EndUser endUser = directory.endUser(name);
            String region = endUser == null ? null : endUser.customer().allowedModelRegion();
            if (region != null) {
                regions = regions.isEmpty() ? new ArrayList<>(1) : regions;
                regions.add(region);
            }
        }
        return regions;
    }

    /**
     * Why a call is refused, or null.
     *
     * @param endUsers whom it is for; none of them may be blocked
     * @param body valid JSON, or the form that {@code facts} tell of; its first {@code length}
     *     bytes are read where tags are forbidden
     * @param cacheControl the header {@code Cache-Control}
     * @param tagsInHeader whether a header names tags
     */
    public @Nullable ApiError refusal(
            Caller caller,
            RequestPeek.Facts facts,
            List<String> endUsers,
            byte[] body,
            int length,
            @Nullable String cacheControl,
            boolean tagsInHeader) {
        String user = facts.user();
        if (needsUser && (user == null || user.isBlank())) {
            return AccessErrors.USER_MISSING;
        }
        for (String name : endUsers) {
            EndUser endUser = directory.endUser(name);
            if (endUser != null && endUser.customer().blocked()) {
                return AccessErrors.BLOCKED_END_USER;
            }
            if (endUser != null && endUser.limits() == null) {
                return END_USER_NOT_READY;
            }
        }
        FormBody form = facts.form();
        if (refusesTags
                && (tagsInHeader || (form != null ? hasTags(form) : hasTags(body, length)))) {
            return AccessErrors.CLIENT_TAGS;
        }
        if (caller.accounts() == null) {
            return null;
        }
        List<String> allowed = caller.accounts().key().allowedCacheControls();
        if (!allowed.isEmpty()) {
            for (String control : controls(facts.cache(), cacheControl)) {
                if (!allowed.contains(control)) {
                    return AccessErrors.cacheControlDenied(control);
                }
            }
        }
        return null;
    }

    /** The controls that a call makes use of, in the words of the body field {@code cache}. */
    private static List<String> controls(CacheControls body, @Nullable String header) {
        List<String> controls = new ArrayList<>();
        String directives = header == null ? "" : header.toLowerCase(Locale.ROOT);
        add(controls, "no-cache", body.noCache() || directives.contains("no-cache"));
        add(controls, "no-store", body.noStore() || directives.contains("no-store"));
        add(controls, "ttl", body.ttlSeconds() >= 0);
        boolean hasAge = directives.contains("max-age") || directives.contains("s-maxage");
        add(controls, "s-maxage", body.maxAgeSeconds() >= 0 || hasAge);
        add(controls, "namespace", body.namespace() != null);
        add(controls, "use-cache", body.useCache() != null);
        return controls;
    }

    private static void add(List<String> controls, String control, boolean isUsed) {
        if (isUsed) {
            controls.add(control);
        }
    }

    /** A form's metadata is a text that only its reader understands: all of it is refused. */
    private static boolean hasTags(FormBody form) {
        return form.names().stream()
                .anyMatch(name ->
                        name.startsWith(TAGS) || METADATA.stream().anyMatch(name::startsWith));
    }

    /** Tags in any metadata, and at the top; however the names are escaped, however often. */
    private boolean hasTags(byte[] body, int length) {
        try (JsonParser parser = json.createParser(body, 0, length)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                JsonToken value = parser.nextToken();
                if (name.equals(TAGS) && value != JsonToken.VALUE_NULL) {
                    return true;
                }
                if (METADATA.contains(name)
                        && value == JsonToken.START_OBJECT
                        && objectHasTags(parser)) {
                    return true;
                }
                // Jackson stands at the end of an object that was read to it.
                parser.skipChildren();
            }
            return false;
        } catch (IOException e) {
            // It was read as JSON before: what only one of two readers takes is not let through.
            return true;
        }
    }

    private static boolean objectHasTags(JsonParser parser) throws IOException {
        boolean found = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonToken value = parser.nextToken();
            found |= name.equals(TAGS) && value != JsonToken.VALUE_NULL;
            parser.skipChildren();
        }
        return found;
    }
}
