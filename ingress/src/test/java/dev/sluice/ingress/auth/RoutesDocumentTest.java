package dev.sluice.ingress.auth;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Keeps {@code docs/routes.md} true; {@code -Dsluice.write-docs=true} writes it. */
class RoutesDocumentTest {

    private static final Path FILE = Path.of("..", "docs", "routes.md");

    @Test
    void saysWhoMayCallEachRoute() throws IOException {
        if (Boolean.getBoolean("sluice.write-docs")) {
            Files.writeString(FILE, document());
        }
        assertThat(FILE)
                .as("write it with -Dsluice.write-docs=true -Dtest=RoutesDocumentTest")
                .hasContent(document());
    }

    private static String document() {
        var text =
                new StringBuilder(
                        """
                        # Routes, and who may call them

                        Written by `RoutesDocumentTest` from `RouteTable`; a route that is not in that table cannot be served.
                        Which objects of a route a caller may see or change (his keys, his teams) is decided by the spend
                        aggregator in the transaction that reads or changes them. A key's `allowed_routes` and the settings
                        `allowed_routes`, `admin_only_routes` and `public_routes` only narrow this, but for `public_routes`,
                        which can open the lists of models.

                        | method | path | who | groups |
                        |---|---|---|---|
                        """);
        for (Route route : RouteTable.all()) {
            text.append(
                    "| %s | `%s` | %s | %s |%n"
                            .formatted(
                                    route.method(),
                                    route.path(),
                                    route.access().words(),
                                    String.join(
                                            ", ",
                                            route.groups().stream()
                                                    .map(Route.Group::word)
                                                    .sorted()
                                                    .toList())));
        }
        return text.toString();
    }
}
