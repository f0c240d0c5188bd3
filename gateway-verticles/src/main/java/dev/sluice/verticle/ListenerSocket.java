package dev.sluice.verticle;

import dev.sluice.bus.Message.BoundSocket;
import dev.sluice.config.Certificate;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ClientTerms;
import dev.sluice.config.Defaults;
import dev.sluice.drain.DrainPlan;
import dev.sluice.proxy.ProxyHandler;
import dev.sluice.proxy.SocketTraffic;
import dev.sluice.route.Bind;
import dev.sluice.stream.StreamPolicy;
import dev.sluice.wire.ExtendedConnect;
import dev.sluice.wire.ListenerTerms;
import dev.sluice.wire.SharedPort;
import dev.sluice.wire.TlsEngine;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http1ServerConfig;
import io.vertx.core.http.Http2ServerConfig;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.Http3ServerConfig;
import io.vertx.core.http.Http3Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.WebSocketServerConfig;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.ServerSSLOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One bind on one loop: a TCP server, a QUIC server beside it where HTTP/3 is served, and the handler of both. */
final class ListenerSocket {

    private static final Logger log = LoggerFactory.getLogger(ListenerSocket.class);

    private final Vertx vertx;
    private final ProxyHandler handler;
    private final int loop;
    private final StreamPolicy policy;
    private Bind bind;
    private @Nullable HttpServer tcp;
    private @Nullable HttpServer quic;
    /** Of the port, when the first loop chooses it. */
    private @Nullable SharedPort choice;

    private boolean stopped;
    private final Promise<Void> closed = Promise.promise();
    private final NextStep next;

    ListenerSocket(Vertx vertx, int loop, Bind bind, ProxyHandler handler, StreamPolicy policy) {
        this.policy = policy;
        this.vertx = vertx;
        this.next = new NextStep(vertx);
        this.loop = loop;
        this.bind = bind;
        this.handler = handler;
    }

    /** What is open and in flight on it. */
    SocketTraffic traffic() {
        return handler.traffic();
    }

    /**
     * Opens; the socket is shared with the other loops.
     *
     * @param sharedPort the bind's port, or a negative number that all loops use for the same system-chosen one
     */
    Future<ListenerSocket> open(int sharedPort) {
        if (sharedPort > 0) {
            ListenerTerms.publish(host(), sharedPort, bind.terms()); // the first connection may come at once
        }
        return listen(sharedPort).map(v -> {
            ListenerTerms.publish(host(), port(), bind.terms());
            handler.bound(
                    port(), quic == null ? null : "h3=\":" + port() + "\"; ma=" + Defaults.ALT_SVC_MAX_AGE.toSeconds());
            return this;
        });
    }

    private Future<@Nullable Void> listen(int sharedPort) {
        if (sharedPort > 0 || bind.terms().http3() == Http3.OFF) {
            return openBoth(sharedPort).recover(this::settle);
        }
        SharedPort shared = SharedPort.of(vertx, bind.key().toString());
        if (loop == 0) {
            choice = shared;
            return choose(shared, sharedPort, Defaults.PORT_CHOICES).recover(this::settle);
        }
        return shared.number(vertx)
                .timeout(Defaults.PORT_CHOICE)
                .otherwise(sharedPort)
                .compose(this::openBoth)
                .recover(this::settle);
    }

    /** The system chooses a port that is free for TCP; the first loop asks for another one when it is not for UDP as well. */
    private Future<@Nullable Void> choose(SharedPort shared, int number, int choices) {
        return Future.succeededFuture(number).compose(this::openBoth).transform((opened, error) -> {
            if (error instanceof NoQuicException
                    && error.getCause() instanceof IOException
                    && tcp != null
                    && choices > 1) {
                HttpServer unfit = tcp;
                tcp = null;
                return unfit.close().transform((v, e) -> choose(shared, SharedPort.other(number), choices - 1));
            }
            shared.chosen(number);
            return error == null ? Future.succeededFuture() : Future.failedFuture(error);
        });
    }

    private void endChoice() {
        if (choice != null) {
            choice.over();
        }
    }

    private Future<@Nullable Void> openBoth(int sharedPort) {
        HttpServerConfig config = config().setVersions(HttpVersion.HTTP_1_0, HttpVersion.HTTP_1_1, HttpVersion.HTTP_2);
        HttpServer server = wire(bind.key().tls() ? tlsServer(config) : vertx.createHttpServer(config));
        return server.listen(SharedPort.address(sharedPort, host())).compose(listening -> {
            tcp = server;
            return bind.terms().http3() == Http3.OFF ? Future.succeededFuture() : openQuic(server.actualPort());
        });
    }

    /** Serves by a new snapshot; the first loop renews the certificates, for all of them. */
    void update(Bind fresh) {
        if (loop == 0) {
            warnOfWhatStays(fresh);
        }
        bind = fresh;
        handler.update(fresh);
        ListenerTerms.publish(host(), port(), fresh.terms());
        if (fresh.key().tls() && loop == 0) {
            renew(tcp, fresh);
            renew(quic, fresh);
        }
    }

