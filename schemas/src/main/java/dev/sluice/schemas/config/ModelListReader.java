package dev.sluice.schemas.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sluice.schemas.config.GatewayConfig.ModelEntry;

import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code model_list} with the credentials that it names. */
final class ModelListReader {

    private static final String ORGANIZATION = "organization";
    private static final String CREDENTIAL = "litellm_credential_name";

    private final Reading reading;
    private final Map<String, YamlSection> credentials;
    private final Map<String, Integer> ordinals = new HashMap<>();
    private final Set<String> ids = new HashSet<>();
    private final List<ModelEntry> entries = new ArrayList<>();

    ModelListReader(Reading reading, Map<String, YamlSection> credentials) {
        this.reading = reading;
        this.credentials = credentials;
    }

    List<ModelEntry> read(YamlSection root) {
        root.sections("model_list").forEach(this::entry);
        return entries;
    }

    private void entry(YamlSection entry) {
        String name = name(entry);
        Node params = entry.take("litellm_params");
        YamlSection info = entry.section("model_info");
        ModelInfo known = RecordBinder.bindWhole(ModelInfo.class, info);
        entry.noticeTheRest();
        if (params == null) {
            entry.missing("litellm_params");
            return;
        }
        List<Node> each = onePerOrganization(params);
        for (int i = 0; i < each.size(); i++) {
            String suffix = each.size() == 1 ? "" : "-" + (i + 1);
            add(entry, name, entry.section("litellm_params", each.get(i)), info, known, suffix);
        }
    }

    private static @Nullable String name(YamlSection entry) {
        String name = entry.text("model_name");
        if (name == null || name.isBlank()) {
            entry.missing("model_name");
            return null;
        }
        return name;
    }

    private void add(
            YamlSection entry,
            @Nullable String name,
            YamlSection params,
            YamlSection info,
            @Nullable ModelInfo known,
            String suffix) {
        String identity = identity(name, params);
        fillFromCredential(params);
        ModelParams read = RecordBinder.bindWhole(ModelParams.class, params);
        if (name == null || read == null || known == null) {
            return;
        }
        String id = known.id() == null ? derivedId(identity) : known.id() + suffix;
        if (!ids.add(id)) {
            Node at = info.take("id");
            if (at != null) {
                info.reject("id", at, Described.quoted(id) + " again", "an id of its own");
            }
        }
        entries.add(new ModelEntry(id, name, read, known, entry.file(), entry.line()));
    }

    private List<Node> onePerOrganization(Node params) {
        if (params instanceof MappingNode mapping) {
            for (NodeTuple entry : mapping.getValue()) {
                if (entry.getKeyNode() instanceof ScalarNode key
                        && key.getValue().equals(ORGANIZATION)
                        && entry.getValueNode() instanceof SequenceNode list
                        && !list.getValue().isEmpty()) {
                    return list.getValue().stream()
                            .map(organization -> replaced(mapping, entry, organization))
                            .toList();
                }
            }
        }
        return List.of(params);
    }

    private Node replaced(MappingNode mapping, NodeTuple old, Node organization) {
        List<NodeTuple> entries = new ArrayList<>(mapping.getValue());
        entries.set(entries.indexOf(old), new NodeTuple(old.getKeyNode(), organization));
        var copy =
                new MappingNode(
                        mapping.getTag(),
                        true,
                        entries,
                        mapping.getStartMark(),
                        mapping.getEndMark(),
                        mapping.getFlowStyle());
        reading.standsIn(copy, reading.fileOf(mapping));
        return copy;
    }

    private void fillFromCredential(YamlSection params) {
        if (!(params.take(CREDENTIAL) instanceof ScalarNode name)) {
            return;
        }
        YamlSection values = credentials.get(name.getValue());
        if (values == null) {
            String near =
                    NearestName.among(credentials.keySet(), name.getValue())
                            .map(" (did you mean %s?)"::formatted)
                            .orElse("");
            params.reject(
                    CREDENTIAL,
                    name,
                    "the unknown credential " + Described.quoted(name.getValue()) + near,
                    "a credential_name of credential_list");
            return;
        }
        values.names().forEach(key -> params.inherit(key, values, key));
    }

    /** From what is written, never from a resolved secret, so that it survives a key's rotation. */
    private static String identity(@Nullable String name, YamlSection params) {
        List<String> parts = new ArrayList<>(List.of(String.valueOf(name)));
        for (String key : List.of("model", "api_base", "api_key")) {
            parts.add(written(params, key));
        }
        for (String key : List.of("api_version", ORGANIZATION, "region_name", CREDENTIAL)) {
            String written = written(params, key);
            if (!written.isEmpty()) {
                parts.add(key + "=" + written);
            }
        }
        return String.join("\u0000", parts);
    }

    private static String written(YamlSection params, String key) {
        return params.peek(key) instanceof ScalarNode scalar ? scalar.getValue() : "";
    }

    private String derivedId(String identity) {
        int ordinal = ordinals.merge(identity, 1, Integer::sum);
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest((identity + "\u0000" + ordinal).getBytes(UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
