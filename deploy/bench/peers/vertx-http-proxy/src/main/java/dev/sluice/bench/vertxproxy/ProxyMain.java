package dev.sluice.bench.vertxproxy;

import io.vertx.core.DeploymentOptions;
import io.vertx.core.VerticleBase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.httpproxy.HttpProxy;
import java.util.List;

/** A reverse proxy as the documentation of vertx-http-proxy shows it: a verticle per event loop, pools of its own. */
public final class ProxyMain extends VerticleBase {

    private final int port;
    private final int tlsPort;
    private final int backendPort;
    private final boolean h2cBackend;
    private final PemKeyCertOptions certificate;

    private ProxyMain(String[] args) {
        port = Integer.parseInt(args[1]);
        tlsPort = Integer.parseInt(args[2]);
        backendPort = Integer.parseInt(args[3]);
        h2cBackend = Boolean.parseBoolean(args[4]);
        certificate = new PemKeyCertOptions().addCertPath(args[5]).addKeyPath(args[6]);
    }

    /** Arguments: event loops, port, TLS port, backend port, whether the backend speaks h2c, certificate, key. */
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
        HttpClientOptions client = new HttpClientOptions();
        if (h2cBackend) {
            client.setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false);
        }
        HttpProxy proxy = HttpProxy.reverseProxy(vertx.createHttpClient(
                client, new PoolOptions().setHttp1MaxSize(512).setHttp2MaxSize(8)));
        proxy.origin(backendPort, "127.0.0.1");
        Future<?> cleartext =
                vertx.createHttpServer(new HttpServerOptions()).requestHandler(proxy).listen(port, "127.0.0.1");
        Future<?> tls = vertx.createHttpServer(new HttpServerOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1))
                        .setKeyCertOptions(certificate))
                .requestHandler(proxy)
                .listen(tlsPort, "127.0.0.1");
        return Future.all(cleartext, tls);
    }
}
