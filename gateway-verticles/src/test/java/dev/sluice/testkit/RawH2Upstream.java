package dev.sluice.testkit;

import io.netty.handler.codec.http2.Http2Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * An h2c backend of frames (prior knowledge): the test takes each stream that the gateway opens and answers with the
 * frames it likes. Sees what Vert.x' server hides, such as request trailers.
 */
public final class RawH2Upstream implements AutoCloseable {

    private final ServerSocket server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    private final Http2Settings settings;
    private final BlockingQueue<RawH2Stream> streams = new LinkedBlockingQueue<>();
    private final List<Socket> connections = new CopyOnWriteArrayList<>();

    /** Greets with the default SETTINGS. */
    public RawH2Upstream() throws IOException {
        this(new Http2Settings());
    }

    /** Greets with these SETTINGS. */
    public RawH2Upstream(Http2Settings settings) throws IOException {
        this.settings = settings;
        Thread acceptor = new Thread(this::accept, "raw-h2-upstream");
        acceptor.setDaemon(true);
        acceptor.start();
    }

    public int port() {
        return server.getLocalPort();
    }

    /** Waits for the next stream, in order of arrival over all connections. */
    public RawH2Stream take() {
        return Eventually.take("a stream at the raw HTTP/2 upstream", streams);
    }

    /** How many connections were accepted. */
    public int connections() {
        return connections.size();
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.add(socket);
                var unused = H2Wire.server(socket, settings, streams::add);
            } catch (IOException e) {
                // this connection is gone, or all are: the loop's condition tells
            }
        }
    }
}
