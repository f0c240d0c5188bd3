package dev.sluice.config.load;

import dev.sluice.config.ResourceKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Gateways: their addresses, their listeners, and that listeners which share a port agree. */
final class GatewayCheck {

    /**
     * A listener with the addresses of its gateway.
     *
     * @param gateway its gateway's key
     * @param addresses none for every address
     * @param field the listener
     */
    record Socket(ResourceKey gateway, Set<String> addresses, Field field) {

        int port() {
            return field.at("port").number(0);
        }

        String name() {
            return field.at("name").text("");
        }

        @Nullable
        String hostname() {
            return field.at("hostname").text();
        }

        /** Whether both get their requests from one socket. Port 0 is another one each time. */
        boolean sharesSocketWith(Socket other) {
            return port() != 0 && port() == other.port() && addresses.equals(other.addresses);
        }

        /** Whether the system would refuse to open both. */
        boolean clashesWith(Socket other) {
            return port() != 0
                    && port() == other.port()
                    && !addresses.equals(other.addresses)
                    && (addresses.isEmpty()
                            || other.addresses.isEmpty()
                            || addresses.stream().anyMatch(other.addresses::contains));
        }
    }

    private final Resources resources;
    private final References references;
    private final Problems problems;

    GatewayCheck(Resources resources, References references, Problems problems) {
        this.resources = resources;
        this.references = references;
        this.problems = problems;
    }

    void check() {
        for (Resource gateway : resources.all(Kind.GATEWAY)) {
            checkAddresses(gateway);
            checkListeners(gateway);
        }
        checkSharedPorts(sockets(resources));
    }

    /** All listeners of all gateways, in document order. */
    static List<Socket> sockets(Resources resources) {
        List<Socket> sockets = new ArrayList<>();
        for (Resource gateway : resources.all(Kind.GATEWAY)) {
            Set<String> addresses = new HashSet<>();
            gateway.spec()
                    .at("addresses")
                    .items()
                    .forEach(address -> addresses.add(address.at("value").text("")));
            for (Field listener : gateway.spec().at("listeners").items()) {
                sockets.add(new Socket(gateway.key(), addresses, listener));
            }
        }
        return sockets;
    }

    private void checkAddresses(Resource gateway) {
        Set<String> seen = new HashSet<>();
        for (Field address : gateway.spec().at("addresses").items()) {
            Field value = address.at("value");
            String text = value.text();
            if (text != null && !Addresses.isIp(text)) {
                problems.add(value, Wording.show(text) + " (expected: an IPv4 or IPv6 address)");
            } else if (text != null && !seen.add(text)) {
                problems.add(value, "duplicate address " + Wording.show(text));
            }
        }
    }

    private void checkListeners(Resource gateway) {
        Map<String, Field> names = new HashMap<>();
        for (Field listener : gateway.spec().at("listeners").items()) {
            Field name = listener.at("name");
            Field first = name.text() == null ? null : names.putIfAbsent(name.text(""), name);
            if (first != null) {
                problems.add(
                        name, "duplicate listener " + Wording.show(name.value()) + " (first: " + first.place() + ")");
            }
            Field tls = listener.at("tls");
            String protocol = listener.at("protocol").text("");
            if (protocol.equals("HTTP") && tls.exists()) {
                problems.addKey(tls, "an HTTP listener has no tls (expected: protocol: HTTPS, or no tls)");
            } else if (protocol.equals("HTTPS") && !tls.exists()) {
                problems.add(tls, "missing (expected: certificateRefs for the HTTPS listener)");
            }
            for (Field reference : tls.at("certificateRefs").items()) {
                references.checkTyped(reference, Kind.CERTIFICATE, "Secret");
            }
        }
    }

    private void checkSharedPorts(List<Socket> sockets) {
        Map<Integer, List<Socket>> byPort = new HashMap<>();
        for (Socket socket : sockets) {
            List<Socket> earlier = byPort.computeIfAbsent(socket.port(), port -> new ArrayList<>());
            earlier.forEach(other -> checkPair(other, socket));
            earlier.add(socket);
        }
    }

    private void checkPair(Socket first, Socket second) {
        String place = " (first: " + first.field().place() + ")";
        if (first.clashesWith(second)) {
            problems.add(
                    second.field().at("port"),
                    second.port() + " is also opened by " + described(first)
                            + ", whose gateway overlaps in spec.addresses without having the same ones" + place);
        } else if (first.sharesSocketWith(second)) {
            Field protocol = second.field().at("protocol");
            String firstProtocol = first.field().at("protocol").text();
            if (firstProtocol != null && protocol.text() != null && !firstProtocol.equals(protocol.text())) {
                problems.add(
                        protocol,
                        protocol.text() + " on port " + second.port() + " (expected: " + firstProtocol + ", as "
                                + described(first) + " has it on that port)" + place);
            } else if (String.valueOf(first.hostname()).equals(String.valueOf(second.hostname()))) {
                String hostname = second.hostname();
                problems.add(
                        second.field().at(hostname == null ? "port" : "hostname"),
                        "port " + second.port() + " with "
                                + (hostname == null ? "every hostname" : "hostname " + Wording.show(hostname))
                                + " is already taken by " + described(first) + place);
            }
        }
    }

    private static String described(Socket socket) {
        return "listener \"" + socket.name() + "\" of Gateway " + socket.gateway();
    }
}
