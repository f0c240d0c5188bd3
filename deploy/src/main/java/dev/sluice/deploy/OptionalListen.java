package dev.sluice.deploy;

import org.jspecify.annotations.Nullable;

/**
 * An address that a flag can also switch off.
 *
 * @param address null for {@code off}
 */
record OptionalListen(@Nullable ListenAddress address) {

    static final OptionalListen OFF = new OptionalListen(null);
}
