package dev.sluice.deploy;

import dev.sluice.config.Bootstrap.Transport;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.Defaults;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@link RunCommand}, grouped as its help shows them. */
final class RunOptions {

    private RunOptions() {}

    /** Exactly one of these. */
    static final class What {
        @Option(
                names = "--to",
                paramLabel = "URL",
                converter = FlagConverters.Upstream.class,
                description = {
                    "Send everything to this server; repeat it to balance over several. http:// is HTTP/1.1, h2c://"
                            + " cleartext HTTP/2, https:// TLS, h2:// TLS with HTTP/2 only, h3:// HTTP/3."
                })
        List<UpstreamUrl> to = List.of();

        @Option(names = "--insecure", description = "Do not verify the certificates of the --to servers.")
        boolean insecure;

        @Option(
                names = "--config",
                paramLabel = "PATH",
                description = "Serve by these Gateway API documents: a YAML file or a directory of them; repeatable.")
        List<Path> config = List.of();

        @Option(names = "--demo", description = "Start small upstreams too, and print requests to try.")
        boolean demo;
    }

    /** What a Gateway document says otherwise. */
    static final class Listen {
        static final List<String> FLAGS = List.of("--listen", "--listen-tls", "--cert", "--key", "--http3");

        @Option(
                names = "--listen",
                paramLabel = "[HOST]:PORT",
                converter = FlagConverters.Address.class,
                description = "HTTP/1.1 and HTTP/2 in cleartext (default: :8080; port 0 picks a free one).")
        ListenAddress cleartext = new ListenAddress("", Defaults.HTTP_PORT);

        @Option(
                names = "--listen-tls",
                paramLabel = "[HOST]:PORT|off",
                converter = FlagConverters.AddressOrOff.class,
                description = "HTTPS, and HTTP/3 over UDP on the same number (default: :8443 if it is free).")
        @Nullable
        OptionalListen tls;

        @Option(
                names = "--cert",
                paramLabel = "FILE",
                description = "PEM certificate chain, re-read when it changes (default: self-signed, for localhost).")
        @Nullable
        Path cert;

        @Option(names = "--key", paramLabel = "FILE", description = "PEM private key of --cert.")
        @Nullable
        Path key;

        @Option(
                names = "--http3",
                paramLabel = "auto|required|off",
                description = "HTTP/3 where this machine can, or never start without it, or never (default: auto).")
        Http3 http3 = Http3.AUTO;
    }

    /** What a Bootstrap document says otherwise; null leaves it to that. */
    static final class Running {
        @Option(
                names = "--admin",
                paramLabel = "HOST:PORT|off",
                converter = FlagConverters.AddressOrOff.class,
                description = "Probes, metrics and configuration, without authentication (default: 127.0.0.1:9000).")
        @Nullable
        OptionalListen admin;

        @Option(
                names = "--event-loops",
                paramLabel = "N",
                description = "Event loops, 1..1024 (default: one per core).")
        @Nullable
        Integer eventLoops;

        @Option(
                names = "--transport",
                paramLabel = "auto|io_uring|epoll|nio",
                description = "How sockets are driven (default: auto: the first of the others that works here).")
        @Nullable
        Transport transport;

        @Option(
                names = "--access-log",
                paramLabel = "PATH|-|off",
                description = "One JSON line per request, '-' for standard output (default: -).")
        @Nullable
        String accessLog;

        @Option(
                names = "--lame-duck",
                paramLabel = "DURATION",
                converter = FlagConverters.Time.class,
                description = "After SIGTERM, keep accepting this long with /readyz at 503 (default: 0s).")
        @Nullable
        Duration lameDuck;

        @Option(
                names = "--drain-deadline",
                paramLabel = "DURATION",
                converter = FlagConverters.Time.class,
                description = "Then let requests in flight finish for this long (default: 25s).")
        @Nullable
        Duration drainDeadline;
    }
}
