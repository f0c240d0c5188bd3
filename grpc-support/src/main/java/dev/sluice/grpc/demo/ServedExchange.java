package dev.sluice.grpc.demo;

import dev.sluice.config.ResourceKey;
import dev.sluice.grpc.GrpcReply;
import dev.sluice.grpc.GrpcStatus;
import dev.sluice.spi.LocalService;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;

/** A request to a server without a gateway around it: it routes nowhere, and serves what it has. */
final class ServedExchange implements LocalService.Exchange {

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private boolean closed;

    ServedExchange(HttpServerRequest request) {
        this.request = request;
        this.response = request.response();
    }

    /** Lets this service answer it. */
    void serve(LocalService service) {
        LocalService.Stream stream = service.open(this);
        request.handler(stream::data);
        request.endHandler(ended -> stream.end());
        request.exceptionHandler(gone -> close(stream));
        response.exceptionHandler(gone -> close(stream));
        response.closeHandler(gone -> close(stream));
    }

    private void close(LocalService.Stream stream) {
        if (!closed) {
            closed = true;
            stream.closed();
        }
    }

    /** Answers with a status alone. */
    void refuse(GrpcStatus status, String message) {
        end(MultiMap.caseInsensitiveMultiMap()
                .set("content-type", "application/grpc")
                .set("grpc-status", status.text())
                .set("grpc-message", GrpcReply.percentEncoded(message)));
    }

    @Override
    public String path() {
        return request.path();
    }

    @Override
    public MultiMap requestHeaders() {
        return request.headers();
    }

    @Override
    public void head(int status, MultiMap headers) {
        response.setStatusCode(status).headers().addAll(headers);
        ignore(response.writeHead());
    }

    @Override
    public void write(Buffer chunk) {
        ignore(response.write(chunk));
    }

    @Override
    public void end(MultiMap trailers) {
        if (response.headWritten()) {
            response.trailers().addAll(trailers);
        } else {
            response.headers().addAll(trailers);
        }
        ignore(response.end());
    }

    /** A client that goes away in the middle is no concern of a demo. */
    private static void ignore(Future<Void> written) {
        Future<Void> unused = written;
    }

    @Override
    public boolean draining() {
        return false;
    }

    @Override
    public boolean serves(String path) {
        return false;
    }

    @Override
    public boolean routes(String path) {
        return false;
    }

    @Override
    public List<ResourceKey> backends() {
        return List.of();
    }

    @Override
    public List<ResourceKey> backends(String path) {
        return List.of();
    }

    @Override
    public Future<LocalService.Answer> ask(
            ResourceKey backend, String path, MultiMap headers, Buffer body, int maxBytes, Duration timeout) {
        return Future.failedFuture("no backend " + backend);
    }
}
