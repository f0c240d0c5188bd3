package dev.sluice.deploy;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Asks a gateway's admin API.
 *
 * @param base its URL, without a path
 */
record AdminClient(URI base) {

    private static final int TIMEOUT_MILLIS = 3000;

    /**
     * What it has answered.
     *
     * @param body empty when it is no JSON object
     */
    record Reply(int status, JsonObject body) {

        boolean ok() {
            return status / 100 == 2;
        }

        /** Why not, as the gateway says it. */
        String error() {
            return body.getString("error", "status " + status);
        }
    }

    /**
     * Sends a request without a body.
     *
     * @throws IOException when there is no answer
     */
    Reply send(String method, String target) throws IOException {
        return send(method, target, null, TIMEOUT_MILLIS);
    }

    /**
     * Sends a request with this text.
     *
     * @param body null for none
     * @param timeoutMillis how long the answer may take
     * @throws IOException when there is no answer
     */
    Reply send(String method, String target, @Nullable String body, int timeoutMillis) throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) base.resolve(target).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(timeoutMillis);
        connection.setRequestMethod(method);
        connection.setInstanceFollowRedirects(false);
        try {
            if (body != null) {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                connection.setDoOutput(true);
                connection.setFixedLengthStreamingMode(bytes.length);
                connection.setRequestProperty("Content-Type", "application/yaml");
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(bytes);
                }
            }
            int status = connection.getResponseCode();
            try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                return new Reply(status, json(in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8)));
            }
        } finally {
            connection.disconnect();
        }
    }

    private static JsonObject json(String text) {
        try {
            return text.isBlank() ? new JsonObject() : new JsonObject(text);
        } catch (DecodeException e) {
            return new JsonObject();
        }
    }
}
