package dev.sluice.ingress.books;

import dev.sluice.ingress.ScriptedProvider;
import dev.sluice.ingress.ScriptedProvider.Script;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Ways in which a call can end, each with a provider that makes it end so. */
final class Endings {

    private static final String PATIENT = "10";
    private static final String IMPATIENT = "0.5";
    private static final String ERROR =
            "{\"error\":{\"message\":\"no\",\"type\":\"provider_says\",\"param\":null,\"code\":null}}";
    private static final String TEXT =
            "\"id\":\"chatcmpl-1\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\","
                    + "\"content\":\"some words and some more of them\"},\"finish_reason\":\"stop\"}]";
    private static final String ANSWER = "{" + TEXT + "," + ScriptedProvider.USAGE + "}";
    private static final boolean PLAIN = false;
    private static final boolean STREAM = true;

    private Endings() {}

    /**
     * One way.
     *
     * @param name the row of the table
     * @param timeout of the deployment, in seconds
     * @param isHelper whether it has no row of its own: another test calls it
     */
    record Ending(
            String name,
            boolean stream,
            int deployments,
            String timeout,
            boolean isHelper,
            Script script) {

        /** A model group of its own. */
        String model() {
            return "m-" + name.replaceAll("[^a-z0-9]", "-");
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Ending> all() {
        List<Ending> all = new ArrayList<>();
        all.addAll(successes());
        all.addAll(beforeTheFirstByte());
        all.addAll(afterTheFirstByte());
        all.addAll(streamsThatBreak());
        all.addAll(severalAttempts());
        all.addAll(helpers());
        return all;
    }

    static Ending named(String name) {
        return all().stream()
                .filter(ending -> ending.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Map<String, Script> scripts() {
        return all().stream().collect(Collectors.toMap(Ending::model, Ending::script));
    }

    private static Ending ending(String name, boolean stream, String timeout, Script script) {
        return new Ending(name, stream, 1, timeout, false, script);
    }

    private static List<Ending> successes() {
        return List.of(
                ending("answered", PLAIN, PATIENT, (line, _) -> line.plain(200, ANSWER)),
                ending(
                        "answered, no usage stated",
                        PLAIN,
                        PATIENT,
                        (line, _) -> line.plain(200, "{" + TEXT + "}")),
                ending(
                        "streamed",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.usage();
                            line.done();
                        }),
                ending(
                        "streamed, no usage stated",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.done();
                        }),
                ending(
                        "streamed, no [DONE] at its end",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.usage();
                            line.end();
                        }),
                ending(
                        "streamed, an event of it is no JSON",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(1);
                            line.event("{\"id\":\"chat");
                            line.words(1);
                            line.usage();
                            line.done();
                        }));
    }

    private static List<Ending> beforeTheFirstByte() {
        return List.of(
                ending("the provider refuses the connection", PLAIN, PATIENT, (_, _) -> {}),
                ending("the provider speaks no TLS", PLAIN, PATIENT, (_, _) -> {}),
                ending("the provider hangs up unasked", PLAIN, PATIENT, (_, _) -> {}),
                ending(
                        "the provider speaks no HTTP",
                        PLAIN,
                        PATIENT,
                        (line, _) -> line.raw("220 mail ready\r\n\r\n")),
                ending(
                        "the provider answers 400",
                        PLAIN,
                        PATIENT,
                        (line, _) -> line.plain(400, ERROR)),
                ending(
                        "the provider answers 429 twice",
                        PLAIN,
                        PATIENT,
                        (line, _) -> line.plain(429, ERROR)),
                ending(
                        "the provider answers 500 twice",
                        PLAIN,
                        PATIENT,
                        (line, _) -> line.plain(500, ERROR)),
                ending("the provider is silent", PLAIN, IMPATIENT, (line, _) -> line.silence()),
                ending(
                        "a stream begins with an error",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.event(ERROR);
                            line.end();
                        }));
    }

    private static List<Ending> afterTheFirstByte() {
        return List.of(
                ending(
                        "a plain answer breaks off",
                        PLAIN,
                        PATIENT,
                        (line, _) -> {
                            line.plainHead(200, 1_000);
                            line.raw(ANSWER);
                        }),
                ending(
                        "a plain answer does not come to its end",
                        PLAIN,
                        IMPATIENT,
                        (line, _) -> {
                            line.plainHead(200, 1_000);
                            line.raw(ANSWER);
                            line.silence();
                        }),
                ending(
                        "a plain answer is too large",
                        PLAIN,
                        PATIENT,
                        (line, _) -> {
                            line.plainHead(200, 100L << 20);
                            line.raw(ANSWER);
                        }),
                ending(
                        "a stream breaks off in its first event",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.chunk("data: {\"id\":\"chat");
                        }));
    }

    private static List<Ending> streamsThatBreak() {
        return List.of(
                ending(
                        "a stream breaks off",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                        }),
                ending(
                        "a stream breaks off after its usage",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.usage();
                        }),
                ending(
                        "a stream falls silent",
                        STREAM,
                        IMPATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.silence();
                        }),
                ending(
                        "a stream ends with the provider's error",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.event(ERROR);
                            line.end();
                        }),
                ending(
                        "a stream's framing is wrong",
                        STREAM,
                        PATIENT,
                        (line, _) -> {
                            line.streamHead();
                            line.words(3);
                            line.raw("what is this\r\n");
                        }));
    }

    private static List<Ending> severalAttempts() {
        Script secondTime =
                (line, ask) -> {
                    if (ask == 1) {
                        line.plain(500, ERROR);
                    } else {
                        line.plain(200, ANSWER);
                    }
                };
        return List.of(
                ending("answered after a retry", PLAIN, PATIENT, secondTime),
                new Ending("answered by another deployment", PLAIN, 2, PATIENT, false, secondTime),
                ending(
                        "answered after one that broke off",
                        PLAIN,
                        PATIENT,
                        (line, ask) -> {
                            if (ask == 1) {
                                line.plainHead(200, 1_000);
                                line.raw(ANSWER);
                            } else {
                                line.plain(200, ANSWER);
                            }
                        }));
    }

    /** Called by tests that do more than to wait for the answer. */
    private static List<Ending> helpers() {
        return List.of(
                helper(
                        "answered on a connection that had rested and was dead",
                        PLAIN,
                        (line, ask) -> {
                            if (ask == 1) {
                                line.plainAndStay(ANSWER);
                            } else if (ask > 2) {
                                line.plain(200, ANSWER);
                            }
                        }),
                helper(
                        "answered late",
                        PLAIN,
                        (line, _) -> {
                            if (line.pause(700)) {
                                line.plain(200, ANSWER);
                            }
                        }),
                helper(
                        "a stream without end",
                        STREAM,
                        (line, _) -> {
                            line.streamHead();
                            while (line.pause(30)) {
                                line.words(1);
                            }
                        }),
                helper("the gateway dies during a call", PLAIN, (line, _) -> line.silence()),
                helper(
                        "the gateway dies between two attempts",
                        PLAIN,
                        (line, ask) -> {
                            if (ask == 1) {
                                line.failAndAskToWait(5);
                            } else {
                                line.silence();
                            }
                        }));
    }

    private static Ending helper(String name, boolean stream, Script script) {
        return new Ending(name, stream, 1, PATIENT, true, script);
    }
}