    /** What a socket that is open cannot change; all else holds from the next connection or request on. */
    private void warnOfWhatStays(Bind fresh) {
        ClientTerms old = bind.terms();
        ClientTerms wanted = fresh.terms();
        if (old.http3() != wanted.http3()
                || old.connections().concurrentStreams() != wanted.connections().concurrentStreams()) {
            log.warn("event=restart_needed listeners={} fields=http3,limits.concurrentStreams", fresh.listeners());
        }
    }

    /** What is open. */
    BoundSocket bound() {
        List<String> protocols = new ArrayList<>(List.of("HTTP/1.1", bind.key().tls() ? "HTTP/2" : "h2c"));
        if (quic != null) {
            protocols.add("HTTP/3");
        }
        String tls = "";
        if (bind.key().tls()) {
            int count = bind.certificates().size();
            tls = "TLS 1.2-1.3, " + count + (count == 1 ? " certificate" : " certificates");
        }
        String host = host();
        return new BoundSocket(bind.listeners(), host, port(), protocols, tls);
    }

    /**
     * Accepts nothing more, closes none of what is open, and lets it finish.
     *
     * @param pace over which WebSockets are closed
     * @param deadline when what is left will be {@linkplain SocketTraffic#force aborted}
     * @return completes when every connection is closed, and the sockets are
     */
    Future<?> stop(Duration pace, Duration deadline) {
        if (!stopped) {
            stopped = true;
            endChoice();
            if (tcp != null) {
                // It tells connections nothing (dev.sluice.wire.KeptOpen). What never became one goes behind them.
                var unused = tcp.shutdown(deadline.plus(Defaults.FORCED_CLOSE));
            }
            traffic()
                    .stop(pace)
                    .compose(v -> quic == null ? Future.succeededFuture() : closeBehindLastWords(quic))
                    .onComplete((v, error) -> closed.tryComplete());
        }
        return closed.future();
    }

    /** With io_uring, clients do not get the CONNECTION_CLOSE that is written just before its UDP socket closes. */
    private Future<?> closeBehindLastWords(HttpServer server) {
        return vertx.timer(Defaults.UDP_CLOSE_LINGER.toMillis(), TimeUnit.MILLISECONDS)
                .compose(v -> server.close());
    }

    /** Whether it serves a listener of this name. */
    boolean serves(String listener) {
        return bind.listeners().contains(listener);
    }

    /** Completes when it has stopped and nothing is left. */
    Future<?> closed() {
        return closed.future();
    }

    /**
     * Drains alone, whatever the node does.
     *
     * @param stopping called when it begins to accept nothing more
     */
    void drain(DrainPlan plan, Runnable stopping) {
        traffic().announceDrain(plan.announcePace(0));
        next.after(plan.lameDuck(), () -> {
            stopping.run();
            next.after(plan.deadline(), () -> traffic().force("the listener's drain deadline has passed"));
            stop(plan.stopPace(), plan.deadline()).onComplete((closed, error) -> next.cancel());
        });
    }

    /** Serves on, if it still accepts. */
    void callOffDrain() {
        if (!stopped) {
            next.cancel();
            traffic().callOffDrain();
        }
    }

    /** Closes the sockets and every connection at once. */
    Future<?> close() {
        endChoice();
        List<Future<?>> closing = new ArrayList<>(2);
        if (tcp != null && !stopped) {
            closing.add(tcp.close());
        }
        if (quic != null) {
            closing.add(quic.close());
        }
        return Future.join(closing).otherwiseEmpty();
    }

    private HttpServer tlsServer(HttpServerConfig config) {
        return vertx.httpServerBuilder()
                .with(config)
                .with(ssl(bind))
                .with(TlsEngine.options())
                .build();
    }

    private Future<@Nullable Void> openQuic(int port) {
        HttpServerConfig config =
                config().setVersions(HttpVersion.HTTP_3).setQuicPort(port).setQuicHost(host());
        config.getQuicConfig().setLoadBalanced(true);
        config.getQuicConfig()
                .getTransportConfig()
                .setInitialMaxStreamsBidi(concurrentStreams())
                .setMaxIdleTimeout(Defaults.QUIC_IDLE);
        HttpServer server;
        try {
            server = wire(vertx.createHttpServer(config, ssl(bind)));
        } catch (RuntimeException | LinkageError unavailable) {
            return Future.failedFuture(new NoQuicException(unavailable));
        }
        return server.listen().transform((listening, error) -> {
            if (error != null) {
                return Future.failedFuture(new NoQuicException(error));
            }
            quic = server;
            return Future.succeededFuture();
        });
    }

