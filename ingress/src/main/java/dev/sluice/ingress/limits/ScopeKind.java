package dev.sluice.ingress.limits;

/** What sort of account a limit hangs on; a deployment is none, but limited all the same. */
public enum ScopeKind {
    API_KEY("api_key"),
    USER("user"),
    TEAM("team"),
    TEAM_MEMBER("team_member"),
    END_USER("end_user"),
    ORGANIZATION("organization"),
    MODEL_PER_KEY("model_per_key"),
    MODEL_PER_TEAM("model_per_team"),
    PROXY("proxy"),
    DEPLOYMENT("deployment");

    private final String word;

    ScopeKind(String word) {
        this.word = word;
    }

    /** What LiteLLM calls it in messages and headers. */
    public String word() {
        return word;
    }
}
