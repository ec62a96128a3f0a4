package dev.sluice.semantics.encoding;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import org.jspecify.annotations.Nullable;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

/**
 * The pieces of words that the model knows, by number. Numbers of whole words rise as the words get
 * rarer.
 */
public final class Vocabulary {

    private static final String RESOURCE = "/all-minilm-l6-v2-q-tokenizer.json";

    private final Map<String, Integer> pieces;
    private final int unknown;
    private final int first;
    private final int last;

    private Vocabulary(Map<String, Integer> pieces) throws IOException {
        this.pieces = pieces;
        this.unknown = special("[UNK]");
        this.first = special("[CLS]");
        this.last = special("[SEP]");
    }

    /**
     * The vocabulary of the model in the jar.
     *
     * @throws IOException if it is not on the class path or cannot be read
     */
    public static Vocabulary bundled() throws IOException {
        try (InputStream tokenizer = Vocabulary.class.getResourceAsStream(RESOURCE)) {
            if (tokenizer == null) {
                throw new FileNotFoundException(RESOURCE + " is not on the class path");
            }
            return read(tokenizer);
        }
    }

    private static Vocabulary read(InputStream tokenizer) throws IOException {
        try (JsonParser json = new JsonFactory().createParser(tokenizer)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token == JsonToken.FIELD_NAME && json.currentName().equals("vocab")) {
                    return new Vocabulary(pieces(json));
                }
            }
        }
        throw new IOException("the tokenizer has no vocabulary");
    }

    private static Map<String, Integer> pieces(JsonParser json) throws IOException {
        Map<String, Integer> pieces = HashMap.newHashMap(32_000);
        if (json.nextToken() != JsonToken.START_OBJECT) {
            throw new IOException("the vocabulary is not an object");
        }
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String piece = json.currentName();
            pieces.put(piece, json.nextIntValue(-1));
        }
        return pieces;
    }

    private int special(String piece) throws IOException {
        Integer number = pieces.get(piece);
        if (number == null) {
            throw new IOException("the vocabulary has no " + piece);
        }
        return number;
    }

    /** The number of a piece; a piece that goes on with a word begins with {@code ##}. */
    @Nullable Integer number(String piece) {
        return pieces.get(piece);
    }

    /** How rare a word is: its place among the words by frequency, or the most if it is none. */
    public int rank(String word) {
        Integer number = pieces.get(word);
        return number == null ? Integer.MAX_VALUE : number;
    }

    int unknown() {
        return unknown;
    }

    int first() {
        return first;
    }

    int last() {
        return last;
    }
}
