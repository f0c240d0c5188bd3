package dev.sluice.grpc.interop;

import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import javax.net.ssl.SSLException;

/** Begins grpc-java's clients of ports on 127.0.0.1. */
final class GrpcClients {

    private GrpcClients() {}

    static NettyChannelBuilder cleartext(int port) {
        return NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext();
    }

    /** Trusts whatever certificate it is shown. */
    static NettyChannelBuilder tls(int port) {
        try {
            return NettyChannelBuilder.forAddress("127.0.0.1", port)
                    .sslContext(GrpcSslContexts.forClient()
                            .trustManager(InsecureTrustManagerFactory.INSTANCE)
                            .build());
        } catch (SSLException e) {
            throw new IllegalStateException(e);
        }
    }
}
