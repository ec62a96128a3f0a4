package dev.sluice.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

class OutletTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 5, 6, 9})
    void cutsAfterExactlySoManyBytes(int afterBytes) throws IOException {
        Outlet outlet = new Outlet(out, new Fault.Cut(afterBytes), new Waiting());

        boolean whole = outlet.send(bytes("12345")) && outlet.send(bytes("67890"));

        assertThat(whole).isFalse();
        assertThat(out.toString(UTF_8)).isEqualTo("1234567890".substring(0, afterBytes));
    }

    @Test
    void sendsAllWhereTheCutIsBehindTheEnd() throws IOException {
        Outlet outlet = new Outlet(out, new Fault.Cut(5), new Waiting());

        assertThat(outlet.cutsWithin(5)).isFalse();
        assertThat(outlet.cutsWithin(6)).isTrue();
        assertThat(outlet.send(bytes("12345"))).isTrue();
        assertThat(out.toString(UTF_8)).isEqualTo("12345");
    }

    @Test
    void stallsOnceAndThenSendsTheRest() throws IOException {
        long stallNanos = TimeUnit.MILLISECONDS.toNanos(60);
        Outlet outlet = new Outlet(out, new Fault.Stall(7, stallNanos), new Waiting());
        assertThat(outlet.send(bytes("12345"))).isTrue();
        assertThat(outlet.stallsWithin(2)).isFalse();

        long startNanos = System.nanoTime();
        assertThat(outlet.send(bytes("67890"))).isTrue();

        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(stallNanos);
        assertThat(out.toString(UTF_8)).isEqualTo("1234567890");
        assertThat(outlet.stallsWithin(0)).isTrue();
        assertThat(outlet.send(bytes("x"))).isTrue();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
