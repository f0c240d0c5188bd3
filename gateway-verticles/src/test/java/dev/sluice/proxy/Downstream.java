package dev.sluice.proxy;

import dev.sluice.testkit.H2Frame;
import dev.sluice.testkit.H2Response;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** A client's side of a failure, told in the same words for both protocols. */
enum Downstream {
    H1 {
        @Override
        Outcome get(int port, String path) throws IOException {
            try (RawHttp1 client = RawHttp1.connect(port)) {
                client.send("GET " + path + " HTTP/1.1\r\nhost: localhost\r\n\r\n");
                RawResponse response = client.readFinal();
                if (!response.complete()) {
                    client.awaitClosed();
                }
                return new Outcome(
                        response.status(), response.header("proxy-status"), response.text(), response.complete(), -1);
            } catch (EOFException | SocketException e) {
                return Outcome.NOTHING;
            }
        }
    },
    H2C {
        @Override
        Outcome get(int port, String path) throws IOException {
            try (RawH2Client client = RawH2Client.connect(port)) {
                H2Response response = client.get(path);
                if (response.headers().isEmpty()) {
                    return Outcome.NOTHING;
                }
                long reset = response.last() instanceof H2Frame.Reset frame ? frame.code() : -1;
                return new Outcome(
                        response.status(),
                        response.header("proxy-status"),
                        new String(response.body(), StandardCharsets.UTF_8),
                        response.complete(),
                        reset);
            }
        }
    };

    /** A GET on a connection of its own. */
    abstract Outcome get(int port, String path) throws IOException;

    /**
     * How it ended.
     *
     * @param status 0 when there was no head
     * @param complete whether the client must take the response for a complete one
     * @param reset the code of the RST_STREAM that ended it; -1 for none, and on HTTP/1.1
     */
    record Outcome(int status, @Nullable String proxyStatus, String body, boolean complete, long reset) {

        static final Outcome NOTHING = new Outcome(0, null, "", false, -1);

        /** The RFC 9209 error type; empty for none. */
        String error() {
            String value = proxyStatus == null ? "" : proxyStatus;
            int begin = value.indexOf("error=");
            return begin < 0 ? "" : value.substring(begin + 6).split("[;,]", 2)[0];
        }
    }
}
