package dev.sluice.bench.vertxproxy;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.httpproxy.HttpProxy;
import java.util.List;
import java.util.Set;

/** A reverse proxy as the documentation of vertx-http-proxy shows it: a verticle per event loop, pools of its own. */
public final class ProxyMain extends VerticleBase {

    private final int port;
    private final int tlsPort;
    private final int backendPort;
    private final PemKeyCertOptions certificate;

    private ProxyMain(String[] args) {
        port = Integer.parseInt(args[1]);
        tlsPort = Integer.parseInt(args[2]);
        backendPort = Integer.parseInt(args[3]);
        certificate = new PemKeyCertOptions().addCertPath(args[4]).addKeyPath(args[5]);
    }

    /** Arguments: event loops, port, TLS port, backend port, certificate, key. */
    public static void main(String[] args) {
        int loops = Integer.parseInt(args[0]);
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        vertx.deployVerticle(() -> new ProxyMain(args), new DeploymentOptions().setInstances(loops))
                .onFailure(failure -> {
                    failure.printStackTrace();
                    System.exit(1);
                });
    }

    @Override
    public Future<?> start() {
        HttpProxy proxy = HttpProxy.reverseProxy(
                vertx.createHttpClient(new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(512)));
        proxy.origin(backendPort, "127.0.0.1");
        Future<?> cleartext =
                vertx.createHttpServer(new HttpServerOptions()).requestHandler(proxy).listen(port, "127.0.0.1");
        Future<?> tls = vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
                        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3"))
                        .addEnabledCipherSuite("TLS_AES_128_GCM_SHA256")
                        .setKeyCertOptions(certificate))
                .requestHandler(proxy)
                .listen(tlsPort, "127.0.0.1");
        return Future.all(cleartext, tls);
    }
}
