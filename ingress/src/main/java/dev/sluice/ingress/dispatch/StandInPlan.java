package dev.sluice.ingress.dispatch;

import dev.sluice.ingress.upstream.ModelGroup;
import dev.sluice.providers.openai.RouterWishes;

import org.jspecify.annotations.Nullable;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The stand-ins of one call: who was asked, and who comes next. For one thread. */
final class StandInPlan {

    private final FallbackRules rules;
    private final RouterWishes wishes;
    private final StandIns standIns;

    /** Model groups still to be tried. */
    private final Deque<ModelGroup> ahead = new ArrayDeque<>();

    /** The names of all that were ahead at any time, and of the one that was asked for. */
    private final Set<String> planned = new HashSet<>();

    private int taken;

    /**
     * No stand-in yet.
     *
     * @param asked the group that was asked for
     */
    StandInPlan(FallbackRules rules, RouterWishes wishes, StandIns standIns, String asked) {
        this.rules = rules;
        this.wishes = wishes;
        this.standIns = standIns;
        planned.add(asked);
    }

    /** How many groups stood in. */
    int taken() {
        return taken;
    }

    /** Those that stood in since do not count: they had no room. */
    void backTo(int before) {
        taken = before;
    }

    /** Whether another one would come after such a failure of a group. */
    boolean hasNext(String group, FailureClass kind) {
        return taken < rules.most()
                && (!ahead.isEmpty() || names(group, kind).stream().anyMatch(this::isAnother));
    }

    /** The next one, null if there is none. */
    @Nullable ModelGroup next(String group, AttemptFailure failure) {
        if (wishes.disableFallbacks() || taken >= rules.most() || !failure.isAnybodys()) {
            return null;
        }
        // A stand-in's own come before those that are still ahead; none comes twice.
        FallbackRules.plan(names(group, FailureClass.of(failure)), standIns, planned, ahead);
        ModelGroup next = ahead.poll();
        taken += next == null ? 0 : 1;
        return next;
    }

    private boolean isAnother(String name) {
        ModelGroup found = planned.contains(name) ? null : standIns.find(name);
        return found != null && !found.candidates().isEmpty() && !planned.contains(found.name());
    }

    /** The caller's own come first, and only for the group that he asked for. */
    private List<String> names(String group, FailureClass kind) {
        if (wishes.disableFallbacks()) {
            return List.of();
        }
        List<String> asked = wishes.fallbacks();
        return taken == 0 && asked != null ? asked : rules.of(group, kind);
    }
}
