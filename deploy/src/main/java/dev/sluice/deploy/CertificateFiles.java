package dev.sluice.deploy;

import java.nio.file.Path;

/**
 * PEM files of one certificate.
 *
 * @param cert the chain, leaf first
 * @param key the private key
 */
record CertificateFiles(Path cert, Path key) {}
