package dev.sluice.simulator;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** The scenarios in force. Where several fit a call, the one that was set last decides alone. */
final class Scenarios {

    private static final int SCENARIOS_MAX = 1_000;

    private final Profiles profiles;
    private final CopyOnWriteArrayList<Scenario> newestFirst = new CopyOnWriteArrayList<>();

    Scenarios(Profiles profiles) {
        this.profiles = profiles;
    }

    Treatment next(Caller caller, String model) {
        LatencyProfile usual = profiles.of(model);
        for (Scenario scenario : newestFirst) {
            if (scenario.fits(caller, model)) {
                return scenario.next(usual);
            }
        }
        return Treatment.usual(usual);
    }

    /** Puts a scenario in force; false if there are too many already. */
    synchronized boolean add(Scenario scenario) {
        if (newestFirst.size() >= SCENARIOS_MAX) {
            return false;
        }
        newestFirst.addFirst(scenario);
        return true;
    }

    /** Takes all back; calls that one of them holds are let go. */
    synchronized void clear() {
        newestFirst.forEach(Scenario::revoke);
        newestFirst.clear();
    }

    /** In the order in which they were set. */
    List<ScenarioForm> forms() {
        return newestFirst.stream().map(Scenario::form).toList().reversed();
    }
}
