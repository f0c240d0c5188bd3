package dev.sluice.bench.load;

import org.jspecify.annotations.Nullable;

/**
 * A connection to its user that opens a true one for every request and closes it after the answer. Opening counts into
 * the latency.
 *
 * <p>Closes with a FIN, as clients do; the port then waits in TIME_WAIT, from where Linux takes it again after a second
 * on loopback ({@code net.ipv4.tcp_tw_reuse=2}, its default).
 */
final class ConnectionEach implements Connection, Connection.Listener {

    private final Connector connector;
    private final Connection.Listener listener;
    private @Nullable Connection current;
    private int call;
    private long due;
    private boolean open = true;

    ConnectionEach(Connector connector, Connection.Listener listener) {
        this.connector = connector;
        this.listener = listener;
    }

    @Override
    public void send(int call, long due) {
        this.call = call;
        this.due = due;
        current = connector.open(this);
    }

    @Override
    public void flush() {
        // A request is flushed when its connection is up.
    }

    @Override
    public boolean usable() {
        return open;
    }

    @Override
    public void close() {
        open = false;
        if (current != null) {
            current.close();
        }
        listener.closed(this, null);
    }

    @Override
    public void opened(Connection connection) {
        connection.send(call, due);
        connection.flush();
    }

    @Override
    public void answered(Connection connection, long due, @Nullable String failure) {
        if (connection == current) {
            current = null;
            connection.close();
            listener.answered(this, due, failure);
        }
    }

    @Override
    public void closed(Connection connection, @Nullable String failure) {
        if (connection == current) {
            current = null;
            listener.answered(this, due, failure == null ? "closed before the request was sent" : failure);
        }
    }
}
