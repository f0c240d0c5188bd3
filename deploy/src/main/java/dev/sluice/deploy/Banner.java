package dev.sluice.deploy;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Bootstrap;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a started gateway prints: what it is, every open socket, where requests go. */
final class Banner {

    private final Versions versions;
    private final Bootstrap bootstrap;
    private final List<BoundSocket> sockets;
    private final String transport;
    private final Serving serving;

    Banner(Versions versions, Bootstrap bootstrap, List<BoundSocket> sockets, String transport, Serving serving) {
        this.versions = versions;
        this.bootstrap = bootstrap;
        this.sockets = List.copyOf(sockets);
        this.transport = transport;
        this.serving = serving;
    }

    /** @param sinceStart since the JVM began */
    List<String> lines(Duration sinceStart) {
        List<String> lines = new ArrayList<>();
        int loops = bootstrap.eventLoops();
        lines.add("Sluice " + versions.sluice() + "  Vert.x " + versions.vertx() + ", Java "
                + Runtime.version().feature() + ", " + transport + ", " + loops
                + (loops == 1 ? " event loop" : " event loops"));
        boolean admin = lastIsAdmin();
        List<BoundSocket> listeners = sockets.subList(0, sockets.size() - (admin ? 1 : 0)).stream()
                .sorted(Comparator.comparing(
                                (BoundSocket socket) -> !socket.tls().isEmpty())
                        .thenComparing(BoundSocket::port))
                .toList();
        int widest = sockets.stream().mapToInt(s -> url(s).length()).max().orElse(0);
        for (BoundSocket socket : listeners) {
            lines.add("listen  " + padded(url(socket), widest) + "  "
                    + String.join(", ", socket.protocols())
                    + (socket.tls().isEmpty() ? " (cleartext)" : " (" + socket.tls() + ")"));
        }
        lines.add(
                admin
                        ? "admin   " + padded(url(sockets.get(sockets.size() - 1)), widest)
                                + "  /livez /readyz /startedz /metrics /config"
                        : "admin   off");
        lines.addAll(serving.about(listeners));
        lines.add("ready in " + sinceStart.toMillis() + " ms; stop with Ctrl-C");
        return lines;
    }

    /** The admin API's socket comes last, on the port that the bootstrap says. */
    private boolean lastIsAdmin() {
        int port = bootstrap.adminPort();
        return port != Bootstrap.NO_ADMIN
                && !sockets.isEmpty()
                && (port == 0 || sockets.get(sockets.size() - 1).port() == port);
    }

    private static String url(BoundSocket socket) {
        return (socket.tls().isEmpty() ? "http://" : "https://") + Ports.join(socket.host(), socket.port());
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }
}
