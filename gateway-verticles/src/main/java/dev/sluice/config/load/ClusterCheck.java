package dev.sluice.config.load;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.Defaults;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** What the schema cannot say of {@code Bootstrap spec.cluster}. */
final class ClusterCheck {

    private final SecretFiles secrets;
    private final Problems problems;

    ClusterCheck(SecretFiles secrets, Problems problems) {
        this.secrets = secrets;
        this.problems = problems;
    }

    void check(Field cluster) {
        if (!cluster.exists()) {
            return;
        }
        oneOf(cluster, "members", "kubernetes");
        oneOf(cluster, "secret", "secretFile");
        if (!cluster.at("secret").exists()) {
            secrets.check(cluster.at("secretFile"));
        }
        cluster.at("members").items().forEach(this::checkMember);
        Field draining = cluster.at("maxDraining");
        if (draining.number(Defaults.CLUSTER_MAX_DRAINING) < 1) {
            problems.add(
                    draining,
                    Wording.show(draining.value()) + " (expected: 1 or more nodes, or a percentage such as 25%)");
        }
        Field bind = cluster.at("bind");
        if (bind.text() != null) {
            checkBind(cluster, bind);
        } else if (cluster.at("members").exists()) {
            problems.add(cluster, "bind is missing (expected: where this node listens, such as 10.0.0.1:5701)");
        }
    }

    private void oneOf(Field cluster, String one, String other) {
        if (cluster.at(one).exists() && cluster.at(other).exists()) {
            problems.addKey(cluster.at(other), one + " is given too (expected: one of the two)");
        } else if (!cluster.at(one).exists() && !cluster.at(other).exists()) {
            problems.add(cluster, one + " is missing (expected: " + one + " or " + other + ")");
        }
    }

    private void checkMember(Field member) {
        try {
            Addresses.HostPort unused = Addresses.namePort(member.text(""));
        } catch (IllegalArgumentException e) {
            problems.add(member, String.valueOf(e.getMessage()));
        }
    }

    private void checkBind(Field cluster, Field bind) {
        Addresses.HostPort address;
        try {
            address = Addresses.hostPort(bind.text(""));
        } catch (IllegalArgumentException e) {
            problems.add(bind, String.valueOf(e.getMessage()));
            return;
        }
        if (address.port() == 0) {
            problems.add(bind, "port 0 (expected: 1..65535, a port at which the other nodes look)");
        } else if (isPublic(address.host()) && !cluster.at("allowPublicBind").flag(false)) {
            problems.add(
                    bind,
                    Wording.show(bind.text()) + " is reachable from anywhere (expected: a loopback or private address,"
                            + " or allowPublicBind: true where a firewall guards the port)");
        } else if (!cluster.at("busPort").exists() && address.port() + Defaults.CLUSTER_BUS_PORT_OFFSET > 65535) {
            problems.add(
                    bind,
                    "port " + address.port() + " leaves none " + Defaults.CLUSTER_BUS_PORT_OFFSET
                            + " above it (expected: a lower port, or busPort)");
        }
    }

    private static boolean isPublic(String ip) {
        try {
            return ClusterSettings.isPublic(InetAddress.getByName(ip)); // a literal, so DNS is not asked
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(ip, e);
        }
    }
}
