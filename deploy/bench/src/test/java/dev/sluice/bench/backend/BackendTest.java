package dev.sluice.bench.backend;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BackendTest {

    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz";

    @ParameterizedTest
    @CsvSource({
        "/bytes/0, 0",
        "/bytes/5, 5",
        "/bytes/128, 128",
        "/bytes/10240, 10240",
        "/bytes/1048576, 1048576",
        "/bytes/3000000, 3000000",
        "/bytes/99999999, 16777216",
        "/bytes/, 128",
        "/bytes/1x, 128",
        "/bytes/123456789, 128",
        "/routes/77, 128",
        "/, 128"
    })
    void answersWithWhatThePathSays(String path, int length) throws Exception {
        String expected = "HTTP/1.1 200 OK\r\ncontent-type: application/octet-stream\r\ncontent-length: " + length
                + "\r\n\r\n" + ALPHABET.repeat(length / 26 + 1).substring(0, length);
        try (Backend backend = new Backend(0, 0, 1);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), backend.http1Port())) {
            // Twice on one connection, and pipelined.
            send(socket, ("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").repeat(2));
            assertEquals(expected, read(socket, expected.length()));
            assertEquals(expected, read(socket, expected.length()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'content-length: 5\r\n\r\nhello'",
        "'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'",
        "'content-length: 0\r\n\r\n'"
    })
    void readsBodiesAndClosesWhenAsked(String rest) throws Exception {
        try (Backend backend = new Backend(0, 0, 1);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), backend.http1Port())) {
            String post = "POST /bytes/9 HTTP/1.1\r\nHost: a\r\n";
            for (char each : (post + rest).toCharArray()) {
                send(socket, String.valueOf(each));
            }
            send(socket, post + "Connection: close\r\n" + rest);
            String answers = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            String body = ALPHABET.repeat(5).substring(0, 128);
            String fields = "content-type: application/octet-stream\r\ncontent-length: 128\r\n\r\n";
            assertEquals(
                    "HTTP/1.1 200 OK\r\n" + fields + body + "HTTP/1.1 200 OK\r\nconnection: close\r\n" + fields + body,
                    answers);
        }
    }

    @Test
    void closesOnNonsense() throws Exception {
        try (Backend backend = new Backend(0, 0, 1);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), backend.http1Port())) {
            send(socket, "nonsense\r\n\r\n");
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    void endsWithItsStandardInput() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BackendMain.class.getName(),
                        "--http1",
                        "0",
                        "--h2c",
                        "0",
                        "--threads",
                        "1")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), US_ASCII))) {
            Matcher ready = Pattern.compile("ready http1=(\\d+) h2c=(\\d+)").matcher(out.readLine());
            assertTrue(ready.matches());
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(ready.group(1)))) {
                send(socket, "GET /bytes/0 HTTP/1.1\r\n\r\n");
                assertEquals("HTTP/1.1 200 OK", read(socket, 15));
            }
            process.getOutputStream().close();
            assertEquals(null, out.readLine());
            assertTrue(process.waitFor(10, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue());
        } finally {
            process.destroyForcibly();
        }
    }

    private static void send(Socket socket, String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(US_ASCII));
    }

    private static String read(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), US_ASCII);
    }
}
