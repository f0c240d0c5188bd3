package dev.sluice.drain;

import io.vertx.core.http.HttpVersion;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/**
 * What is open and in flight, by what people call it.
 *
 * @param connections of clients
 * @param inFlight exchanges; of each kind that there is, none included
 */
public record DrainProgress(Map<Kind, Integer> connections, Map<Kind, Integer> inFlight) {

    public DrainProgress {
        connections = Map.copyOf(connections);
        inFlight = Map.copyOf(inFlight);
    }

    /** Kinds of traffic; connections are of the first three alone. */
    public enum Kind {
        H1,
        H2,
        H3,
        /** And other tunnels. */
        WEBSOCKET,
        /** Over whatever protocol. */
        GRPC;

        /** Of an HTTP version. */
        public static Kind of(HttpVersion version) {
            return switch (version) {
                case HTTP_1_0, HTTP_1_1 -> H1;
                case HTTP_2 -> H2;
                case HTTP_3 -> H3;
            };
        }

        /** As it is shown. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Both together. */
    public DrainProgress plus(DrainProgress other) {
        Counts counts = new Counts();
        for (DrainProgress one : new DrainProgress[] {this, other}) {
            one.connections.forEach((kind, count) -> counts.connections.merge(kind, count, Integer::sum));
            one.inFlight.forEach((kind, count) -> counts.inFlight.merge(kind, count, Integer::sum));
        }
        return counts.progress();
    }

    /** Counts one by one. */
    public static final class Counts {

        private final Map<Kind, Integer> connections = new EnumMap<>(Kind.class);
        private final Map<Kind, Integer> inFlight = new EnumMap<>(Kind.class);

        /** None of any kind. */
        public Counts() {
            for (Kind kind : new Kind[] {Kind.H1, Kind.H2, Kind.H3}) {
                connections.put(kind, 0);
            }
            for (Kind kind : Kind.values()) {
                inFlight.put(kind, 0);
            }
        }

        /** Another connection. */
        public void connection(HttpVersion version) {
            connections.merge(Kind.of(version), 1, Integer::sum);
        }

        /** Another exchange. */
        public void exchange(Kind kind) {
            inFlight.merge(kind, 1, Integer::sum);
        }

        /** What was counted. */
        public DrainProgress progress() {
            return new DrainProgress(connections, inFlight);
        }
    }
}
