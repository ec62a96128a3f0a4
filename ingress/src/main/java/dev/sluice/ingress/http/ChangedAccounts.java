package dev.sluice.ingress.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URLDecoder;
import java.util.HashMap;
import java.util.Map;

/** Reads the header in which the aggregator names what a call changed. */
final class ChangedAccounts {

    private static final Logger LOGGER = LoggerFactory.getLogger(ChangedAccounts.class);

    private ChangedAccounts() {}

    /**
     * Versions by record key from {@code key=version,...}, the keys percent-encoded. What cannot be
     * read is left out: it only means that nobody waits for it.
     */
    static Map<String, Long> parse(String header) {
        Map<String, Long> versions = new HashMap<>();
        for (String entry : header.split(",", -1)) {
            int equals = entry.lastIndexOf('=');
            if (equals > 0) {
                read(entry.substring(0, equals), entry.substring(equals + 1), versions);
            }
        }
        return versions;
    }

    private static void read(String key, String version, Map<String, Long> versions) {
        try {
            versions.put(URLDecoder.decode(key.strip(), UTF_8), Long.parseLong(version.strip()));
        } catch (IllegalArgumentException e) {
            LOGGER.atDebug().log("a change that the aggregator names cannot be read");
        }
    }
}
