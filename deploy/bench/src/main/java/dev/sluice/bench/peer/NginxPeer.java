package dev.sluice.bench.peer;

import dev.sluice.bench.load.Protocol;
import dev.sluice.bench.scenario.Needs;
import dev.sluice.bench.scenario.Routes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;

/** nginx of Debian, whose build has no QUIC. */
final class NginxPeer implements Peer {

    private static final DebianPackage PACKAGE = new DebianPackage("nginx", "nginx-light");

    @Override
    public String name() {
        return "nginx";
    }

    @Override
    public Optional<String> prepare() {
        return PACKAGE.missing();
    }

    @Override
    public String version() {
        // nginx version: nginx/1.22.1
        return PACKAGE.version("-v");
    }

    @Override
    public boolean speaks(Needs needs) {
        return needs.front() != Protocol.HTTP3;
    }

    @Override
    public Launch launch(Site site) throws IOException {
        Path file = site.dir().resolve("nginx.conf");
        Files.writeString(file, configuration(site));
        return Launch.of(PACKAGE.path(), "-p", site.dir().toString(), "-e", "stderr", "-c", file.toString());
    }

    private static String configuration(Site site) {
        // A cleartext port of nginx 1.22 speaks HTTP/1.1 or HTTP/2, not both.
        String cleartext = site.needs().front() == Protocol.H2C ? " http2" : "";
        String pass = site.needs().h2cBackend() ? "grpc_pass grpc://backend;" : "proxy_pass http://backend;";
        String locations = site.needs().routes() == 0
                ? "location / { %s }".formatted(pass)
                : Routes.prefixes(site.needs().routes()).stream()
                        .map(prefix -> "location %s { %s }".formatted(prefix, pass))
                        .collect(Collectors.joining("\n"));
        return """
                daemon off;
                worker_processes %d;
                error_log stderr error;
                pid nginx.pid;
                events { worker_connections 30000; }
                http {
                  access_log off;
                  client_body_temp_path body;
                  proxy_temp_path proxy;
                  fastcgi_temp_path fastcgi;
                  uwsgi_temp_path uwsgi;
                  scgi_temp_path scgi;
                  keepalive_requests 1000000000;
                  keepalive_timeout 75s;
                  client_max_body_size 0;
                  proxy_http_version 1.1;
                  proxy_set_header Connection "";
                  proxy_set_header Host $host;
                  proxy_request_buffering off;
                  proxy_max_temp_file_size 0;
                  ssl_certificate %s;
                  ssl_certificate_key %s;
                  ssl_protocols TLSv1.3;
                  ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
                  ssl_session_cache off;
                  ssl_session_tickets off;
                  upstream backend {
                    server 127.0.0.1:%d;
                    keepalive 512;
                    keepalive_requests 1000000000;
                  }
                  server {
                    listen 127.0.0.1:%d%s reuseport backlog=4096;
                    listen 127.0.0.1:%d ssl http2 reuseport backlog=4096;
                    %s
                  }
                }
                """
                .formatted(
                        site.workers(),
                        site.certificate(),
                        site.key(),
                        site.upstreamPort(),
                        site.port(),
                        cleartext,
                        site.tlsPort(),
                        locations);
    }
}