    private Future<@Nullable Void> settle(Throwable error) {
        if (error instanceof NoQuicException && bind.terms().http3() != Http3.REQUIRED) {
            if (loop == 0) {
                log.warn("event=http3_unavailable listeners={} cause={}", bind.listeners(), error.getMessage());
            }
            return Future.succeededFuture();
        }
        endChoice();
        if (tcp != null) {
            var unused = tcp.close(); // without HTTP/3 that is required there shall be no TCP either
        }
        return Future.failedFuture(error);
    }

    /** There is a TCP socket, but none of UDP beside it. */
    private static final class NoQuicException extends Exception {

        private static final long serialVersionUID = 1;

        NoQuicException(Throwable cause) {
            super("HTTP/3 cannot be served: " + cause.getMessage(), cause);
        }
    }

    private HttpServer wire(HttpServer server) {
        return server.connectionHandler(handler::connection)
                .requestHandler(handler::handle)
                .invalidRequestHandler(handler::handleInvalid)
                .exceptionHandler(error -> log.debug("event=connection_error cause={}", error.toString()));
    }

    private void renew(@Nullable HttpServer server, Bind fresh) {
        if (server != null) {
            server.updateSSLOptions(ssl(fresh), true)
                    .onFailure(error -> log.error(
                            "event=certificates_kept listeners={} cause={}", fresh.listeners(), error.toString()));
        }
    }

    private int port() {
        return tcp == null ? bind.key().port() : tcp.actualPort();
    }

    private String host() {
        return bind.key().host().isEmpty() ? WILDCARD : bind.key().host();
    }

    /** Every address, IPv6 and IPv4; IPv4 alone where the kernel has no IPv6. */
    private static final String WILDCARD = java.nio.file.Files.exists(java.nio.file.Path.of("/proc/net/if_inet6"))
                    || !System.getProperty("os.name", "").startsWith("Linux")
            ? "::"
            : "0.0.0.0";

    private int concurrentStreams() {
        return bind.terms().connections().concurrentStreams();
    }

    private HttpServerConfig config() {
        return new HttpServerConfig()
                .setStrictThreadMode(true)
                // WebSockets pass as bytes: Vert.x need not look for their extensions in every request.
                .setWebSocketConfig(new WebSocketServerConfig()
                        .setUsePerFrameCompression(false)
                        .setUsePerMessageCompression(false))
                .setHttp1Config(new Http1ServerConfig()
                        .setMaxInitialLineLength(Defaults.MAX_REQUEST_LINE_BYTES)
                        .setMaxChunkSize(Defaults.READ_BYTES_MAX)
                        .setMaxHeaderSize(Defaults.MAX_HEADER_BYTES))
                .setHttp2Config(new Http2ServerConfig()
                        // FloodGuard's limit counts; this one is for the streams that Netty itself must reset.
                        .setRstFloodMaxRstFramePerWindow(2 * policy.maxRstFrames())
                        .setRstFloodWindowDuration(Defaults.RST_WINDOW)
                        .setConnectionWindowSize(Defaults.H2_CONNECTION_WINDOW)
                        .setInitialSettings(extendedConnect(new Http2Settings())
                                .setMaxConcurrentStreams(concurrentStreams())
                                .setInitialWindowSize(Defaults.H2_STREAM_WINDOW)
                                .setMaxHeaderListSize(hardHeaderLimit())))
                .setHttp3Config(new Http3ServerConfig()
                        .setInitialSettings(new Http3Settings().setMaxFieldSectionSize(hardHeaderLimit())));
    }

    /**
     * What the decoders of HTTP/2 and 3 take at most. Beyond it they give up the connection with all of its streams, for
     * they cannot skip a section of compressed fields; so it is well above the limit that is answered with 431.
     */
    private int hardHeaderLimit() {
        int limit = bind.terms().head().headerBytes();
        return limit < 0 || limit > Defaults.MAX_DECODED_HEADER_BYTES / 4
                ? Defaults.MAX_DECODED_HEADER_BYTES
                : limit * 4;
    }

    private Http2Settings extendedConnect(Http2Settings settings) {
        return bind.terms().upgrades().webSocket() ? settings.set(ExtendedConnect.SETTING, 1L) : settings;
    }

    private static ServerSSLOptions ssl(Bind bind) {
        PemKeyCertOptions pems = new PemKeyCertOptions();
        for (Certificate certificate : bind.certificates()) {
            var unused = pems.addCertPath(certificate.certFile().toString())
                    .addKeyPath(certificate.keyFile().toString());
        }
        return new ServerSSLOptions()
                .setSni(true)
                .setKeyCertOptions(pems)
                // That of TCP is counted from accept by dev.sluice.wire, and may be longer after a reload.
                .setSslHandshakeTimeout(Defaults.MAX_TLS_HANDSHAKE.toSeconds())
                .setSslHandshakeTimeoutUnit(TimeUnit.SECONDS);
    }
}
