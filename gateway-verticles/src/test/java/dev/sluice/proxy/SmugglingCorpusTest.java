package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Backend.Protocol;
import dev.sluice.testkit.GatewayExtension;
import dev.sluice.testkit.RawHttp1;
import dev.sluice.testkit.RawResponse;
import dev.sluice.testkit.RawUpstream;
import dev.sluice.testkit.Row;
import dev.sluice.testkit.TestConfig;
import dev.sluice.testkit.TestGateway;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Every case of {@code smuggling/requests.txt}, over a socket to a gateway before a backend that records. */
final class SmugglingCorpusTest {

    private static final String SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

    private static final Pattern REPEATED = Pattern.compile("\\{([^{}]*)\\*(\\d+)}");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(?:([rnt\\\\])|x([0-9a-f]{2}))");

    @RegisterExtension
    final GatewayExtension gateways = new GatewayExtension();

    private final Queue<String> seen = new ConcurrentLinkedQueue<>();
    private RawUpstream upstream;
    private TestGateway gateway;

    /** @param forwarded what the backend gets, /smuggled included; empty for a refusal */
    private record Case(String name, String expected, String bytes, List<String> forwarded) {}

    @BeforeEach
    void start() throws IOException {
        upstream = RawUpstream.conversing(connection -> {
            RawUpstream.Request request;
            while ((request = connection.readRequest()) != null) {
                String line = request.requestLine();
                String body = new String(request.body(), StandardCharsets.ISO_8859_1);
                seen.add((line.substring(0, line.lastIndexOf(' ')) + " " + body).trim());
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        });
        gateway = gateways.start(TestConfig.forwarding(Protocol.HTTP, upstream.port()));
    }

    @AfterEach
    void stop() throws IOException {
        upstream.close();
    }

    @Test
    @Row(
            value = {
                "E4.1", "E4.2", "E4.3", "E4.4", "E4.5", "E4.6", "E4.7", "E4.8", "E4.9", "E4.10", "E4.11", "E4.13",
                "E4.14", "E4.15", "E4.16", "E4.17", "E4.18", "E4.19", "E4.21", "E4.22", "E4.24"
            },
            over = "h1-h1")
    void everyCaseComesToWhatItShould() throws IOException {
        List<Case> cases = cases();
        List<String> wrong = new ArrayList<>();
        for (Case each : cases) {
            seen.clear();
            try {
                run(each);
            } catch (IOException | AssertionError | IndexOutOfBoundsException e) {
                wrong.add(each.name + ": " + e);
            }
        }
        assertEquals("", String.join("\n", wrong));
        assertTrue(cases.size() > 300, cases.size() + " cases");
    }

    private void run(Case each) throws IOException {
        try (RawHttp1 client = RawHttp1.connect(gateway.port())) {
            client.send(each.bytes + SMUGGLED);
            if (each.expected.equals("ok")) {
                for (String request : each.forwarded) {
                    assertEquals(200, client.readResponse().status(), request);
                }
            } else {
                RawResponse response = client.readResponse();
                assertEquals(each.expected, Integer.toString(response.status()), response.text());
                assertEquals("close", response.header("connection"));
                assertTrue(response.complete());
                assertEquals("", client.readToEof(), "what follows");
            }
        }
        assertEquals(each.forwarded, List.copyOf(seen), "requests at the backend");
    }

    private static List<Case> cases() throws IOException {
        List<Case> cases = new ArrayList<>();
        try (InputStream in = SmugglingCorpusTest.class.getResourceAsStream("/smuggling/requests.txt")) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n", -1)) {
                if (!line.isEmpty() && line.charAt(0) != '#') {
                    cases.add(parse(line));
                }
            }
        }
        return cases;
    }

    private static Case parse(String line) {
        String[] columns = line.split(" ~ ", -1);
        List<String> forwarded = new ArrayList<>();
        if (columns.length == 4) {
            for (String request : bytes(columns[3]).split(";", -1)) {
                forwarded.add(request.trim());
            }
            forwarded.add("GET /smuggled");
        }
        return new Case(columns[1], columns[0], bytes(columns[2]), forwarded);
    }

    private static String bytes(String written) {
        String text = written.replace("{C}", "{P}Transfer-Encoding: chunked\\r\\n\\r\\n")
                .replace("{P}", "POST / HTTP/1.1\\r\\nHost: a\\r\\n")
                .replace("{G}", "GET / HTTP/1.1\\r\\nHost: a\\r\\n");
        text = REPEATED.matcher(text)
                .replaceAll(found -> Matcher.quoteReplacement(found.group(1).repeat(Integer.parseInt(found.group(2)))));
        return ESCAPE.matcher(text).replaceAll(found -> Matcher.quoteReplacement(String.valueOf(unescaped(found))));
    }

    private static char unescaped(java.util.regex.MatchResult escape) {
        if (escape.group(2) != null) {
            return (char) Integer.parseInt(escape.group(2), 16);
        }
        return switch (escape.group(1)) {
            case "r" -> '\r';
            case "n" -> '\n';
            case "t" -> '\t';
            default -> '\\';
        };
    }
}
