package dev.sluice.ingress.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.ingress.cache.CachedAnswer.Labels;
import dev.sluice.schemas.events.CacheEvent.Scope;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.util.List;

class InvalidationTableTest {

    private static final AnswerKey KEY = Answers.key(1);

    private final InvalidationTable table = new InvalidationTable();

    @Test
    void whatWasAskedForUntilThenIsInvalidAndNothingElse() {
        table.declare(Scope.MODEL, "group", 1000);

        assertThat(isInvalid(999)).isTrue();
        assertThat(isInvalid(1000)).isTrue();
        assertThat(isInvalid(1001)).isFalse();
    }

    @Test
    void eachScopeMeansItsOwn() {
        assertThat(isInvalidBy(Scope.ALL, null)).isTrue();
        assertThat(isInvalidBy(Scope.MODEL, "group")).isTrue();
        assertThat(isInvalidBy(Scope.MODEL, "space")).isFalse();
        assertThat(isInvalidBy(Scope.NAMESPACE, "space")).isTrue();
        assertThat(isInvalidBy(Scope.NAMESPACE, "group")).isFalse();
        assertThat(isInvalidBy(Scope.TAG, "nightly")).isTrue();
        assertThat(isInvalidBy(Scope.TAG, "batch")).isTrue();
        assertThat(isInvalidBy(Scope.TAG, "night")).isFalse();
        assertThat(isInvalidBy(Scope.KEY, KEY.text())).isTrue();
        assertThat(isInvalidBy(Scope.KEY, Answers.key(2).text())).isFalse();
    }

    @Test
    void theNamespaceWithoutANameCanBeDeclaredToo() {
        var common = new Labels("group", "", List.of());
        table.declare(Scope.NAMESPACE, "", 1000);

        assertThat(table.isInvalid(KEY, Answers.answer("a", 1000, 60_000, common))).isTrue();
        assertThat(isInvalid(1000)).isFalse();
    }

    @Test
    void anOlderDeclarationChangesNothing() {
        table.declare(Scope.TAG, "nightly", 1000);
        table.declare(Scope.TAG, "nightly", 500);
        table.declare(Scope.MODEL, "other", 200);

        assertThat(isInvalid(1000)).isTrue();
    }

    @Test
    void atItsBoundTheOlderBecomeOneForAll() {
        var small = new InvalidationTable(100);
        for (int i = 0; i <= 100; i++) {
            small.declare(Scope.TAG, "tag" + i, 1000 + i);
        }

        assertThat(small.size(Scope.TAG)).isLessThanOrEqualTo(100).isGreaterThan(40);
        assertThat(small.isInvalid(KEY, Answers.answer("any", 1040))).isTrue();
        assertThat(small.isInvalid(KEY, Answers.answer("any", 1090))).isFalse();
        assertThat(small.isInvalid(KEY, tagged("tag90", 1090))).isTrue();
        assertThat(small.isInvalid(KEY, tagged("tag90", 1091))).isFalse();
    }

    /** Whatever comes in whatever order: nothing that was declared is ever given. */
    @Property(tries = 300)
    void neverForgets(
            @ForAll @Size(max = 60) List<@IntRange(max = 12) Integer> tags,
            @ForAll @Size(min = 60, max = 60) List<@IntRange(max = 50) Integer> times,
            @ForAll @IntRange(max = 12) int tag,
            @ForAll @IntRange(max = 50) int asked) {
        var small = new InvalidationTable(4);
        boolean declared = false;
        for (int i = 0; i < tags.size(); i++) {
            small.declare(Scope.TAG, "tag" + tags.get(i), times.get(i));
            declared |= tags.get(i) == tag && asked <= times.get(i);
        }

        boolean isInvalid = small.isInvalid(KEY, tagged("tag" + tag, asked));

        assertThat(!declared || isInvalid).isTrue();
    }

    private boolean isInvalidBy(Scope scope, @Nullable String value) {
        var fresh = new InvalidationTable();
        fresh.declare(scope, value, 1000);
        return fresh.isInvalid(KEY, Answers.answer("a", 1000));
    }

    private boolean isInvalid(long asked) {
        return table.isInvalid(KEY, Answers.answer("a", asked));
    }

    private static CachedAnswer tagged(String tag, long asked) {
        return Answers.answer("a", asked, 60_000, new Labels("group", "", List.of(tag)));
    }
}
