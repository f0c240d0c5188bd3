package dev.sluice.config;

import java.nio.file.Path;

/**
 * A {@code sluice.dev/v1 Certificate}: a PEM chain and its key, read from files and re-read when they change.
 *
 * @param key the resource's name
 * @param certFile PEM certificate chain, leaf first
 * @param keyFile PEM private key (PKCS#8 or PKCS#1)
 */
public record Certificate(ResourceKey key, Path certFile, Path keyFile) {}
