package dev.sluice.standalone.transcripts;

import java.util.List;
import java.util.Map;

/** Which recording is called how, and which are left out and why. */
final class Cases {

    private static final List<CallForm> CHAT =
            List.of(
                    new ChatForm(),
                    new MessagesForm(new ChatForm()),
                    new ResponsesForm(new ChatForm()));
    private static final List<CallForm> EMBEDDINGS = List.of(new EmbeddingsForm());

    /** By the provider's endpoint, as facts name it. A new endpoint of the gateway gets a line. */
    private static final Map<String, List<CallForm>> FORMS =
            Map.ofEntries(
                    Map.entry("chat.completions", CHAT),
                    Map.entry("messages", CHAT),
                    Map.entry("converse", CHAT),
                    Map.entry("converse-stream", CHAT),
                    Map.entry("generateContent", CHAT),
                    Map.entry("streamGenerateContent", CHAT),
                    Map.entry("chat", CHAT),
                    Map.entry("completions", List.of(new CompletionsForm())),
                    Map.entry("embeddings", EMBEDDINGS),
                    Map.entry("embed", EMBEDDINGS),
                    Map.entry("embedContent", EMBEDDINGS),
                    Map.entry("responses", List.of(new ResponsesForm(new ChatForm()))),
                    Map.entry("rerank", List.of(new RerankForm())),
                    Map.entry("moderations", List.of(new ModerationsForm())));

    private static final String COUNTING = "the gateway counts tokens itself and asks no provider";
    private static final String INVOKE = "Bedrock is spoken to by Converse, not by invoke";

    /** By the provider's endpoint, with the reason: the list in {@code docs/transcripts.md}. */
    static final Map<String, String> EXCEPTED =
            Map.ofEntries(
                    Map.entry("messages.count_tokens", COUNTING),
                    Map.entry("count-tokens", COUNTING),
                    Map.entry("countTokens", COUNTING),
                    Map.entry("invoke", INVOKE),
                    Map.entry("invoke-stream", INVOKE),
                    Map.entry("files", "files and batches are kept here, not asked of a provider"),
                    Map.entry("flow", "files and batches are kept here, not asked of a provider"),
                    Map.entry("models", "the gateway answers /v1/models by its own list"));

    static final String ADMINISTRATION =
            "a GET of a provider's administration, which the gateway does not pass on";

    static final String FIRST_COHERE = "Cohere is spoken to by its second API";

    private Cases() {}

    /** What is done with a recording. */
    static Case of(Recording recording) {
        String endpoint = recording.endpoint();
        String reason = EXCEPTED.get(endpoint);
        if (reason != null) {
            return new Case.Excepted(endpoint, reason);
        }
        if (recording.request().path("method").asText().equals("GET")) {
            return new Case.Excepted("GET", ADMINISTRATION);
        }
        if (recording.path().equals("/v1/chat") && !recording.isError()) {
            return new Case.Excepted("/v1/chat", FIRST_COHERE);
        }
        List<CallForm> forms = FORMS.get(endpoint);
        return forms == null ? new Case.Unknown() : new Case.Called(forms);
    }
}
