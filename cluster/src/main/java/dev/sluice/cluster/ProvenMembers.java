package dev.sluice.cluster;

import com.hazelcast.instance.EndpointQualifier;
import com.hazelcast.instance.impl.DefaultNodeContext;
import com.hazelcast.instance.impl.DefaultNodeExtension;
import com.hazelcast.instance.impl.Node;
import com.hazelcast.instance.impl.NodeExtension;
import com.hazelcast.nio.MemberSocketInterceptor;

/** Puts a {@link MemberProof} in front of all that Hazelcast's port hears; its free edition ships none of its own. */
final class ProvenMembers extends DefaultNodeContext {

    private final MemberProof proof;

    ProvenMembers(MemberProof proof) {
        this.proof = proof;
    }

    @Override
    public NodeExtension createNodeExtension(Node node) {
        return new DefaultNodeExtension(node) {
            @Override
            public MemberSocketInterceptor getSocketInterceptor(EndpointQualifier endpoint) {
                return proof;
            }
        };
    }
}
