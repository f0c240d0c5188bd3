package dev.sluice.cluster;

import dev.sluice.config.ClusterSettings;
import dev.sluice.config.ClusterSettings.NodeAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.Set;

/** How many nodes the cluster should have, so that a node knows whether it sees most of them. */
final class ExpectedNodes {

    private final ClusterSettings settings;

    /** At first as if there were others, since a node that knows nothing yet should not think itself whole. */
    private volatile int expected = 2;

    ExpectedNodes(ClusterSettings settings) {
        this.settings = settings;
    }

    /** The number that was found last. */
    int get() {
        return expected;
    }

    /** Whether so many are less than the majority. */
    boolean isTooFew(int members) {
        return members * 2 <= expected;
    }

    /** Looks again; may wait for DNS. What cannot be found out leaves the number as it is. */
    void refresh(NodeAddress self) {
        if (!settings.service().isEmpty()) {
            try {
                expected = InetAddress.getAllByName(settings.service()).length;
            } catch (UnknownHostException e) {
                // Also while there is no pod at all, as in a start: nothing is learnt from it.
                return;
            }
        } else {
            Set<NodeAddress> nodes = new HashSet<>();
            nodes.add(self);
            settings.members().forEach(member -> nodes.add(resolved(member, self)));
            expected = nodes.size();
        }
    }

    /** The node itself when it is meant, by whatever name. */
    private static NodeAddress resolved(NodeAddress member, NodeAddress self) {
        if (member.port() != self.port()) {
            return member;
        }
        try {
            for (InetAddress address : InetAddress.getAllByName(member.host())) {
                if (address.equals(InetAddress.getByName(self.host()))) {
                    return self;
                }
            }
        } catch (UnknownHostException e) {
            return member;
        }
        return member;
    }
}
