package dev.sluice.deploy;

import dev.sluice.config.Backend;
import dev.sluice.config.Backend.BackendTls;
import dev.sluice.config.Bootstrap;
import dev.sluice.config.Bootstrap.AccessLogTarget;
import dev.sluice.config.ClientPolicy.Http3;
import dev.sluice.config.ConfigProblem;
import dev.sluice.config.Defaults;
import dev.sluice.config.HttpMatch;
import dev.sluice.config.HttpRule;
import dev.sluice.config.HttpRule.BackendRef;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code sluice run}: from flags to a {@link GatewayProcess}. */
@Command(
        name = "run",
        description = "Run the gateway until Ctrl-C or SIGTERM, which let requests in flight finish.",
        synopsisHeading = "Usage: ",
        customSynopsis = {
            "sluice run --to URL [--to URL ...] [OPTIONS]",
            "       sluice run --config PATH [--config PATH ...] [OPTIONS]",
            "       sluice run --demo [OPTIONS]"
        },
        sortOptions = false,
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice run --to http://127.0.0.1:9001 --to http://127.0.0.1:9002    balanced over two endpoints",
            "  sluice run --to h2c://127.0.0.1:50051                               gRPC, cleartext",
            "  sluice run --to https://example.test --listen 127.0.0.1:8080        only for this machine",
            "  sluice run --to http://127.0.0.1:9001 --cert site.pem --key site.key",
            "  sluice run --config conf/ --access-log off"
        })
