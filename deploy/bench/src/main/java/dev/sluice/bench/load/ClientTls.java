package dev.sluice.bench.load;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.3 through BoringSSL: trusts every certificate, resumes no session, and takes no cipher but the one that every
 * proxy is measured with.
 */
final class ClientTls implements AutoCloseable {

    /** BoringSSL offers it first wherever the processor has AES; it can not be told to offer nothing else. */
    private static final String CIPHER = "TLS_AES_128_GCM_SHA256";

    private final SslContext context;

    /** @param alpn the only protocol offered: {@code http/1.1} or {@code h2} */
    ClientTls(String alpn) {
        try {
            context = SslContextBuilder.forClient()
                    .sslProvider(SslProvider.OPENSSL)
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .protocols("TLSv1.3")
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            Protocol.ALPN,
                            SelectorFailureBehavior.NO_ADVERTISE,
                            SelectedListenerFailureBehavior.ACCEPT,
                            alpn))
                    .build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS through BoringSSL is not to be had", e);
        }
        ((OpenSslSessionContext) context.sessionContext()).setSessionCacheEnabled(false);
    }

    /** @return a handler that shakes hands as soon as the channel is connected */
    SslHandler handler(Channel channel) {
        return context.newHandler(channel.alloc());
    }

    /** @return why a connection whose handshake is done must not be used, null when it may */
    static @Nullable String mismatch(SslHandler handler) {
        String cipher = handler.engine().getSession().getCipherSuite();
        return cipher.equals(CIPHER) ? null : "cipher " + cipher + " (expected: " + CIPHER + ")";
    }

    @Override
    public void close() {
        ReferenceCountUtil.release(context);
    }
}
