package dev.sluice.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.Eventually;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawH2Client;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.ReceivedRequest;
import dev.sluice.testkit.Scripts;
import dev.sluice.testkit.Terms;
import dev.sluice.testkit.TestCertificates;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import dev.sluice.testkit.UpstreamServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Connections that begin with a PROXY protocol header (HAProxy's proxy-protocol.txt). */
final class ProxyProtocolTest {

    private static final byte[] V1 = ascii("PROXY TCP4 192.0.2.7 198.51.100.1 50000 8443\r\n");
    private static final String V2 = "0d0a0d0a000d0a515549540a";
    /** 2001:db8::7 port 50000 to 2001:db8::1 port 8443. */
    private static final String V6 =
            "20010db8000000000000000000000007" + "20010db8000000000000000000000001" + "c350" + "20fb";

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final UpstreamServer upstream = UpstreamServer.http1(Scripts.text("hello"));

    @AfterEach
    void close() {
        upstream.close();
    }

    private TestGateway start(String... trusted) {
        return gateways.start(config(trusted).http("http").build());
    }

    private TestConfig config(String... trusted) {
        return TestConfig.create()
                .backend("app", Protocol.HTTP, upstream.port())
                .route("/", "app")
                .terms(Terms.proxyProtocol(trusted))
                .terms(Terms.headTimeout(Duration.ofSeconds(3)));
    }

    @Test
    void version1GivesTheAddresses() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start("127.0.0.0/8").port())) {
            assertEquals(200, client.send(V1).get("/one").status());
            ReceivedRequest first = upstream.take();
            assertEquals("192.0.2.7", first.header("x-forwarded-for"));
            assertEquals(200, client.get("/two").status());
            assertEquals("192.0.2.7", upstream.take().header("x-forwarded-for"));
        }
    }

    @Test
    void headerMayComeByteByByteOrWithTheRequest() throws IOException {
        int port = start("127.0.0.1/32").port();
        try (RawHttp1 client = RawHttp1.connect(port)) {
            for (byte b : V1) {
                RawHttp1 unused = client.send(new byte[] {b});
            }
            assertEquals(200, client.get("/").status());
        }
        assertEquals("192.0.2.7", upstream.take().header("x-forwarded-for"));
        try (RawHttp1 client = RawHttp1.connect(port)) {
            RawHttp1 unused = client.send(new String(V1, ISO_8859_1) + "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n");
            assertEquals(200, client.readFinal().status());
        }
        assertEquals("192.0.2.7", upstream.take().header("x-forwarded-for"));
    }

    @Test
    void version2GivesTheAddressesAndItsExtrasAreIgnored() throws IOException {
        int port = start("127.0.0.1/32").port();
        try (RawHttp1 client = RawHttp1.connect(port)) {
            assertEquals(200, client.send(v2("21", "21", V6)).get("/").status());
        }
        assertEquals("2001:db8::7", upstream.take().header("x-forwarded-for"));
        String alpn = "01" + "0002" + "6831";
        String unique = "05" + "0004" + "00010203";
        try (RawHttp1 client = RawHttp1.connect(port)) {
            assertEquals(
                    200,
                    client.send(v2("21", "21", V6 + alpn + unique)).get("/").status());
        }
        assertEquals("2001:db8::7", upstream.take().header("x-forwarded-for"));
    }

    @Test
    void localAndUnknownKeepTheSocketsAddresses() throws IOException {
        int port = start("127.0.0.1/32").port();
        for (byte[] header : new byte[][] {
            v2("20", "00", ""),
            v2("20", "21", V6),
            v2("21", "00", ""),
            ascii("PROXY UNKNOWN\r\n"),
            ascii("PROXY UNKNOWN ffff:: ffff:: 1 2\r\n")
        }) {
            try (RawHttp1 client = RawHttp1.connect(port)) {
                assertEquals(200, client.send(header).get("/").status(), new String(header, ISO_8859_1));
            }
            assertEquals("127.0.0.1", upstream.take().header("x-forwarded-for"));
        }
    }

    @Test
    void http2AndTlsComeBehindTheHeader(@TempDir Path directory) throws Exception {
        TestGateway gateway = gateways.start(config("127.0.0.1/32")
                .http("http")
                .https("https", "leaf")
                .certificate("leaf", TestCertificates.in(directory).leaf("leaf", "localhost"))
                .build());
        try (RawH2Client client = RawH2Client.connect(gateway.port("http"), V1)) {
            assertEquals(200, client.get("/").status());
        }
        assertEquals("192.0.2.7", upstream.take().header("x-forwarded-for"));
        try (RawHttp1 client = RawHttp1.connectTls(gateway.port("https"), V1, TestCertificates.trustAll())) {
            assertEquals(200, client.get("/").status());
        }
        assertEquals("192.0.2.7", upstream.take().header("x-forwarded-for"));
        try (RawH2Client client =
                RawH2Client.connectTls(gateway.port("https"), v2("21", "21", V6), TestCertificates.trustAll())) {
            assertEquals(
                    200,
                    client.open(RawH2Client.head("GET", "/").scheme("https"), true)
                            .response()
                            .status());
        }
        assertEquals("2001:db8::7", upstream.take().header("x-forwarded-for"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 70000 443\r\n",
                "PROXY TCP4 nonsense 198.51.100.1 1 443\r\n",
                "PROXY TCP4 192.0.2.7\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 1 44",
                ""
            })
    void trustedSourceWithoutAHeaderIsClosed(String bytes) throws IOException {
        TestGateway gateway = start("127.0.0.1/32");
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            RawHttp1 unused = client.send(bytes);
            client.awaitClosed();
        }
        assertEquals(0, upstream.received().size());
        Eventually.holds("it is counted", () -> Double.valueOf(1)
                .equals(gateway.metric("gateway_downstream_connections_refused_total{reason=\"proxy_protocol\"}")));
    }

    @Test
    void otherSourcesHeaderIsAMalformedRequest() throws IOException {
        try (RawHttp1 client = RawHttp1.connect(start("10.0.0.0/8").port())) {
            RawResponse answer = client.send(V1)
                    .send("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
                    .readFinal();
            assertEquals(400, answer.status());
            client.awaitClosed();
        }
        assertEquals(0, upstream.received().size());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }

    /** Version and command, family and protocol, and what follows the length, all in hexadecimal. */
    private static byte[] v2(String command, String family, String rest) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(HexFormat.of().parseHex(V2 + command + family));
        bytes.write((rest.length() / 2) >> 8);
        bytes.write(rest.length() / 2);
        bytes.write(HexFormat.of().parseHex(rest));
        return bytes.toByteArray();
    }
}
