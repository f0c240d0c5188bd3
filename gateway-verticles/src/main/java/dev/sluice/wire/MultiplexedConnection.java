package dev.sluice.wire;

import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;

/** An HTTP/2 or HTTP/3 connection, as Vert.x runs it. */
record MultiplexedConnection(HttpClientConnection connection) implements UpstreamConnection {

    @Override
    public void open(HttpMethod method, String uri, UpstreamStream.Listener listener) {
        connection.request(new RequestOptions().setMethod(method).setURI(uri)).onComplete((request, error) -> {
            if (error == null) {
                new MultiplexedStream(request, listener).opened();
            } else {
                listener.failed(error);
            }
        });
    }
}
