package dev.sluice.ingress;

import dev.sluice.ingress.IngressSettings.TlsFiles;
import dev.sluice.schemas.config.InvalidConfigException;
import dev.sluice.schemas.config.InvalidConfigException.Problem;

import io.helidon.common.configurable.Resource;
import io.helidon.common.pki.Keys;
import io.helidon.common.tls.Tls;

import org.jspecify.annotations.Nullable;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Optional;

/** The key and the certificate that the gateway shows its callers. */
final class Certificates {

    private Certificates() {}

    /**
     * Reads both files.
     *
     * @throws InvalidConfigException if one cannot be read, is no PEM, or they do not belong
     *     together
     */
    static Optional<Tls> tls(@Nullable TlsFiles files) throws InvalidConfigException {
        if (files == null) {
            return Optional.empty();
        }
        requireReadable(files.key(), "a private key in PEM");
        requireReadable(files.certificate(), "a certificate in PEM");
        try {
            Keys keys =
                    Keys.builder()
                            .pem(pem ->
                                    pem.key(Resource.create(files.key()))
                                            .certChain(Resource.create(files.certificate())))
                            .build();
            requirePair(keys.privateKey().orElseThrow(), keys.certChain().getFirst());
            return Optional.of(Tls.builder().privateKey(keys).privateKeyCertChain(keys).build());
        } catch (GeneralSecurityException | RuntimeException e) {
            // Its message may quote the file: only its kind is told.
            throw new InvalidConfigException(
                    new Problem(
                            files.key().toString(),
                            1,
                            e.getClass().getSimpleName(),
                            "a private key in PEM that belongs to the certificate in "
                                    + files.certificate()));
        }
    }

    /**
     * Signs with the one and verifies with the other: TLS itself would notice at the first caller.
     */
    private static void requirePair(PrivateKey key, X509Certificate certificate)
            throws GeneralSecurityException {
        String algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> key.getAlgorithm();
                };
        Signature signature = Signature.getInstance(algorithm);
        byte[] text = certificate.getEncoded();
        signature.initSign(key);
        signature.update(text);
        byte[] signed = signature.sign();
        signature.initVerify(certificate);
        signature.update(text);
        if (!signature.verify(signed)) {
            throw new KeyException("the certificate is another key's");
        }
    }

    private static void requireReadable(Path file, String expected) throws InvalidConfigException {
        if (!Files.isReadable(file)) {
            throw new InvalidConfigException(
                    new Problem(file.toString(), 1, "no readable file", expected));
        }
    }
}
