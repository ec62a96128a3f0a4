package dev.sluice.spend.codegen;

import dev.sluice.embedded.EmbeddedPostgres;
import dev.sluice.spend.migrations.SpendMigrations;

import org.jooq.codegen.GenerationTool;
import org.jooq.meta.jaxb.Configuration;
import org.jooq.meta.jaxb.Database;
import org.jooq.meta.jaxb.ForcedType;
import org.jooq.meta.jaxb.Generator;
import org.jooq.meta.jaxb.Jdbc;
import org.jooq.meta.jaxb.Logging;
import org.jooq.meta.jaxb.Target;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Starts a throw-away PostgreSQL, applies the migrations and writes the jOOQ classes of the result.
 *
 * <p>A stamp beside the classes holds the {@link Fingerprint} of their sources: while it fits,
 * nothing is done.
 */
public final class GenerateClasses {

    private static final String PACKAGE = "dev.sluice.spend.db";
    private static final String STAMP = ".fingerprint";
    private static final Map<String, String> THROW_AWAY =
            Map.of("fsync", "off", "synchronous_commit", "off");

    private GenerateClasses() {}

    /** Arguments: the folder for the classes, the folder where PostgreSQL is unpacked. */
    public static void main(String[] arguments) throws Exception {
        Path classes = Path.of(arguments[0]);
        Path binaries = Path.of(arguments[1]);
        Path stamp = classes.resolve(STAMP);
        String wanted = Fingerprint.current();
        if (Files.exists(stamp) && Files.readString(stamp).equals(wanted)) {
            return;
        }
        delete(classes);
        Files.createDirectories(classes);
        generate(classes, binaries);
        Files.writeString(stamp, wanted);
    }

    private static void generate(Path classes, Path binaries) throws Exception {
        // Not below the build folder: the server may run as a user who must not look in there.
        Path data = Files.createTempDirectory("sluice-codegen");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(data, binaries, 0, THROW_AWAY)) {
            SpendMigrations.apply(postgres.jdbcUrl(), postgres.user(), postgres.password());
            GenerationTool.generate(configuration(postgres, classes));
        } finally {
            delete(data);
        }
    }

    private static Configuration configuration(EmbeddedPostgres postgres, Path classes) {
        var instants =
                new ForcedType()
                        .withName("INSTANT")
                        .withIncludeTypes("(?i:timestamptz|timestamp with time zone)");
        Database database =
                new Database()
                        .withName("org.jooq.meta.postgres.PostgresDatabase")
                        .withInputSchema("public")
                        // The search path decides where the tables are.
                        .withOutputSchemaToDefault(true)
                        .withExcludes("spend_schema_history|spend_events_[0-9_]+")
                        .withForcedTypes(List.of(instants));
        Jdbc jdbc =
                new Jdbc()
                        .withUrl(postgres.jdbcUrl())
                        .withUser(postgres.user())
                        .withPassword(postgres.password());
        return new Configuration()
                .withLogging(Logging.WARN)
                .withJdbc(jdbc)
                .withGenerator(
                        new Generator()
                                .withDatabase(database)
                                .withTarget(
                                        new Target()
                                                .withPackageName(PACKAGE)
                                                .withDirectory(classes.toString())));
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> deepestFirst;
        try (Stream<Path> walk = Files.walk(folder)) {
            deepestFirst = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.delete(path);
        }
    }
}
