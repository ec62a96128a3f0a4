package dev.sluice.standalone;

import dev.sluice.schemas.config.ConfigReader;
import dev.sluice.schemas.config.GatewayConfig;
import dev.sluice.schemas.config.InvalidConfigException;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The sample config of the demo, whose deployments are all played by one simulator. */
final class DemoConfig {

    /** The variable that the sample takes its master key from. */
    static final String KEY_VARIABLE = "SLUICE_DEMO_KEY";

    /** The variable that the sample takes the simulator's address from. */
    static final String SIMULATOR = "${simulator}";

    private static final String RESOURCE = "demo.yaml";

    private DemoConfig() {}

    /** The sample with its deployments at the simulator on a port of this machine. */
    static GatewayConfig of(int simulatorPort) {
        String simulator = "http://%s:%d".formatted(ListenAddress.LOOPBACK, simulatorPort);
        try {
            return ConfigReader.parse(RESOURCE, text().replace(SIMULATOR, simulator));
        } catch (InvalidConfigException e) {
            throw new IllegalStateException("the sample config is wrong", e);
        }
    }

    private static String text() {
        try (InputStream resource = DemoConfig.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException("no resource " + RESOURCE);
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
