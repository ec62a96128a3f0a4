package dev.sluice.standalone;

import dev.sluice.schemas.config.GatewayConfig;

import java.util.ArrayList;
import java.util.List;

/**
 * What is not as the operator may believe: told at start, so that nothing fails open in silence.
 */
final class Notices {

    private Notices() {}

    static List<String> of(
            GatewayConfig config, List<String> ofIngress, String host, Credentials credentials) {
        List<String> notices = new ArrayList<>(config.notices());
        notices.addAll(ofIngress);
        if (credentials.masterKey() == null) {
            notices.add(
                    "no master key: listening on %s only, and whoever reaches it may do everything"
                            .formatted(host));
        }
        if (config.modelList().isEmpty()) {
            notices.add("no models: give a model_list by --config");
        }
        return notices;
    }
}
