package dev.sluice.ingress.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;

import dev.sluice.schemas.config.GatewayConfig.CacheSettings;
import dev.sluice.schemas.events.CacheEvent.Scope;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The exact cache: in process, bounded in bytes, and behind it what all ingresses share. When the
 * part in process is full, what is asked for least goes first (Caffeine's W-TinyLFU). What was
 * declared invalid is not given, wherever it lies; and while declarations cannot be heard, nothing
 * is given but what this process kept itself.
 */
public final class AnswerCache {

    /** For all that a call asks others for it waits no longer. */
    public static final Duration LONGEST_WAIT = SharedAnswers.LONGEST_WAIT;

    /** A larger answer is not kept: it would push out hundreds of others. */
    public static final int LARGEST_ANSWER_BYTES = 1 << 20;

    /**
     * No answer is kept for longer, whatever a caller wishes: declarations that answers are invalid
     * are kept for as long.
     */
    public static final Duration LONGEST_LIFE = Duration.ofDays(30);

    private static final int ENTRY_OVERHEAD_BYTES = 250;

    private final CacheSettings settings;
    private final SharedAnswers shared;
    private final Validity validity;
    private final InstantSource clock;
    private final Cache<AnswerKey, Kept> answers;

    /** An empty cache in process, before {@code shared}; nothing is ever declared invalid. */
    public AnswerCache(CacheSettings settings, SharedAnswers shared, InstantSource clock) {
        this(settings, shared, (_, _) -> false, clock);
    }

    /** An empty cache in process, before {@code shared}. */
    AnswerCache(
            CacheSettings settings, SharedAnswers shared, Validity validity, InstantSource clock) {
        this.settings = settings;
        this.shared = shared;
        this.validity = validity;
        this.clock = clock;
        Caffeine<AnswerKey, Kept> bounds =
                Caffeine.newBuilder()
                        .maximumWeight(settings.maxBytes())
                        .weigher(AnswerCache::weight)
                        .executor(Runnable::run);
        Duration copied = settings.copyTtl();
        if (copied != null) {
            bounds.expireAfterWrite(copied)
                    .ticker(() -> TimeUnit.MILLISECONDS.toNanos(clock.millis()));
        }
        this.answers = bounds.build();
    }

    /** An answer in process; its own, or a copy of what another process kept. */
    private record Kept(CachedAnswer answer, boolean isOwn) {}

    /** Where an answer was found. */
    public enum Tier {
        PROCESS,
        SHARED
    }

    /** An answer that may be given. */
    public record Found(CachedAnswer answer, Tier tier) {}

    /** Whether others keep answers for this process too. */
    public boolean isShared() {
        return !shared.equals(SharedAnswers.NONE);
    }

    /** Whether answers are kept at all. */
    public boolean isEnabled() {
        return settings.enabled();
    }

    /** What the config says of it. */
    public CacheSettings settings() {
        return settings;
    }

    /** Now, by the clock that answers are dated with, in milliseconds since 1970. */
    public long nowMillis() {
        return clock.millis();
    }

    /**
     * An answer that is fresh enough, or null.
     *
     * @param maxAgeMillis the oldest that the caller accepts
     */
    public @Nullable Found find(AnswerKey key, long maxAgeMillis) {
        return find(key, maxAgeMillis, LONGEST_WAIT);
    }

    /**
     * The same for who has not as long as others.
     *
     * @param within how long it may take elsewhere; without any time it is not asked for there
     */
    public @Nullable Found find(AnswerKey key, long maxAgeMillis, Duration within) {
        Found near = inProcess(key, maxAgeMillis);
        if (near != null || !within.isPositive()) {
            return near;
        }
        return taken(key, elsewhere(List.of(key), within).getFirst(), maxAgeMillis);
    }

    /**
     * Answers that are fresh enough, in the order of their keys; null for each that is not there.
     * What this process lacks is asked for elsewhere, all at once.
     */
    public List<@Nullable Found> find(List<AnswerKey> keys, long maxAgeMillis) {
        @Nullable Found[] found = new Found[keys.size()];
        List<AnswerKey> lacking = new ArrayList<>();
        for (int i = 0; i < found.length; i++) {
            found[i] = inProcess(keys.get(i), maxAgeMillis);
            if (found[i] == null) {
                lacking.add(keys.get(i));
            }
        }
        if (!lacking.isEmpty()) {
            var elsewhere = elsewhere(lacking, LONGEST_WAIT).iterator();
            for (int i = 0; i < found.length; i++) {
                if (found[i] == null) {
                    found[i] = taken(keys.get(i), elsewhere.next(), maxAgeMillis);
                }
            }
        }
        return Arrays.asList(found);
    }

    /** Whether an answer is no longer to be given under a key, which need not be its own. */
    public boolean isInvalid(AnswerKey key, CachedAnswer answer) {
        return validity.isInvalid(key, answer);
    }

    /** Nothing of others is given while it may have been declared invalid unheard. */
    private List<@Nullable CachedAnswer> elsewhere(List<AnswerKey> keys, Duration within) {
        return validity.isCurrent() ? shared.find(keys, within) : shared.withheld(keys.size());
    }

    /** An answer that is fresh enough and in this process, or null. */
    public @Nullable Found near(AnswerKey key, long maxAgeMillis) {
        return inProcess(key, maxAgeMillis);
    }

    private @Nullable Found inProcess(AnswerKey key, long maxAgeMillis) {
        Kept kept = answers.getIfPresent(key);
        if (kept == null) {
            return null;
        }
        CachedAnswer answer = kept.answer();
        long now = clock.millis();
        if (!answer.isFresh(now) || validity.isInvalid(key, answer)) {
            answers.asMap().remove(key, kept);
            return null;
        }
        if (!kept.isOwn() && !validity.isCurrent()) {
            return null;
        }
        return answer.ageMillis(now) <= maxAgeMillis ? new Found(answer, Tier.PROCESS) : null;
    }

    /** Keeps here what was found elsewhere. */
    private @Nullable Found taken(AnswerKey key, @Nullable CachedAnswer answer, long maxAgeMillis) {
        long now = clock.millis();
        if (answer == null || !answer.isFresh(now)) {
            return null;
        }
        if (validity.isInvalid(key, answer)) {
            shared.remove(List.of(key));
            return null;
        }
        answers.put(key, new Kept(answer, /* isOwn= */ false));
        return answer.ageMillis(now) <= maxAgeMillis ? new Found(answer, Tier.SHARED) : null;
    }

    /** Keeps an answer; false if it is too large, or invalid by now. */
    public boolean store(AnswerKey key, CachedAnswer answer) {
        if (answer.bytes().length > LARGEST_ANSWER_BYTES
                || answer.lifetimeMillis() <= 0
                || validity.isInvalid(key, answer)) {
            return false;
        }
        CachedAnswer kept = answer.within(LONGEST_LIFE.toMillis());
        answers.put(key, new Kept(kept, /* isOwn= */ true));
        shared.store(key, kept);
        return true;
    }

    /** Forgets in process what has just been declared invalid, in one go through it at most. */
    void forget(Map<Scope, List<String>> declared) {
        for (String text : declared.getOrDefault(Scope.KEY, List.of())) {
            AnswerKey key = AnswerKey.ofText(text);
            if (key != null) {
                answers.invalidate(key);
            }
        }
        if (declared.keySet().stream().anyMatch(scope -> scope != Scope.KEY)) {
            answers.asMap()
                    .entrySet()
                    .removeIf(kept -> validity.isInvalid(kept.getKey(), kept.getValue().answer()));
        }
    }

    /** How many bytes are kept in process, about. */
    public long bytes() {
        return answers.policy().eviction().orElseThrow().weightedSize().orElse(0);
    }

    /** How many answers are kept in process, about. */
    public long entries() {
        return answers.estimatedSize();
    }

    private static int weight(AnswerKey key, Kept kept) {
        CachedAnswer answer = kept.answer();
        CachedAnswer.Labels labels = answer.labels();
        int texts = labels.modelGroup().length() + labels.namespace().length();
        for (String tag : labels.tags()) {
            texts += tag.length();
        }
        return answer.bytes().length + texts + ENTRY_OVERHEAD_BYTES;
    }
}
