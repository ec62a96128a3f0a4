package dev.sluice.providers.usage;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.sluice.providers.openai.Endpoint;
import dev.sluice.providers.openai.FormBody;
import dev.sluice.providers.openai.JsonTrees;
import dev.sluice.schemas.events.Units;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/** What a request asks for besides tokens, as far as it shows: what is booked if no one says. */
public final class AskedUnits {

    /** Cohere counts a query for each begun hundred of documents. */
    private static final int DOCUMENTS_A_QUERY = 100;

    /** Pictures of one call: what no provider makes more of. */
    private static final long IMAGES_MAX = 1000;

    /** Spoken English has about fifteen characters a second. */
    private static final long CHARACTERS_A_SECOND = 15;

    private AskedUnits() {}

    /**
     * Reads a request that was read before.
     *
     * @param form what the body has as a form; null for JSON
     */
    public static Units of(Endpoint endpoint, byte[] body, int length, @Nullable FormBody form) {
        if (!endpoint.hasUnits()) {
            return Units.NONE;
        }
        if (form != null) {
            return Units.ofSound(SoundLength.millis(body, form.fileStart(), form.fileEnd()));
        }
        try (JsonParser json = JsonTrees.MAPPER.createParser(body, 0, length)) {
            return read(endpoint, json);
        } catch (IOException e) {
            // It was read as JSON before; what only one of two readers takes asks for one thing.
            return of(endpoint, 1, 0);
        }
    }

    private static Units read(Endpoint endpoint, JsonParser json) throws IOException {
        long count = 1;
        long characters = 0;
        json.nextToken();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (name.equals("documents") && value == JsonToken.START_ARRAY) {
                count = elements(json);
            } else if (name.equals("n") && value == JsonToken.VALUE_NUMBER_INT) {
                count = Math.clamp(json.getValueAsLong(1), 1, IMAGES_MAX);
            } else if (name.equals("input") && value == JsonToken.VALUE_STRING) {
                String text = json.getText();
                characters = text.codePointCount(0, text.length());
            } else {
                json.skipChildren();
            }
        }
        return of(endpoint, count, characters);
    }

    static long elements(JsonParser json) throws IOException {
        long count = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            json.skipChildren();
            count++;
        }
        return count;
    }

    private static Units of(Endpoint endpoint, long count, long characters) {
        return switch (endpoint) {
            case RERANK -> Units.ofQueries(Math.max(1, Math.ceilDiv(count, DOCUMENTS_A_QUERY)));
            case IMAGES -> Units.ofImages(count, 0);
            case SPEECH -> Units.ofSpeech(characters, characters * 1000 / CHARACTERS_A_SECOND);
            default -> Units.NONE;
        };
    }
}
