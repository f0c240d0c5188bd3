package dev.sluice.wire;

import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.dns.DnsQuestion;
import io.netty.handler.codec.dns.DnsRecordType;
import io.netty.handler.codec.dns.DnsResponseCode;
import io.netty.resolver.dns.DnsNameResolverException;
import io.netty.resolver.dns.DnsQueryLifecycleObserver;
import io.netty.resolver.dns.DnsQueryLifecycleObserverFactory;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Follows one look-up, for what Netty does not tell of it: that a question of one type got no answer, be it silence or
 * SERVFAIL, while that of the other did. That there is no such record is an answer.
 */
final class Unanswered implements DnsQueryLifecycleObserverFactory {

    private final Set<DnsRecordType> types = new HashSet<>();

    /** Whether the last question of this type was in vain. */
    boolean has(DnsRecordType type) {
        return types.contains(type);
    }

    @Override
    public DnsQueryLifecycleObserver newDnsQueryLifecycleObserver(DnsQuestion question) {
        return new Query(question.type());
    }

    private final class Query implements DnsQueryLifecycleObserver {

        private final DnsRecordType type;
        private boolean written;

        private Query(DnsRecordType type) {
            this.type = type;
        }

        @Override
        public void queryWritten(InetSocketAddress server, ChannelFuture future) {
            written = true;
        }

        @Override
        public void queryCancelled(int queriesLeft) {
            // there was no server left, or there is no need to ask any more
        }

        @Override
        public DnsQueryLifecycleObserver queryRedirected(List<InetSocketAddress> servers) {
            return this;
        }

        @Override
        public DnsQueryLifecycleObserver queryCNAMEd(DnsQuestion question) {
            return this;
        }

        @Override
        public DnsQueryLifecycleObserver queryNoAnswer(DnsResponseCode code) {
            types.add(type);
            return new Query(type);
        }

        /** Also called when no server is left to ask, which is no news. */
        @Override
        public void queryFailed(Throwable cause) {
            if (!written) {
                return;
            }
            if (cause instanceof DnsNameResolverException) { // a timeout, or no way to the server
                types.add(type);
            } else {
                types.remove(type);
            }
        }

        @Override
        public void querySucceed() {
            types.remove(type);
        }
    }
}
