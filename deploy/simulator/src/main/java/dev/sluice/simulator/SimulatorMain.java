package dev.sluice.simulator;

import org.slf4j.LoggerFactory;

/** Runs a simulator alone: {@code [HOST [PORT [PROFILE]]]}, by default 127.0.0.1 and 4010. */
public final class SimulatorMain {

    private static final String HOST = "127.0.0.1";
    private static final int PORT = 4010;

    private SimulatorMain() {}

    static void main(String[] arguments) {
        String host = arguments.length > 0 ? arguments[0] : HOST;
        int port = arguments.length > 1 ? Integer.parseInt(arguments[1]) : PORT;
        SimulatorSettings settings = SimulatorSettings.defaults(host, port);
        Simulator simulator =
                new Simulator(arguments.length > 2 ? settings.withProfile(arguments[2]) : settings);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(simulator::close));
        simulator.start();
        LoggerFactory.getLogger(SimulatorMain.class)
                .atInfo()
                .addKeyValue("uri", simulator.uri())
                .log("simulator ready");
    }
}
