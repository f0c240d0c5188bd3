package dev.sluice.wire;

import io.vertx.core.net.JdkSSLEngineOptions;
import io.vertx.core.net.OpenSSLEngineOptions;
import io.vertx.core.net.SSLEngineOptions;

/** What does the TLS of a process: BoringSSL where its library loads, which takes a fraction of the JDK's CPU time. */
public final class TlsEngine {

    private static final boolean BORINGSSL =
            OpenSSLEngineOptions.isAvailable() && OpenSSLEngineOptions.isAlpnAvailable();

    private TlsEngine() {}

    /** For a Vert.x server or client. */
    public static SSLEngineOptions options() {
        return BORINGSSL ? new OpenSSLEngineOptions() : new JdkSSLEngineOptions();
    }

    /** {@code BoringSSL} or {@code JDK}. */
    public static String name() {
        return BORINGSSL ? "BoringSSL" : "JDK";
    }
}
