package dev.sluice.standalone.lab;

import dev.sluice.standalone.lab.Attempt.Failure;
import dev.sluice.standalone.lab.Scenario.Deployment;
import dev.sluice.standalone.lab.Scenario.Fault;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Some servers before one queue. A server is busy with a call from the beginning of its prompt to
 * the end of its answer. How long that takes is decided when it begins.
 */
final class SimulatedDeployment {

    private static final int TOKENS_A_BLOCK = 512;

    /** What a cached token of the prompt takes, and costs, of what another does. */
    private static final double CACHED_SHARE = 0.1;

    private static final long REFUSAL_MICROS = 30_000;

    private final Simulation simulation;
    private final Deployment model;
    private final List<Fault> faults;
    private final SplittableRandom random;
    private final Deque<Attempt> queue = new ArrayDeque<>();
    private final Map<Integer, Boolean> cache;
    private int busy;
    private double allowance;
    private long allowanceAt;
    private double spentDollars;

    SimulatedDeployment(Simulation simulation, Deployment model, List<Fault> faults, long seed) {
        this.simulation = simulation;
        this.model = model;
        this.faults = faults;
        this.random = new SplittableRandom(seed);
        this.allowance = burst();
        this.cache =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
                        return size() > model.cachedBlocks();
                    }
                };
    }

    /** What was charged for the calls that it served. */
    double spentDollars() {
        return spentDollars;
    }

    /** A call arrives. */
    void offer(Attempt attempt) {
        if (attempt.isOver || is(Effect.BLACK_HOLE)) {
            return;
        }
        if (random.nextDouble() < strongest(Effect.ERRORS)) {
            refuse(attempt, new Failure(500, -1));
        } else if (!allows(attempt.call.arrival)) {
            double missing = tokens(attempt.call.arrival) - allowance;
            long seconds = (long) Math.ceil(missing / (model.tokensAMinute() / 60));
            refuse(attempt, new Failure(429, Math.clamp(seconds, 1, 60)));
        } else if (busy < model.servers()) {
            serve(attempt);
        } else {
            queue.add(attempt);
        }
    }

    /** The gateway gave up waiting. */
    void cancel(Attempt attempt) {
        attempt.isOver = true;
        if (attempt.isServed) {
            release(attempt);
        } else {
            queue.remove(attempt);
        }
    }

    private void refuse(Attempt attempt, Failure failure) {
        simulation.after(
                REFUSAL_MICROS,
                () -> {
                    if (!attempt.isOver) {
                        attempt.isOver = true;
                        attempt.listener.failed(attempt, failure);
                    }
                });
    }

    private void serve(Attempt attempt) {
        busy++;
        attempt.isServed = true;
        Arrival call = attempt.call.arrival;
        int cached = Math.min(call.promptTokens(), TOKENS_A_BLOCK * remember(call.blocks()));
        double read = call.promptTokens() - cached + cached * CACHED_SHARE;
        double slower = Math.max(1, strongest(Effect.SLOWER));
        double firstToken =
                (model.firstTokenMillis() + model.prefillMillis() * read / 1000)
                                * Scenario.MICROS_A_MILLI
                                * call.luck()
                                * slower
                        + warmingMicros();
        double tokens =
                (call.outputTokens() - 1)
                        * model.tokenMillis()
                        * Scenario.MICROS_A_MILLI
                        * call.decodeLuck()
                        * slower;
        simulation.after(
                (long) firstToken,
                () -> {
                    if (!attempt.isOver) {
                        attempt.hasAnswered = true;
                        attempt.listener.answered(attempt);
                        simulation.after((long) tokens, () -> end(attempt, read));
                    }
                });
    }

    private void end(Attempt attempt, double read) {
        attempt.isOver = true;
        Arrival call = attempt.call.arrival;
        spentDollars +=
                (read * model.inputPrice() + call.outputTokens() * model.outputPrice()) / 1e6;
        release(attempt);
        attempt.listener.ended(attempt);
    }

    private void release(Attempt attempt) {
        attempt.isServed = false;
        busy--;
        Attempt next = queue.poll();
        if (next != null) {
            serve(next);
        }
    }

    /** How many blocks from the first on were known; now all are. */
    private int remember(int[] blocks) {
        if (model.cachedBlocks() == 0) {
            return 0;
        }
        int known = 0;
        while (known < blocks.length && cache.containsKey(blocks[known])) {
            known++;
        }
        for (int block : blocks) {
            cache.put(block, true);
        }
        return known;
    }

    private boolean allows(Arrival call) {
        if (model.tokensAMinute() == 0) {
            return true;
        }
        double seconds = (simulation.now() - allowanceAt) / Scenario.MICROS_A_SECOND;
        allowance = Math.min(burst(), allowance + seconds * model.tokensAMinute() / 60);
        allowanceAt = simulation.now();
        // A call larger than the burst must get through some time.
        if (allowance >= Math.min(tokens(call), burst())) {
            allowance -= tokens(call);
            return true;
        }
        return false;
    }

    private double burst() {
        return model.tokensAMinute() / 60 * model.burstSeconds();
    }

    private static double tokens(Arrival call) {
        return (double) call.promptTokens() + call.outputTokens();
    }

    private enum Effect {
        SLOWER,
        ERRORS,
        BLACK_HOLE
    }

    private boolean is(Effect effect) {
        return strongest(effect) > 0;
    }

    private double strongest(Effect effect) {
        double strongest = 0;
        for (Fault fault : faults) {
            if (fault.isOn(simulation.now())) {
                strongest =
                        Math.max(
                                strongest,
                                switch (effect) {
                                    case SLOWER -> fault.slower();
                                    case ERRORS -> fault.errors();
                                    case BLACK_HOLE -> fault.blackHole() ? 1 : 0;
                                });
            }
        }
        return strongest;
    }

    /** What is left of a cold start: the first calls wait for it. */
    private double warmingMicros() {
        for (Fault fault : faults) {
            double ready = (fault.from() + fault.coldSeconds()) * Scenario.MICROS_A_SECOND;
            if (fault.isOn(simulation.now()) && simulation.now() < ready) {
                return ready - simulation.now();
            }
        }
        return 0;
    }
}
