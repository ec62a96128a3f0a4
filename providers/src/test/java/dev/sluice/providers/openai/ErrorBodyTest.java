package dev.sluice.providers.openai;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

class ErrorBodyTest {

    @Test
    void writesOpenAisForm() {
        var error = new ErrorBody("no \"such\" model\n", "invalid_request_error", null, "404");

        assertThat(new String(error.json(), UTF_8))
                .isEqualTo(
                        "{\"error\":{\"message\":\"no \\\"such\\\" model\\n\",\"type\":\"invalid_request_error\","
                                + "\"param\":null,\"code\":\"404\"}}");
    }

    @Test
    void escapesWhateverItIsGiven() throws Exception {
        String nasty = "\u0000\u0001\u001f\\\"</script>\u2028😀\r\n\t";
        var error = new ErrorBody(nasty, nasty, nasty, nasty);

        JsonNode tree = JsonTrees.MAPPER.readTree(error.json()).path("error");

        assertThat(tree.properties()).hasSize(4);
        assertThat(tree.properties()).allMatch(field -> field.getValue().textValue().equals(nasty));
    }

    @Test
    void fitsIntoOneEvent() throws Exception {
        byte[] event = new ErrorBody("cut\n\noff", "api_error", null, null).event();
        var reader = new SseReader(new java.io.ByteArrayInputStream(event)::read, 1_000);

        assertThat(reader.next()).isEqualTo(SseReader.Step.EVENT);
        assertThat(reader.event().isError()).isTrue();
        assertThat(reader.event().length()).isEqualTo(event.length);
        assertThat(reader.next()).isEqualTo(SseReader.Step.END);
    }
}
