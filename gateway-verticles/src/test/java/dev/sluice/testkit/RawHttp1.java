package dev.sluice.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** An HTTP/1 client of which every byte is the test's, and which tells how a connection ended. */
public final class RawHttp1 implements AutoCloseable {

    private static final int STILL_OPEN_AFTER_MILLIS = 250;

    private final Socket socket;
    private final InputStream in;
    private final WireReader reader;

    private RawHttp1(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) Eventually.DEADLINE.toMillis());
        in = new BufferedInputStream(socket.getInputStream());
        reader = new WireReader(in);
    }

    /** Connects to 127.0.0.1. */
    public static RawHttp1 connect(int port) throws IOException {
        return connect(InetAddress.getLoopbackAddress(), port);
    }

    public static RawHttp1 connect(InetAddress address, int port) throws IOException {
        return new RawHttp1(new Socket(address, port));
    }

    /**
     * Connects to 127.0.0.1 with TLS, offering {@code http/1.1} by ALPN.
     *
     * @param sni the server name to ask for; null for none
     */
    public static RawHttp1 connectTls(int port, SSLContext context, @Nullable String sni) throws IOException {
        return new RawHttp1(tls(port, context, sni, "http/1.1"));
    }

    /** The same behind these bytes in cleartext. */
    public static RawHttp1 connectTls(int port, byte[] before, SSLContext context) throws IOException {
        return new RawHttp1(tls(begun(port, before), port, context, null, "http/1.1"));
    }

    /** A connection to 127.0.0.1 that begins with these bytes. */
    static Socket begun(int port, byte[] bytes) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.getOutputStream().write(bytes);
        return socket;
    }

    static SSLSocket tls(int port, SSLContext context, @Nullable String sni, String alpn) throws IOException {
        return tls(new Socket(InetAddress.getLoopbackAddress(), port), port, context, sni, alpn);
    }

    static SSLSocket tls(Socket plain, int port, SSLContext context, @Nullable String sni, String alpn)
            throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {alpn});
        if (sni != null) {
            parameters.setServerNames(List.of(new SNIHostName(sni)));
        }
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** The TLS session, to look at the certificate that the server showed. */
    public SSLSocket tls() {
        return (SSLSocket) socket;
    }

    /** Our own port of the connection. */
    public int localPort() {
        return socket.getLocalPort();
    }

    /** Sends exactly this, a char a byte (ISO 8859-1). */
    public RawHttp1 send(String bytes) throws IOException {
        return send(bytes.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawHttp1 send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Sends a head of these lines, and the empty line that ends it. */
    public RawHttp1 sendHead(String... lines) throws IOException {
        return send(String.join("\r\n", lines) + "\r\n\r\n");
    }

    /** A whole GET on this connection. */
    public RawResponse get(String target) throws IOException {
        return send("GET " + target + " HTTP/1.1\r\nhost: localhost\r\n\r\n").readFinal();
    }

    /** The next response, interim ones (1xx) included. */
    public RawResponse readResponse() throws IOException {
        return readResponse(false);
    }

    /** The next response that is not interim. */
    public RawResponse readFinal() throws IOException {
        RawResponse response = readResponse();
        while (response.status() < 200) {
            response = readResponse();
        }
        return response;
    }

    /**
     * @param toHead whether the request was HEAD, whose response has no body
     */
    public RawResponse readResponse(boolean toHead) throws IOException {
        return readBody(readHeadOnly(), toHead);
    }

    /** The head of the next response, leaving its body to {@link #readBody}. */
    public RawResponse readHeadOnly() throws IOException {
        return new RawResponse(reader.line(), reader.fields(), new byte[0], List.of(), false);
    }

    /** The whole response of which this is the head. */
    public RawResponse readBody(RawResponse head, boolean toHead) throws IOException {
        String statusLine = head.statusLine();
        List<Map.Entry<String, String>> headers = head.headers();
        int status = Integer.parseInt(statusLine.substring(9, 12));
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        List<Map.Entry<String, String>> trailers = List.of();
        String length = RawResponse.value(headers, "content-length");
        String encoding = RawResponse.value(headers, "transfer-encoding");
        boolean complete = true;
        try {
            if (toHead || status < 200 || status == 204 || status == 304) {
                complete = true;
            } else if (encoding != null) {
                trailers = reader.chunked(body);
            } else if (length != null) {
                reader.exactly(Long.parseLong(length), body);
            } else {
                reader.untilEof(body);
            }
        } catch (EOFException | SocketException e) {
            complete = false;
        }
        return new RawResponse(statusLine, headers, body.toByteArray(), trailers, complete);
    }

    /** The head of the next response, leaving its body to {@link #readSome}. */
    public String readHead() throws IOException {
        StringBuilder head = new StringBuilder();
        for (String line = reader.line(); !line.isEmpty(); line = reader.line()) {
            head.append(line).append('\n');
        }
        return head.toString();
    }

    /** Exactly this many bytes, as ISO 8859-1. */
    public String readSome(int length) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        reader.exactly(length, bytes);
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** Everything up to the peer's FIN. */
    public String readToEof() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        reader.untilEof(bytes);
        return bytes.toString(StandardCharsets.ISO_8859_1);
    }

    /** Waits until the peer has closed, by FIN or RST, discarding what it still sends. */
    public void awaitClosed() throws IOException {
        try {
            reader.untilEof(new ByteArrayOutputStream());
        } catch (SocketTimeoutException e) {
            throw new AssertionError("still open after " + Eventually.DEADLINE, e);
        } catch (SocketException e) {
            // a reset is a close
        }
    }

    /** Whether the peer keeps the connection open and has nothing to say, looked at for a quarter of a second. */
    public boolean isOpen() throws IOException {
        socket.setSoTimeout(STILL_OPEN_AFTER_MILLIS);
        try {
            in.mark(1);
            int b = in.read();
            if (b >= 0) {
                in.reset();
                throw new AssertionError("unread bytes on the connection, beginning with " + b);
            }
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        } catch (SocketException e) {
            return false;
        } finally {
            socket.setSoTimeout((int) Eventually.DEADLINE.toMillis());
        }
    }

    /** Sends FIN and keeps reading. */
    public void shutdownOutput() throws IOException {
        socket.shutdownOutput();
    }

    /** Closes with RST. */
    public void abort() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
