package dev.sluice.testkit;

import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/** One request at an {@link UpstreamServer}, on its event loop, for the script that answers it. */
public final class UpstreamExchange {

    private final HttpServerRequest request;
    private final ReceivedRequest received;
    private final Context loop;
    private Handler<Buffer> onChunk = chunk -> {};
    private Runnable onEnd = () -> {};

    UpstreamExchange(HttpServerRequest request, ReceivedRequest received, Context loop) {
        this.loop = loop;
        this.request = request;
        this.received = received;
        request.exceptionHandler(received::broken);
        request.response().exceptionHandler(received::broken);
        request.handler(this::chunk);
        request.endHandler(end -> end());
    }

    /** To pause and resume; its body goes to {@link #onChunk} and {@link #onEnd}. */
    public HttpServerRequest request() {
        return request;
    }

    public HttpServerResponse response() {
        return request.response();
    }

    public ReceivedRequest received() {
        return received;
    }

    /** Called with every chunk of the body. */
    public UpstreamExchange onChunk(Handler<Buffer> handler) {
        onChunk = handler;
        return this;
    }

    /** Called at the end of the body. */
    public UpstreamExchange onEnd(Runnable handler) {
        onEnd = handler;
        return this;
    }

    /** Runs on this exchange's event loop, from any thread. */
    public void execute(Runnable task) {
        loop.runOnContext(run -> task.run());
    }

    private void chunk(Buffer chunk) {
        received.chunk(chunk);
        onChunk.handle(chunk);
    }

    private void end() {
        received.end();
        onEnd.run();
    }
}
