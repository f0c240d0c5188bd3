package dev.sluice.deploy;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.Http2ClientConfig;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConfig;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ClientSSLOptions;

/** The client of {@link TrainCommand}: the same few requests over each protocol, again and again. */
final class TrainingTraffic {

    /** Enough for the JVM to know the methods that count; together about a second. */
    private static final int ROUNDS = 100;

    private static final Buffer BODY = Buffer.buffer("some text");

    private final Vertx vertx;

    TrainingTraffic(Vertx vertx) {
        this.vertx = vertx;
    }

    void cleartext(int port) throws Exception {
        HttpClientConfig http2 = new HttpClientConfig()
                .setVersions(HttpVersion.HTTP_2)
                .setHttp2Config(new Http2ClientConfig().setClearTextUpgrade(false));
        drive(vertx.createHttpClient(new HttpClientConfig().setVersions(HttpVersion.HTTP_1_1)), port);
        drive(vertx.createHttpClient(http2), port);
    }

    void tls(int port, boolean http3) throws Exception {
        drive(trusting(HttpVersion.HTTP_1_1), port);
        drive(trusting(HttpVersion.HTTP_2), port);
        if (http3) {
            drive(trusting(HttpVersion.HTTP_3), port);
        }
    }

    private HttpClientAgent trusting(HttpVersion version) {
        return vertx.createHttpClient(
                new HttpClientConfig().setVersions(version).setSsl(true),
                new ClientSSLOptions().setUseAlpn(true).setTrustAll(true).setHostnameVerificationAlgorithm(""));
    }

    private void drive(HttpClientAgent client, int port) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            request(client, port, HttpMethod.GET, "/hello", Buffer.buffer());
            request(client, port, HttpMethod.POST, "/echo", BODY);
            request(client, port, HttpMethod.GET, "/trailers", Buffer.buffer());
        }
        TrainCommand.await(client.close());
    }

    private static void request(HttpClientAgent client, int port, HttpMethod method, String uri, Buffer body)
            throws Exception {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(uri);
        int status = TrainCommand.await(
                client.request(options).compose(request -> request.send(body)).compose(response -> response.body()
                        .map(response.statusCode())));
        if (status >= 500) {
            throw new StartFailure(method + " " + uri + " was answered with " + status);
        }
    }
}
