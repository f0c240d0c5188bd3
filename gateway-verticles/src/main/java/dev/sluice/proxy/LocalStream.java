package dev.sluice.proxy;

import dev.sluice.config.ResourceKey;
import dev.sluice.route.CompiledMatch;
import dev.sluice.route.CompiledRule.WeightedBackend;
import dev.sluice.spi.LocalService;
import dev.sluice.wire.BodyBuffers;
import dev.sluice.wire.FieldLines;
import dev.sluice.wire.UpstreamHead;
import dev.sluice.wire.UpstreamStream;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request to a service of the gateway's own, in the shape of one to an upstream: so that deadlines, limits, filters of
 * protocols and the drain apply to both alike.
 */
final class LocalStream implements UpstreamStream {

    private static final int TRAILERS_ONLY_STATUS = 200;

    private final Exchange exchange;
    private final LocalService service;
    private final Listener listener;
    private final MultiMap headers = HttpHeaders.headers();
    private final ArrayDeque<Buffer> waiting = new ArrayDeque<>();
    private LocalService.@Nullable Stream served;
    private @Nullable Body body;
    private @Nullable FieldLines trailers;
    private Runnable onDrain = () -> {};
    private boolean answered;
    private boolean paused;
    private boolean over;

    LocalStream(Exchange exchange, LocalService service, Listener listener) {
        this.exchange = exchange;
        this.service = service;
        this.listener = listener;
    }

    /** Routes, endpoints or the drain have changed. */
    void changed() {
        LocalService.Stream opened = served;
        if (opened != null && !over) {
            guarded(opened::changed);
        }
    }

    /** A service that throws has made a mistake, and its exchange ends. */
    private void guarded(Runnable step) {
        try {
            step.run();
        } catch (RuntimeException | StackOverflowError bug) {
            exchange.broken(bug);
        }
    }

    // --- as an upstream's stream ---

    @Override
    public HttpVersion version() {
        return HttpVersion.HTTP_2;
    }

    @Override
    public long id() {
        return -1;
    }

    @Override
    public MultiMap headers() {
        return headers;
    }

    @Override
    public void authority(String authority) {}

    @Override
    public void writeHead() {
        guarded(() -> {
            LocalService.Stream unused = stream();
        });
    }

    private LocalService.Stream stream() {
        LocalService.Stream opened = served;
        if (opened == null) {
            opened = service.open(new View());
            served = opened;
        }
        return opened;
    }

    @Override
    public void write(Buffer chunk) {
        if (!over) {
            guarded(() -> stream().data(chunk));
        }
        BodyBuffers.release(chunk);
    }

    @Override
    public boolean takesTrailers() {
        return true;
    }

    @Override
    public void end(@Nullable Buffer lastChunk, FieldLines requestTrailers) {
        if (lastChunk != null) {
            write(lastChunk);
        }
        if (!over) {
            guarded(() -> stream().end());
        }
    }

    @Override
    public boolean writeQueueFull() {
        return !over && full();
    }

    private boolean full() {
        return paused || !waiting.isEmpty();
    }

    @Override
    public void onDrain(Runnable drained) {
        onDrain = drained;
    }

    @Override
    public void receive(Body receiver) {
        body = receiver;
    }

    @Override
    public void tunnel() {
        throw new UnsupportedOperationException("a service of the gateway's own is no tunnel");
    }

    @Override
    public void pause() {
        paused = true;
    }

    @Override
    public void resume() {
        paused = false;
        Body receiver = body;
        while (receiver != null && !paused && !over && !waiting.isEmpty()) {
            receiver.data(waiting.remove());
        }
        FieldLines last = trailers;
        if (receiver != null && !paused && !over && last != null) {
            over();
            receiver.end(last);
        }
        LocalService.Stream opened = served;
        if (opened != null && !over && !full()) {
            guarded(opened::drained);
            onDrain.run();
        }
    }

    @Override
    public boolean answered() {
        return answered;
    }

    @Override
    public boolean reusable() {
        return true;
    }

    @Override
    public void reset(long code) {
        over();
    }

    private void over() {
        if (!over) {
            over = true;
            waiting.clear();
            LocalService.Stream opened = served;
            if (opened != null) {
                guarded(opened::closed);
            }
        }
    }

    /** The request and its answer as the service sees them. */
    private final class View implements LocalService.Exchange {

        @Override
        public String path() {
            return exchange.incoming.path();
        }

        @Override
        public MultiMap requestHeaders() {
            return headers;
        }

        @Override
        public void head(int status, MultiMap fields) {
            if (!over && !answered) {
                answered = true;
                listener.head(new UpstreamHead(status, HttpVersion.HTTP_2, FieldLines.of(fields)));
            }
        }

        @Override
        public void write(Buffer chunk) {
            Body receiver = body;
            if (over || receiver == null) {
                return;
            }
            if (paused || !waiting.isEmpty()) {
                waiting.add(chunk);
            } else {
                receiver.data(chunk);
            }
        }

        @Override
        public boolean full() {
            return LocalStream.this.full();
        }

        @Override
        public void end(MultiMap fields) {
            if (!answered) {
                head(TRAILERS_ONLY_STATUS, fields);
                trailers = FieldLines.NONE;
            } else if (trailers == null) {
                trailers = FieldLines.of(fields);
            }
            if (!paused) {
                resume();
            }
        }

        @Override
        public boolean draining() {
            return exchange.proxy.traffic().draining();
        }

        @Override
        public boolean serves(String path) {
            return exchange.proxy.serves(exchange.incoming, path);
        }

        @Override
        public boolean routes(String path) {
            return exchange.proxy.match(exchange.incoming, path) != null;
        }

        @Override
        public List<ResourceKey> backends() {
            return exchange.proxy.callBackends();
        }

        @Override
        public List<ResourceKey> backends(String path) {
            CompiledMatch match = exchange.proxy.match(exchange.incoming, path);
            return match == null || !match.names(path)
                    ? List.of()
                    : match.rule().backends().stream()
                            .map(WeightedBackend::backend)
                            .toList();
        }

        @Override
        public Future<LocalService.Answer> ask(
                ResourceKey backend, String path, MultiMap fields, Buffer content, int maxBytes, Duration timeout) {
            return Inquiry.send(exchange, backend, path, fields, content, maxBytes, timeout);
        }
    }
}
