package dev.sluice.standalone;

import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.Secret;
import dev.sluice.simulator.Simulator;
import dev.sluice.simulator.SimulatorSettings;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The whole house against a simulated provider, with a master key of its own. */
final class Demo implements AutoCloseable {

    private final Secret key;
    private final Simulator simulator;
    private final Standalone house;

    private Demo(Secret key, Simulator simulator, Standalone house) {
        this.key = key;
        this.simulator = simulator;
        this.house = house;
    }

    /**
     * Prepares a demo; the simulator listens already, nothing else does. Ports of 0 are free ones.
     */
    static Demo prepare(DataFolder data, Path binaries, int port, SimulatorSettings simulated)
            throws CannotStartException, InvalidConfigException {
        Secret key = data.secret("demo-master-key", "sk-");
        var simulator = new Simulator(simulated);
        ServiceParts.simulator(simulator, simulated).start();
        var settings =
                new StandaloneSettings(
                        DemoConfig.of(simulator.port()),
                        null,
                        ListenAddress.LOOPBACK,
                        port,
                        null,
                        binaries,
                        Environment.overlaid(Map.of(DemoConfig.KEY_VARIABLE, key.reveal())));
        return new Demo(key, simulator, new Standalone(data, settings));
    }

    void start() throws CannotStartException, InvalidConfigException, InterruptedException {
        house.start();
    }

    boolean awaitReady(Duration atMost) throws InterruptedException {
        return house.awaitReady(atMost);
    }

    List<String> notReady() {
        return house.notReady();
    }

    String url() {
        return house.url();
    }

    Secret key() {
        return key;
    }

    /** Where the provider is that knows what it billed. */
    String simulatorUrl() {
        return simulator.uri().toString();
    }

    /** What is printed once it is ready: four lines, the last one to be pasted. */
    List<String> welcome() {
        return List.of(
                "gateway " + house.url(),
                "key " + key.reveal(),
                "simulator http://%s:%d".formatted(ListenAddress.LOOPBACK, simulator.port()),
                ("curl -sS %s/v1/chat/completions -H 'Authorization: Bearer %s'"
                                + " -H 'Content-Type: application/json'"
                                + " -d '{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'")
                        .formatted(house.url(), key.reveal()));
    }

    /** The house goes first: its last calls still need their provider. */
    @Override
    public void close() {
        house.close();
        simulator.close();
    }
}
