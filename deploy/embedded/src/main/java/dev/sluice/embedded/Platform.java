package dev.sluice.embedded;

import java.util.Locale;

/** The systems for which server binaries can be had. */
enum Platform {
    LINUX_AMD64("postgres-linux-x86_64.txz", "redis-server-6.2.6-v5-linux-amd64"),
    LINUX_ARM64("postgres-linux-arm_64.txz", "redis-server-6.2.7-linux-arm64"),
    MAC_AMD64("postgres-darwin-x86_64.txz", "redis-server-6.2.6-v5-darwin-amd64"),
    MAC_ARM64("postgres-darwin-arm_64.txz", "redis-server-6.2.6-v5-darwin-arm64");

    private final String postgresArchive;
    private final String redisBinary;

    Platform(String postgresArchive, String redisBinary) {
        this.postgresArchive = postgresArchive;
        this.redisBinary = redisBinary;
    }

    /**
     * The system that this JVM runs on.
     *
     * @throws StartFailedException if there are no binaries for it
     */
    static Platform current() {
        return of(System.getProperty("os.name"), System.getProperty("os.arch"));
    }

    static Platform of(String system, String architecture) {
        boolean arm = architecture.equals("aarch64") || architecture.equals("arm64");
        boolean intel = architecture.equals("amd64") || architecture.equals("x86_64");
        String family = system.toLowerCase(Locale.ROOT);
        if (family.startsWith("linux") && (arm || intel)) {
            return arm ? LINUX_ARM64 : LINUX_AMD64;
        }
        if (family.startsWith("mac") && (arm || intel)) {
            return arm ? MAC_ARM64 : MAC_AMD64;
        }
        throw new StartFailedException(
                "there are no PostgreSQL and Redis binaries for %s on %s: use servers of your own"
                        .formatted(system, architecture));
    }

    /** Resource name of the PostgreSQL archive in its jar. */
    String postgresArchive() {
        return postgresArchive;
    }

    /** Resource name of the Redis server in its jar. */
    String redisBinary() {
        return redisBinary;
    }
}
