package dev.sluice.config.load;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.MaxDraining;
import dev.sluice.config.ClusterSettings.NodeAddress;
import dev.sluice.config.Defaults;
import dev.sluice.config.Secret;
import org.jspecify.annotations.Nullable;

/** Turns {@code Bootstrap spec.cluster} into its record. */
final class ClusterDecoder {

    private ClusterDecoder() {}

    static @Nullable ClusterSettings cluster(Field cluster, SecretFiles secrets) {
        if (!cluster.exists()) {
            return null;
        }
        String bound = cluster.at("bind").text();
        NodeAddress bind = bound == null ? null : node(Addresses.hostPort(bound));
        String secret = cluster.at("secret").text();
        return new ClusterSettings(
                ResourceDecoder.required(cluster.at("name")),
                bind,
                cluster.at("busPort")
                        .number((bind == null ? Defaults.CLUSTER_PORT : bind.port())
                                + Defaults.CLUSTER_BUS_PORT_OFFSET),
                cluster.at("allowPublicBind").flag(false),
                ResourceDecoder.each(
                        cluster.at("members").items(),
                        member -> node(Addresses.namePort(ResourceDecoder.required(member)))),
                cluster.at("kubernetes").at("service").text(""),
                secret == null ? secrets.secret(cluster.at("secretFile")) : new Secret(secret),
                maxDraining(cluster.at("maxDraining")),
                cluster.at("sharedHealth").flag(true));
    }

    private static NodeAddress node(Addresses.HostPort address) {
        return new NodeAddress(address.host(), address.port());
    }

    private static MaxDraining maxDraining(Field field) {
        String percent = field.text();
        return percent == null
                ? new MaxDraining(field.number(Defaults.CLUSTER_MAX_DRAINING), 0)
                : new MaxDraining(0, Integer.parseInt(percent.substring(0, percent.length() - 1)));
    }
}
