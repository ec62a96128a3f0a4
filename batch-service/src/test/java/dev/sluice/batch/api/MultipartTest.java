package dev.sluice.batch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

class MultipartTest {

    private static final String FORM =
            """
            --frontier\r
            Content-Disposition: form-data; name="purpose"\r
            \r
            batch\r
            --frontier\r
            Content-Disposition: form-data; name="file"; filename="a.jsonl"\r
            Content-Type: application/jsonl\r
            Content-Length: 3\r
            \r
            {"a": "\r
            --frontie"}\r
            --fronti\r\r
            \r
            --frontier \t\r
            content-disposition: form-data; name=empty; filename=""\r
            \r
            \r
            --frontier--\r
            epilogue\
            """;
    private static final List<String> PARTS =
            List.of(
                    "purpose|null|batch",
                    "file|a.jsonl|{\"a\": \"\r\n--frontie\"}\r\n--fronti\r\r\n",
                    "empty||");

    /** Gives its bytes in two reads. */
    private static InputStream cut(byte[] bytes, int at) {
        var first = new ByteArrayInputStream(bytes, 0, at);
        var second = new ByteArrayInputStream(bytes, at, bytes.length - at);
        return new InputStream() {
            @Override
            public int read() {
                int next = first.read();
                return next < 0 ? second.read() : next;
            }

            @Override
            public int read(byte[] into, int offset, int length) {
                int count = first.read(into, offset, length);
                return count < 0 ? second.read(into, offset, length) : count;
            }
        };
    }

    private static List<String> parts(InputStream in, int piece) throws IOException {
        var form = new Multipart(in, "frontier");
        List<String> parts = new ArrayList<>();
        var buffer = new byte[piece];
        for (var part = form.next(); part.isPresent(); part = form.next()) {
            var content = new ByteArrayOutputStream();
            for (int read = form.read(buffer); read >= 0; read = form.read(buffer)) {
                content.write(buffer, 0, read);
            }
            parts.add(
                    "%s|%s|%s"
                            .formatted(
                                    part.get().name(),
                                    part.get().filename(),
                                    content.toString(UTF_8)));
        }
        return parts;
    }

    @Test
    void readsAFormWhereverItsBytesAreCut() throws IOException {
        byte[] form = FORM.getBytes(UTF_8);
        for (int at = 0; at <= form.length; at++) {
            assertThat(parts(cut(form, at), 1 + at % 7)).as("cut at %d", at).isEqualTo(PARTS);
        }
    }

    @Test
    void readsAFormThatComesByteByByte() throws IOException {
        byte[] form = FORM.getBytes(UTF_8);
        InputStream slow =
                new InputStream() {
                    private int at;

                    @Override
                    public int read() {
                        return at == form.length ? -1 : form[at++];
                    }

                    @Override
                    public int read(byte[] into, int offset, int length) {
                        int next = read();
                        into[offset] = (byte) next;
                        return next < 0 ? -1 : 1;
                    }
                };

        assertThat(parts(slow, 16)).isEqualTo(PARTS);
    }

    @Test
    void refusesAFormThatBreaksOffAnywhere() {
        byte[] form = FORM.getBytes(UTF_8);
        int whole = FORM.indexOf("--frontier--") + "--frontier--".length();
        for (int length = 0; length < whole; length++) {
            byte[] broken = Arrays.copyOf(form, length);
            assertThatThrownBy(() -> parts(new ByteArrayInputStream(broken), 32))
                    .as("broken off after %d bytes", length)
                    .isInstanceOf(Refused.class)
                    .hasMessageContaining("multipart");
        }
    }

    @Test
    void skipsWhatIsNotReadOfAPart() throws IOException {
        String form =
                "--b\r\nContent-Disposition: form-data; name=\"big\"\r\n\r\n" + "x".repeat(200_000);
        form += "\r\n--b\r\nContent-Disposition: form-data; name=\"small\"\r\n\r\ny\r\n--b--";
        var multipart = new Multipart(new ByteArrayInputStream(form.getBytes(UTF_8)), "b");

        assertThat(multipart.next().orElseThrow().name()).isEqualTo("big");
        assertThat(multipart.next().orElseThrow().name()).isEqualTo("small");
        assertThat(multipart.next()).isEmpty();
        assertThat(multipart.next()).isEmpty();
    }

    @Test
    void readsNothingAheadOfTheFirstBoundary() throws IOException {
        assertThat(parts(new ByteArrayInputStream(("preamble\r\n" + FORM).getBytes(UTF_8)), 9))
                .isEqualTo(PARTS);
    }

    @Test
    void refusesHeadersWithoutEndAndPartsWithoutEnd() {
        String header = "--b\r\nContent-Disposition: form-data; name=\"" + "x".repeat(9_000);
        String parts =
                "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n".repeat(65) + "--b--";
        for (String bad :
                List.of(header, parts, "--b\r\nContent-Type: a/b\r\n\r\n\r\n--b--", "--bx")) {
            assertThatThrownBy(
                            () -> {
                                var form =
                                        new Multipart(
                                                new ByteArrayInputStream(bad.getBytes(UTF_8)), "b");
                                while (form.next().isPresent()) {
                                    // On to what is wrong.
                                }
                            })
                    .isInstanceOf(Refused.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "multipart/form-data; boundary=abc",
                "Multipart/Form-Data;charset=utf-8; Boundary=\"abc\"",
                "multipart/form-data; boundary=abc; charset=utf-8"
            })
    void findsTheBoundary(String contentType) {
        assertThat(Multipart.boundary(contentType)).contains("abc");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/json",
                "multipart/form-data",
                "multipart/mixed; boundary=abc",
                "multipart/form-data; boundary=",
                "multipart/form-data; boundary=\"\""
            })
    void findsNoBoundaryWhereThereIsNone(String contentType) {
        assertThat(Multipart.boundary(contentType)).isEmpty();
    }

    @Test
    void readsNamesAsClientsWriteThem() {
        assertThat(
                        HeaderParameters.of(
                                        "form-data; name=\"file\"; filename=\"a \\\"b\\\"; c.txt\"")
                                .get("filename"))
                .isEqualTo("a \"b\"; c.txt");
        assertThat(HeaderParameters.of("form-data; filename=\"C:\\data\\x.txt\"").get("filename"))
                .isEqualTo("C:\\data\\x.txt");
        assertThat(
                        HeaderParameters.of(
                                        "form-data; filename=\"_.txt\"; filename*=UTF-8''%C3%A4.txt")
                                .get("filename"))
                .isEqualTo("ä.txt");
        assertThat(HeaderParameters.of("form-data; x; name=file ; y").get("name"))
                .isEqualTo("file");
        assertThat(HeaderParameters.of("form-data; name=\"open").get("name")).isEqualTo("open");
    }
}
