package dev.sluice.schemas;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.time.Instant;

/** The codec of every record that is not on the request path: Jackson binds it by its names. */
public final class JsonCodec<T> implements Codec<T> {

    private static final String VERSION = "v";
    private static final ObjectMapper MAPPER =
            JsonMapper.builder()
                    .addModule(instants())
                    .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                    .defaultPropertyInclusion(
                            JsonInclude.Value.construct(
                                    JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
                    .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
                    .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .build();

    private final Class<T> type;
    private final int version;

    /** A codec for {@code type}, whose newest schema version is {@code version}. */
    public JsonCodec(Class<T> type, int version) {
        this.type = type;
        this.version = version;
    }

    @Override
    public byte[] encode(T record) {
        try {
            ObjectNode tree = MAPPER.createObjectNode().put(VERSION, version);
            tree.setAll(MAPPER.<ObjectNode>valueToTree(record));
            return MAPPER.writeValueAsBytes(tree);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(type.getSimpleName() + " cannot be written", e);
        }
    }

    @Override
    public T decode(byte[] bytes) throws NewerVersionException, UnreadableRecordException {
        try {
            JsonNode tree = MAPPER.readTree(bytes);
            int found = tree.path(VERSION).asInt();
            if (found > version) {
                throw new NewerVersionException(type.getSimpleName(), found, version);
            }
            if (found < 1) {
                throw new UnreadableRecordException(type.getSimpleName() + " has no version", null);
            }
            return MAPPER.treeToValue(tree, type);
        } catch (IOException | IllegalArgumentException e) {
            throw new UnreadableRecordException(type.getSimpleName() + " is damaged", e);
        }
    }

    private static SimpleModule instants() {
        var module = new SimpleModule();
        module.addSerializer(
                Instant.class,
                new com.fasterxml.jackson.databind.ser.std.StdScalarSerializer<>(Instant.class) {
                    @Override
                    public void serialize(
                            Instant value,
                            com.fasterxml.jackson.core.JsonGenerator generator,
                            com.fasterxml.jackson.databind.SerializerProvider provider)
                            throws IOException {
                        generator.writeString(Rfc3339.format(value));
                    }
                });
        module.addDeserializer(
                Instant.class,
                new com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer<>(
                        Instant.class) {
                    @Override
                    public Instant deserialize(
                            com.fasterxml.jackson.core.JsonParser parser,
                            com.fasterxml.jackson.databind.DeserializationContext context)
                            throws IOException {
                        return Rfc3339.parse(parser.getText());
                    }
                });
        return module;
    }
}
