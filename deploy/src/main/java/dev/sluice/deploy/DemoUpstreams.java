package dev.sluice.deploy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerConfig;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/** The servers behind {@link Demo}. */
final class DemoUpstreams {

    private static final int TICKS = 5;
    private static final long TICK_MILLIS = 500;
    private static final long SLOW_MILLIS = 3000;

    private final Vertx vertx;

    DemoUpstreams(Vertx vertx) {
        this.vertx = vertx;
    }

    /** {@code /hello}, {@code /echo}, {@code /stream}, {@code /slow} over HTTP/1.1. */
    Future<HttpServer> http(String name) {
        return listen(HttpVersion.HTTP_1_1, request -> {
            switch (request.path()) {
                case "/hello" -> end(request.response(), "hello from upstream " + name + "\n");
                case "/echo" -> echo(request);
                case "/stream" -> stream(request.response());
                case "/slow" -> {
                    long unused = vertx.setTimer(SLOW_MILLIS, id -> end(request.response(), "at last\n"));
                }
                default ->
                    end(
                            request.response().setStatusCode(404),
                            "upstream " + name + " has /hello, /echo, /stream and /slow\n");
            }
        });
    }

    /** Every path, with response trailers as gRPC uses them, over cleartext HTTP/2. */
    Future<HttpServer> h2c() {
        return listen(HttpVersion.HTTP_2, request -> {
            HttpServerResponse response = request.response();
            response.putHeader("content-type", "text/plain").putHeader("trailer", "x-checksum");
            response.putTrailer("x-checksum", "17");
            end(response, "the body comes first, then a trailer\n");
        });
    }

    private Future<HttpServer> listen(HttpVersion version, io.vertx.core.Handler<HttpServerRequest> handler) {
        HttpServerConfig config =
                new HttpServerConfig().setVersions(version).setHost("127.0.0.1").setPort(0);
        return vertx.createHttpServer(config).requestHandler(handler).listen();
    }

    private static void echo(HttpServerRequest request) {
        StringBuilder text = new StringBuilder();
        text.append(request.method()).append(' ').append(request.uri()).append('\n');
        request.headers()
                .forEach((name, value) ->
                        text.append(name).append(": ").append(value).append('\n'));
        request.body()
                .onComplete(
                        body -> end(
                                request.response(),
                                text.append('\n').append(body).append('\n').toString()),
                        broken -> request.connection().close());
    }

    private void stream(HttpServerResponse response) {
        response.putHeader("content-type", "text/event-stream").setChunked(true);
        int[] sent = {0};
        long timer = vertx.setPeriodic(0, TICK_MILLIS, id -> {
            sent[0]++;
            ignore(response.write("data: tick " + sent[0] + " of " + TICKS + "\n\n"));
            if (sent[0] == TICKS) {
                vertx.cancelTimer(id);
                ignore(response.end());
            }
        });
        response.exceptionHandler(gone -> vertx.cancelTimer(timer));
        response.closeHandler(gone -> vertx.cancelTimer(timer));
    }

    private static void end(HttpServerResponse response, String text) {
        ignore(response.end(text));
    }

    /** A client that goes away in the middle is no concern of a demo. */
    private static void ignore(Future<Void> written) {
        Future<Void> unused = written;
    }
}
