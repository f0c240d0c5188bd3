package dev.sluice.config.load;

import dev.sluice.config.ClientTerms;
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
            checkRanges(policy.spec().at("trustedProxies"));
            checkRanges(policy.spec().at("proxyProtocol").at("trustedSources"));
        }
        checkSharedSockets();
    }

    private void checkRanges(Field ranges) {
        for (Field range : ranges.items()) {
            String text = range.text();
            if (text != null && !Addresses.isCidr(text)) {
                problems.add(
                        range,
                        Wording.show(text) + " (expected: an address range such as 10.0.0.0/8 or 2001:db8::/32)");
            }
        }
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
        if (isSound(a) && isSound(b) && !terms(a).equals(terms(b))) {
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

    private boolean isSound(@Nullable Field target) {
        return target == null || !problems.hasAny(target.document());
    }

    private static ClientTerms terms(@Nullable Field target) {
        return target == null
                ? ClientTerms.DEFAULT
                : TermsDecoder.client(target.document().field().at("spec"));
    }

    private static String target(String gateway, @Nullable String section) {
        return section == null ? gateway : gateway + "#" + section;
    }
}
