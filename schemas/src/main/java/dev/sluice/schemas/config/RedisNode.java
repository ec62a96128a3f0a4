package dev.sluice.schemas.config;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * One server of a Redis Cluster or one Sentinel, written as {@code {host: h, port: 6379}} or {@code
 * [h, 26379]}.
 *
 * @param host name or address
 * @param port TCP port
 */
public record RedisNode(Setting host, Setting port) {

    private static final Key HOST = rule(0);
    private static final Key PORT = rule(1);

    /** The rules of both parts. */
    private record Rules(
            @Key(is = TextRule.HOST) String host, @Key(is = TextRule.PORT) String port) {}

    public RedisNode {
        requireNonNull(host, "host is null");
        requireNonNull(port, "port is null");
    }

    private static Key rule(int component) {
        return RecordBinder.ruleOf(Rules.class.getRecordComponents()[component]);
    }

    static @Nullable RedisNode read(YamlSection section, String key, Node node) {
        if (node instanceof SequenceNode pair && pair.getValue().size() == 2) {
            return of(section, key, key, pair.getValue().get(0), pair.getValue().get(1));
        }
        if (node instanceof MappingNode) {
            YamlSection below = section.section(key, node);
            Node host = below.take("host");
            Node port = below.take("port");
            below.noticeTheRest();
            if (host != null && port != null) {
                return of(below, "host", "port", host, port);
            }
        }
        section.reject(key, node, "{host: h, port: 6379} or [h, 6379]");
        return null;
    }

    private static @Nullable RedisNode of(
            YamlSection section, String hostKey, String portKey, Node host, Node port) {
        var read = (Setting) new ScalarReader(section, hostKey, host, HOST).read(Setting.class);
        var number = (Setting) new ScalarReader(section, portKey, port, PORT).read(Setting.class);
        return read == null || number == null ? null : new RedisNode(read, number);
    }
}
