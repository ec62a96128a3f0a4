package dev.sluice.standalone.transcripts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.sluice.providers.openai.JsonTrees;

import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes the config of a gateway before recorded providers: a deployment a recording. */
final class Deployments {

    private static final Pattern AZURE = Pattern.compile("/openai/deployments/([^/]+)/.*");
    private static final Pattern VERTEX =
            Pattern.compile("(/[^/]+)/projects/([^/]+)/locations/([^/]+)/.*");

    /** Paths of endpoints of OpenAI's wire; what stands before them is the base. */
    private static final Pattern ENDPOINT =
            Pattern.compile(
                    "/(chat/completions|completions|embeddings|responses|moderations|rerank)$");

    private static final String KEY = "a-key";

    private Deployments() {}

    /** The name under which a recording is called. */
    static String group(int number) {
        return "recording-" + number;
    }

    /** The config of these recordings, by their numbers; in JSON, which is YAML. */
    static String config(
            Collection<Integer> numbers, List<Recording> recordings, RecordedProvider provider) {
        ObjectNode config = JsonTrees.MAPPER.createObjectNode();
        ArrayNode list = config.putArray("model_list");
        for (int number : numbers) {
            ObjectNode entry = list.addObject().put("model_name", group(number));
            ObjectNode params = entry.putObject("litellm_params");
            fill(params.put("api_key", KEY), recordings.get(number), provider.base(number));
            ObjectNode info = entry.putObject("model_info").put("id", group(number));
            if (recordings.get(number).endpoint().equals("responses")) {
                info.put("mode", "responses");
            }
        }
        config.putObject("router_settings").put("num_retries", 0);
        return config.toString();
    }

    private static void fill(ObjectNode params, Recording recording, String base) {
        String model = recording.model();
        String path = recording.path();
        switch (recording.provider()) {
            case "anthropic", "cohere", "voyage" ->
                    params.put("model", recording.provider() + "/" + model).put("api_base", base);
            case "azure" -> azure(params, recording, base);
            case "bedrock" -> {
                params.remove("api_key");
                params.put("model", "bedrock/" + model)
                        .put("api_base", base)
                        .put("aws_access_key_id", "AKIAEXAMPLE")
                        .put("aws_secret_access_key", KEY)
                        .put("aws_region_name", "us-east-1");
            }
            case "gemini" ->
                    params.put("model", "gemini/" + model).put("api_base", base + "/v1beta");
            case "vertex" -> {
                Matcher parts = VERTEX.matcher(path);
                boolean isKnown = parts.matches();
                params.remove("api_key");
                params.put("model", "vertex_ai/" + model)
                        .put("api_base", base + (isKnown ? parts.group(1) : "/v1beta1"))
                        .put("vertex_project", isKnown ? parts.group(2) : "a-project")
                        .put("vertex_location", isKnown ? parts.group(3) : "global");
            }
            default ->
                    params.put("model", recording.provider() + "/" + model)
                            .put("api_base", base + before(path, "/v1"));
        }
    }

    private static void azure(ObjectNode params, Recording recording, String base) {
        String path = recording.path();
        Matcher deployment = AZURE.matcher(path);
        String version = recording.query("api-version");
        if (!version.isEmpty()) {
            params.put("api_version", version);
        }
        if (deployment.matches()) {
            params.put("model", "azure/" + deployment.group(1)).put("api_base", base);
        } else if (path.startsWith("/models/")) {
            params.put("model", "azure_ai/" + recording.model())
                    .put("api_base", base + before(path, ""));
        } else {
            params.put("model", "azure/" + recording.model())
                    .put("api_base", base + before(path, "/openai/v1"));
        }
    }

    /** What stands before the endpoint. */
    private static String before(String path, String otherwise) {
        Matcher endpoint = ENDPOINT.matcher(path);
        return endpoint.find() ? path.substring(0, endpoint.start()) : otherwise;
    }
}