final class RunCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @ArgGroup(validate = false, heading = "%nWhat to serve (one of):%n")
    private RunOptions.What what = new RunOptions.What();

    @ArgGroup(validate = false, heading = "%nListeners (with --to and --demo):%n")
    private RunOptions.Listen listen = new RunOptions.Listen();

    @ArgGroup(validate = false, heading = "%nThe process (flags win over a Bootstrap document):%n")
    private RunOptions.Running process = new RunOptions.Running();

    @Override
    public Integer call() throws IOException, GeneralSecurityException {
        Console console =
                new Console(spec.commandLine().getOut(), spec.commandLine().getErr());
        requireOneSource();
        if (!what.config.isEmpty()) {
            requireNoListenerFlags();
            return runFiles(console);
        }
        Bootstrap bootstrap = bootstrap(Bootstrap.defaults());
        requireFree("--admin", new ListenAddress(bootstrap.adminHost(), bootstrap.adminPort()));
        requireFree("--listen", listen.cleartext);
        FlagsConfig.Tls tls = tls(console);
        Serving serving;
        if (what.demo) {
            serving = new Demo(routing -> source(new FlagsConfig(listen.cleartext, tls, routing)));
        } else {
            Backend backend = backend();
            String urls = what.to.stream().map(UpstreamUrl::text).collect(Collectors.joining(", "));
            serving = new ServeSource(
                    source(new FlagsConfig(
                            listen.cleartext, tls, new Routing(List.of(everythingTo(backend)), List.of(backend)))),
                    List.of("to      " + urls));
        }
        return new GatewayProcess(console, bootstrap, serving).run();
    }

    private int runFiles(Console console) {
        ConfigFiles files = ConfigFiles.read(what.config);
        if (CheckCommand.report(files.result(), console) != ExitCode.OK) {
            return ExitCode.USAGE;
        }
        String paths = what.config.stream().map(Path::toString).collect(Collectors.joining(", "));
        Serving serving = new ServeSource(files.source(), List.of("config  " + paths + " (reloaded when it changes)"));
        return new GatewayProcess(console, bootstrap(files.bootstrap()), serving).run();
    }

    private FlagsSource source(FlagsConfig config) {
        boolean unverified = config.routing().backends().stream()
                .map(Backend::tls)
                .anyMatch(tls -> tls != null && tls.insecureSkipVerify());
        return new FlagsSource(
                config,
                unverified
                        ? List.of(new ConfigProblem(
                                "", 0, 0, "", "--insecure: the certificates of upstreams are not verified"))
                        : List.of());
    }

    private Backend backend() {
        Backend.Protocol protocol = what.to.get(0).protocol();
        for (UpstreamUrl url : what.to) {
            if (url.protocol() != protocol) {
                throw usage("--to " + url.text() + " differs in scheme from "
                        + what.to.get(0).text()
                        + " (expected: endpoints of one backend; several backends need --config)");
            }
        }
        if (what.insecure && !protocol.isTls()) {
            throw usage("--insecure has no meaning for " + what.to.get(0).text() + " (expected: https, h2 or h3)");
        }
        BackendTls tls = what.insecure ? new BackendTls(null, null, null, null, true) : BackendTls.SYSTEM;
        return new Backend(
                FlagsConfig.key("upstream"),
                protocol,
                what.to.stream().map(UpstreamUrl::endpoint).toList(),
                protocol.isTls() ? tls : null);
    }

    private static HttpRule everythingTo(Backend backend) {
        return new HttpRule(
                null,
                List.of(HttpMatch.ANY),
                List.of(),
                List.of(new BackendRef(backend.key(), Defaults.BACKEND_WEIGHT, List.of())),
                null,
                null);
    }

    private FlagsConfig.@Nullable Tls tls(Console console) throws IOException, GeneralSecurityException {
        CertificateFiles given = givenCertificate();
        OptionalListen asked = listen.tls;
        ListenAddress address = asked == null ? new ListenAddress("", Defaults.HTTPS_PORT) : asked.address();
        if (address == null) {
            if (given != null) {
                throw usage("--cert has no meaning with --listen-tls off");
            }
            if (listen.http3 == Http3.REQUIRED) {
                throw usage("--http3 required contradicts --listen-tls off (expected: an address for TLS)");
            }
            return null;
        }
        String taken = FreeAddress.whyNot(address, listen.http3 != Http3.OFF);
        if (taken != null) {
            // Only the default that nobody asked for may quietly be missing.
            if (asked != null || given != null || listen.http3 == Http3.REQUIRED) {
                throw cannotListen("--listen-tls", address, taken);
            }
            console.err("sluice: no HTTPS: port " + address.port() + ": " + taken
                    + " (choose another with --listen-tls, or say --listen-tls off)");
            return null;
        }
        CertificateFiles certificate =
                given == null ? DevelopmentCertificate.in(DevelopmentCertificate.directory()) : given;
        return new FlagsConfig.Tls(address, certificate, listen.http3);
    }

    private @Nullable CertificateFiles givenCertificate() {
        if (listen.cert == null && listen.key == null) {
            return null;
        }
        if (listen.cert == null || listen.key == null) {
            throw usage(listen.cert == null ? "--key needs --cert" : "--cert needs --key");
        }
        return new CertificateFiles(readable("--cert", listen.cert), readable("--key", listen.key));
    }

    private Path readable(String flag, Path file) {
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            throw usage(flag + " " + file + " cannot be read (expected: a PEM file)");
        }
        return file;
    }

    private Bootstrap bootstrap(Bootstrap base) {
        RunOptions.Running flags = process;
        if (flags.eventLoops != null && (flags.eventLoops < 1 || flags.eventLoops > 1024)) {
            throw usage("--event-loops " + flags.eventLoops + " (expected: 1..1024)");
        }
        ListenAddress admin =
                flags.admin == null ? new ListenAddress(base.adminHost(), base.adminPort()) : flags.admin.address();
        if (admin != null && admin.host().isEmpty()) {
            throw usage("--admin :" + admin.port() + " (expected: HOST:PORT; the admin API has no authentication, so"
                    + " its address is said in full, for example 127.0.0.1:" + admin.port() + ")");
        }
        AccessLogTarget log = flags.accessLog == null
                ? base.accessLog()
                : flags.accessLog.equals("off") ? null : new AccessLogTarget(flags.accessLog);
        return new Bootstrap(
                admin == null ? base.adminHost() : admin.host(),
                admin == null ? Bootstrap.NO_ADMIN : admin.port(),
                flags.eventLoops == null ? base.eventLoops() : flags.eventLoops,
                flags.transport == null ? base.transport() : flags.transport,
                base.drainPatience(),
                flags.lameDuck == null ? base.lameDuck() : flags.lameDuck,
                flags.drainDeadline == null ? base.drainDeadline() : flags.drainDeadline,
                log,
                base.maxConnections(),
                base.zone(),
                base.cluster());
    }

    private void requireOneSource() {
        int given = (what.to.isEmpty() ? 0 : 1) + (what.config.isEmpty() ? 0 : 1) + (what.demo ? 1 : 0);
        if (given != 1) {
            throw usage((given == 0 ? "nothing to serve" : "--to, --config and --demo exclude each other")
                    + " (expected: one of --to URL, --config PATH, --demo)");
        }
        if (what.insecure && what.to.isEmpty()) {
            throw usage("--insecure belongs to --to (expected: insecureSkipVerify in the Backend of a file)");
        }
    }

    private void requireNoListenerFlags() {
        for (String flag : RunOptions.Listen.FLAGS) {
            if (spec.commandLine().getParseResult().hasMatchedOption(flag)) {
                throw usage(flag + " has no meaning with --config (expected: listeners in a Gateway document)");
            }
        }
    }

    private void requireFree(String flag, ListenAddress address) {
        String taken = address.port() == Bootstrap.NO_ADMIN ? null : FreeAddress.whyNot(address, false);
        if (taken != null) {
            throw cannotListen(flag, address, taken);
        }
    }

    private static StartFailure cannotListen(String flag, ListenAddress address, String why) {
        return new StartFailure("cannot listen on " + address + ": " + why + " (choose another with " + flag + ")");
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
