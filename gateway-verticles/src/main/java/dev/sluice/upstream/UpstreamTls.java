package dev.sluice.upstream;

import dev.sluice.config.Backend.BackendTls;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystem;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client trusts and shows, and what its files hold. Vert.x keeps what it has made of a file's name for ever, so
 * a file that has changed is given to it by its content.
 */
public final class UpstreamTls {

    private static final Logger log = LoggerFactory.getLogger(UpstreamTls.class);

    private final BackendTls tls;
    private final Duration handshakeTimeout;
    private final List<Path> files;
    private List<Buffer> contents = List.of();

    /** Reads nothing yet. */
    public UpstreamTls(BackendTls tls, Duration handshakeTimeout) {
        this.tls = tls;
        this.handshakeTimeout = handshakeTimeout;
        this.files = Stream.of(tls.caFile(), tls.certFile(), tls.keyFile())
                .flatMap(Stream::ofNullable)
                .toList();
    }

    /** As the files' names say. */
    public ClientSSLOptions options() {
        PemTrustOptions trust = tls.caFile() == null
                ? null
                : new PemTrustOptions().addCertPath(tls.caFile().toString());
        PemKeyCertOptions own = tls.certFile() == null || tls.keyFile() == null
                ? null
                : new PemKeyCertOptions()
                        .addCertPath(tls.certFile().toString())
                        .addKeyPath(tls.keyFile().toString());
        return options(trust, own);
    }

    /** Reads the files off the loop, and gives what has changed to the client for its next connections. */
    public void renew(FileSystem fileSystem, HttpClientAgent client) {
        if (files.isEmpty()) {
            return;
        }
        List<Future<Buffer>> reads =
                files.stream().map(file -> fileSystem.readFile(file.toString())).toList();
        Future.all(reads).onComplete((read, error) -> {
            if (error != null) {
                log.warn("event=upstream_certificates_kept files={} cause={}", files, error.toString());
                return;
            }
            List<Buffer> fresh = reads.stream().map(Future::result).toList();
            if (!fresh.equals(contents)) {
                contents = fresh;
                var unused = client.updateSSLOptions(ofContents(fresh)); // keeps them for the next connect, no more
            }
        });
    }

    private ClientSSLOptions ofContents(List<Buffer> fresh) {
        PemTrustOptions trust = tls.caFile() == null ? null : new PemTrustOptions().addCertValue(fresh.get(0));
        int next = trust == null ? 0 : 1;
        PemKeyCertOptions own = tls.certFile() == null || tls.keyFile() == null
                ? null
                : new PemKeyCertOptions().addCertValue(fresh.get(next)).addKeyValue(fresh.get(next + 1));
        return options(trust, own);
    }

    private ClientSSLOptions options(@Nullable PemTrustOptions trust, @Nullable PemKeyCertOptions own) {
        boolean byName = !tls.insecureSkipVerify() && tls.subjectAltNames().isEmpty();
        ClientSSLOptions options = new ClientSSLOptions()
                .setUseAlpn(true)
                .setTrustAll(tls.insecureSkipVerify())
                .setHostnameVerificationAlgorithm(byName ? "HTTPS" : "");
        options.setSslHandshakeTimeout(handshakeTimeout.toMillis()).setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        if (trust != null) {
            options.setTrustOptions(trust);
        }
        if (own != null) {
            options.setKeyCertOptions(own);
        }
        return options;
    }
}
