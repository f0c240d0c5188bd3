package dev.sluice.deploy;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The {@code sluice} command. */
@Command(
        name = "sluice",
        header = "Sluice, a reactive gateway: HTTP/1.1, HTTP/2 and HTTP/3 in front of your services.",
        synopsisHeading = "%nUsage: ",
        customSynopsis = {"sluice COMMAND [OPTIONS]", "       sluice COMMAND --help"},
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footerHeading = "%nExamples:%n",
        footer = {
            "  sluice run --demo                          try it: small upstreams are started too",
            "  sluice run --to http://127.0.0.1:9001      a gateway in front of one server, no file needed",
            "  sluice run --config conf/                  Gateway API documents, reloaded when they change",
            "  sluice check conf/                         every problem of a configuration at once",
            "  sluice apply conf/                         all nodes of a cluster use it, or none",
            "  sluice drain --watch                       end a running one without losing a request",
            "  sluice top                                 what a gateway and its cluster are doing",
            "  sluice tail --status 5xx --cluster         requests that fail, as they do",
            "",
            "Ports, unless told otherwise:",
            "  8080  HTTP/1.1 and HTTP/2 in cleartext     8443  HTTPS, and HTTP/3 over UDP",
            "  9000  admin, on 127.0.0.1 only: /livez /readyz /startedz /metrics /config"
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:fine; for 'run': drained, on a signal or by 'drain'",
            "1:failed at run time, for example an address in use",
            "2:wrong usage or configuration"
        },
        subcommands = {
            RunCommand.class,
            CheckCommand.class,
            ApplyCommand.class,
            DrainCommand.class,
            TopCommand.class,
            TailCommand.class,
            VersionCommand.class,
            CompletionCommand.class,
            TrainCommand.class
        })
public final class GatewayMain implements Runnable {

    @Spec
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help and exit.")
    @SuppressWarnings("UnusedVariable") // picocli shows the help by itself
    private boolean help;

    @Option(names = "--debug", scope = ScopeType.INHERIT, description = "Log at debug level; stack traces of failures.")
    private boolean debug;

    private GatewayMain() {}

    /** The command line: {@code sluice run|check|apply|drain|top|tail|version|completion}. */
    public static void main(String[] args) {
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        GatewayMain main = new GatewayMain();
        return new CommandLine(main)
                .setUsageHelpWidth(110)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionStrategy(parsed -> {
                    if (main.debug) {
                        // Read by logback.xml, which loads with the first logger: not before this line.
                        System.setProperty("sluice.log.level", "DEBUG");
                    }
                    return new CommandLine.RunLast().execute(parsed);
                })
                .setParameterExceptionHandler((e, args) -> usageError(e))
                .setExecutionExceptionHandler((e, command, parsed) -> {
                    PrintWriter err = command.getErr();
                    err.println("sluice: " + StartFailure.explain(e));
                    if (main.debug) {
                        e.printStackTrace(err);
                    }
                    return ExitCode.SOFTWARE;
                });
    }

    /** Without a command: the help, as an error. */
    @Override
    public void run() {
        spec.commandLine().usage(spec.commandLine().getErr());
        throw new ParameterException(
                spec.commandLine(),
                "a command is missing (expected: run, check, apply, drain, top, tail, version or completion)");
    }

    private static int usageError(ParameterException e) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("sluice: " + e.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(e, err)) {
            err.println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        }
        err.flush();
        return ExitCode.USAGE;
    }
}
