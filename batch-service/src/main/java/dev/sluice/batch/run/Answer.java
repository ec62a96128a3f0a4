package dev.sluice.batch.run;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import dev.sluice.batch.jobs.Batch.BatchUsage;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** What an answer says of itself. */
final class Answer {

    private static final JsonFactory JSON = new JsonFactory();
    private static final int PICO = 12;

    private Answer() {}

    /** Whether it is one JSON value, as all answers of a gateway are. */
    static boolean isJson(byte[] body) {
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() == null) {
                return false;
            }
            json.skipChildren();
            return json.nextToken() == null;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * What it used: of the body's {@code usage}, in Responses' or in Chat's words.
     *
     * @param cost dollars as the gateway states them; null where it does not
     */
    static BatchUsage usage(byte[] body, @Nullable String cost) {
        long[] tokens = new long[4];
        try (JsonParser json = JSON.createParser(body)) {
            if (json.nextToken() == JsonToken.START_OBJECT) {
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    boolean isUsage = json.currentName().equals("usage");
                    if (json.nextToken() == JsonToken.START_OBJECT && isUsage) {
                        read(json, tokens);
                    } else {
                        json.skipChildren();
                    }
                }
            }
        } catch (IOException e) {
            // What is no JSON states nothing.
        }
        return new BatchUsage(pico(cost), tokens[0], tokens[1], tokens[2], tokens[3]);
    }

    private static void read(JsonParser json, long[] tokens) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            JsonToken value = json.nextToken();
            if (value == JsonToken.START_OBJECT) {
                read(json, tokens);
            } else if (value == JsonToken.VALUE_NUMBER_INT && json.getValueAsLong() > 0) {
                switch (name) {
                    case "prompt_tokens", "input_tokens" -> tokens[0] = json.getLongValue();
                    case "cached_tokens" -> tokens[1] = json.getLongValue();
                    case "completion_tokens", "output_tokens" -> tokens[2] = json.getLongValue();
                    case "reasoning_tokens" -> tokens[3] = json.getLongValue();
                    default -> {
                        // Others are not summed up.
                    }
                }
            } else {
                json.skipChildren();
            }
        }
    }

    private static long pico(@Nullable String cost) {
        if (cost == null) {
            return 0;
        }
        try {
            return new BigDecimal(cost)
                    .movePointRight(PICO)
                    .setScale(0, RoundingMode.HALF_UP)
                    .longValueExact();
        } catch (ArithmeticException | NumberFormatException e) {
            return 0;
        }
    }
}
