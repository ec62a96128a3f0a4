package dev.sluice.ingress.limits;

import org.luaj.vm2.Globals;
import org.luaj.vm2.LuaTable;
import org.luaj.vm2.LuaValue;
import org.luaj.vm2.Varargs;
import org.luaj.vm2.lib.VarArgFunction;
import org.luaj.vm2.lib.jse.JsePlatform;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The lease script itself, on a Redis of a few maps whose time passes when told. */
final class ScriptStore {

    private final Map<String, Map<String, String>> hashes = new HashMap<>();
    private final Map<String, Map<String, Double>> sortedSets = new HashMap<>();
    private final Map<String, Long> expiries = new HashMap<>();
    private final Globals globals = JsePlatform.standardGlobals();
    private final LuaValue script;

    long millis = 1_700_000_000_000L;

    ScriptStore() {
        LuaTable redis = new LuaTable();
        redis.set("call", new Call());
        globals.set("redis", redis);
        try (InputStream text = RedisLeaseStore.class.getResourceAsStream("lease.lua")) {
            script = globals.load(new String(text.readAllBytes(), StandardCharsets.UTF_8), "lease");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Forgets everything. */
    void flush() {
        hashes.clear();
        sortedSets.clear();
        expiries.clear();
    }

    /** What all runs have leased of a cell. */
    long leased(String key) {
        return hashes.getOrDefault(key, Map.of()).entrySet().stream()
                .filter(entry ->
                        !entry.getKey().startsWith("h:") && !entry.getKey().equals("#start"))
                .mapToLong(entry -> Long.parseLong(entry.getValue()))
                .sum();
    }

    List<?> evaluate(List<Object> keys, Object[] arguments) {
        expiries.entrySet()
                .removeIf(entry -> {
                    boolean over = entry.getValue() <= millis;
                    if (over) {
                        hashes.remove(entry.getKey());
                        sortedSets.remove(entry.getKey());
                    }
                    return over;
                });
        globals.set("KEYS", table(keys));
        globals.set("ARGV", table(List.of(arguments)));
        LuaTable answer = script.call().checktable();
        List<Object> words = new ArrayList<>();
        for (int i = 1; i <= answer.length(); i++) {
            LuaValue word = answer.get(i);
            words.add(word.type() == LuaValue.TNUMBER ? (Object) word.tolong() : word.tojstring());
        }
        return words;
    }

    private static LuaTable table(List<?> words) {
        LuaTable table = new LuaTable();
        for (int i = 0; i < words.size(); i++) {
            table.set(i + 1, words.get(i).toString());
        }
        return table;
    }

    private static String text(LuaValue value) {
        if (value.type() == LuaValue.TNUMBER && value.todouble() == value.tolong()) {
            return Long.toString(value.tolong());
        }
        return value.tojstring();
    }

    private final class Call extends VarArgFunction {
        @Override
        public Varargs invoke(Varargs words) {
            String key = words.narg() > 1 ? text(words.arg(2)) : "";
            return switch (words.arg(1).tojstring()) {
                case "TIME" ->
                        table(List.of(Long.toString(millis / 1000), millis % 1000 * 1000 + ""));
                case "HGETALL" -> {
                    List<String> all = new ArrayList<>();
                    hashes.getOrDefault(key, Map.of())
                            .forEach((field, value) -> {
                                all.add(field);
                                all.add(value);
                            });
                    yield table(all);
                }
                case "HSET" -> {
                    Map<String, String> hash =
                            hashes.computeIfAbsent(key, _ -> new LinkedHashMap<>());
                    for (int i = 3; i <= words.narg(); i += 2) {
                        hash.put(text(words.arg(i)), text(words.arg(i + 1)));
                    }
                    yield LuaValue.ONE;
                }
                case "HDEL" -> {
                    for (int i = 3; i <= words.narg(); i++) {
                        hashes.getOrDefault(key, new HashMap<>()).remove(text(words.arg(i)));
                    }
                    yield LuaValue.ONE;
                }
                case "DEL" -> {
                    hashes.remove(key);
                    yield LuaValue.ONE;
                }
                case "PEXPIRE" -> {
                    expiries.put(key, millis + words.arg(3).tolong());
                    yield LuaValue.ONE;
                }
                case "ZADD" -> {
                    sortedSets
                            .computeIfAbsent(key, _ -> new HashMap<>())
                            .put(text(words.arg(4)), words.arg(3).todouble());
                    yield LuaValue.ONE;
                }
                case "ZREM" -> {
                    sortedSets.getOrDefault(key, new HashMap<>()).remove(text(words.arg(3)));
                    yield LuaValue.ONE;
                }
                case "ZREMRANGEBYSCORE" -> {
                    double most = words.arg(4).todouble();
                    sortedSets
                            .getOrDefault(key, new HashMap<>())
                            .values()
                            .removeIf(score -> score <= most);
                    yield LuaValue.ONE;
                }
                case "ZRANGE" -> sorted(key, Double.NEGATIVE_INFINITY, Integer.MAX_VALUE);
                case "ZRANGEBYSCORE" -> sorted(key, words.arg(3).todouble(), words.arg(8).toint());
                default -> throw new IllegalArgumentException(words.arg(1).tojstring());
            };
        }

        private LuaTable sorted(String key, double least, int most) {
            List<Object> all = new ArrayList<>();
            sortedSets.getOrDefault(key, Map.of()).entrySet().stream()
                    .filter(entry -> entry.getValue() >= least)
                    .sorted(Comparator.comparing(Map.Entry::getValue))
                    .limit(most)
                    .forEach(entry -> {
                        all.add(entry.getKey());
                        all.add(Long.toString(entry.getValue().longValue()));
                    });
            return table(all);
        }
    }
}
