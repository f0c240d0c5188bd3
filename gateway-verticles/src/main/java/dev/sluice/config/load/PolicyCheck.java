package dev.sluice.config.load;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** ClientPolicies: that their targets exist, and that listeners which share a socket are told the same. */
final class PolicyCheck {

    private record SocketKey(Set<String> addresses, int port) {}

    private final Resources resources;
    private final References references;
    private final Problems problems;
    private final Map<String, Field> targets = new HashMap<>();

    PolicyCheck(Resources resources, References references, Problems problems) {
        this.resources = resources;
        this.references = references;
        this.problems = problems;
    }

    void check() {
        for (Resource policy : resources.all(Kind.CLIENT_POLICY)) {
            policy.spec().at("targetRefs").items().forEach(this::checkTarget);
            for (Field range : policy.spec().at("trustedProxies").items()) {
                String text = range.text();
                if (text != null && !Addresses.isCidr(text)) {
                    problems.add(
                            range,
                            Wording.show(text) + " (expected: an address range such as 10.0.0.0/8 or 2001:db8::/32)");
                }
            }
        }
        checkSharedSockets();
    }

    private void checkTarget(Field target) {
        Resource gateway = references.gateway(target);
        if (gateway == null) {
            return;
        }
        Field section = target.at("sectionName");
        String name = section.text();
        List<Field> listeners = gateway.spec().at("listeners").items();
        if (name != null
                && listeners.stream()
                        .noneMatch(listener -> name.equals(listener.at("name").text()))) {
            if (RouteCheck.areSound(listeners, "name", problems)) {
                problems.add(section, RouteCheck.noSuchListener(name, gateway.key(), listeners));
            }
            return;
        }
        Field first = targets.putIfAbsent(target(gateway.key().toString(), name), target);
        if (first != null) {
            problems.add(
                    target,
                    "Gateway " + gateway.key() + (name == null ? "" : " listener \"" + name + "\"")
                            + " already has a ClientPolicy (first: " + first.place() + ")");
        }
    }

    private void checkSharedSockets() {
        Map<SocketKey, GatewayCheck.Socket> firsts = new HashMap<>();
        for (GatewayCheck.Socket socket : GatewayCheck.sockets(resources)) {
            GatewayCheck.Socket first = socket.port() == 0
                    ? null
                    : firsts.putIfAbsent(new SocketKey(socket.addresses(), socket.port()), socket);
            if (first != null) {
                checkAgree(first, socket);
            }
        }
    }

    private void checkAgree(GatewayCheck.Socket first, GatewayCheck.Socket second) {
        Field a = policyTarget(first);
        Field b = policyTarget(second);
        if (!Objects.equals(settings(a), settings(b))) {
            Field culprit = b != null ? b : Objects.requireNonNull(a);
            problems.add(
                    culprit,
                    "listeners \"" + first.name() + "\" and \"" + second.name() + "\" share port " + second.port()
                            + " but their ClientPolicies differ (expected: the same settings)");
        }
    }

    /** The target entry of the policy that holds for a listener; null when none does. */
    private @Nullable Field policyTarget(GatewayCheck.Socket socket) {
        Field own = targets.get(target(socket.gateway().toString(), socket.name()));
        return own != null ? own : targets.get(target(socket.gateway().toString(), null));
    }

    private static List<Object> settings(@Nullable Field target) {
        if (target == null) {
            return List.of(List.of(), "auto");
        }
        Field spec = target.document().field().at("spec");
        return List.of(spec.at("trustedProxies").texts(), spec.at("http3").text("auto"));
    }

    private static String target(String gateway, @Nullable String section) {
        return section == null ? gateway : gateway + "#" + section;
    }
}
