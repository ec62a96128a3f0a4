package dev.sluice.batch.jobs;

import static java.util.Objects.requireNonNull;

/**
 * Whose a file or a batch is.
 *
 * @param tenant {@code team:…}, {@code user:…} or the hash of a key: nobody else sees it but admins
 * @param keyHash SHA-256 in hex of the key that made it; empty where no key is needed
 */
public record Owner(String tenant, String keyHash) {

    public Owner {
        requireNonNull(tenant, "tenant is null");
        requireNonNull(keyHash, "keyHash is null");
    }
}
