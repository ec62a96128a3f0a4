package dev.sluice.schemas.config;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.Objects.requireNonNull;

import org.junit.jupiter.api.Test;

import java.nio.file.Files;
import java.nio.file.Path;

class ConfigReferenceTest {

    private static final Path PAGE =
            Path.of(requireNonNull(System.getProperty("sluice.root")), "docs", "config.md");

    @Test
    void isWhatTheRecordsSay() throws Exception {
        String page = ConfigReference.page();
        if ("write".equals(System.getProperty("sluice.docs"))) {
            Files.writeString(PAGE, page);
        }

        assertThat(PAGE)
                .as(
                        "docs/config.md is stale; write it by mvn -f schemas/pom.xml test"
                                + " -Dgates.skip -Dtest=ConfigReferenceTest -Dsluice.docs=write")
                .content()
                .isEqualTo(page);
    }
}
