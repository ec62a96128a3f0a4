package dev.sluice.standalone.chaos;

/** What is disturbed. The simulated provider is not: it is the truth. */
public enum Target {
    INGRESS_1("ingress-1"),
    INGRESS_2("ingress-2"),
    AGGREGATOR("spend-aggregator"),
    ROUTER("router-worker"),
    KAFKA("kafka"),
    POSTGRES("postgres");

    private final String label;

    Target(String label) {
        this.label = label;
    }

    /** Its name in tables, logs and folders. */
    public String label() {
        return label;
    }
}
