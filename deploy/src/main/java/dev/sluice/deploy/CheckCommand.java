package dev.sluice.deploy;

import dev.sluice.config.ConfigProblem;
import dev.sluice.config.ConfigResult;
import dev.sluice.config.GatewayConfig;
import dev.sluice.config.HttpRoute;
import dev.sluice.route.RouteCompiler;
import dev.sluice.route.RouteTable;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice check}. */
@Command(
        name = "check",
        description = "Validate configuration without serving: every problem at once, with file, line and column.",
        footerHeading = "%nExit codes:%n",
        footer = {"  0   valid", "  2   problems, one per line on standard error"})
final class CheckCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "PATH", description = "A YAML file, or a directory of them.")
    private List<Path> paths = List.of();

    @Override
    public Integer call() {
        Console console =
                new Console(spec.commandLine().getOut(), spec.commandLine().getErr());
        ConfigResult result = compiled(ConfigFiles.read(paths).result());
        if (result instanceof ConfigResult.Accepted accepted) {
            GatewayConfig config = accepted.config();
            console.out("valid: " + counted(config.gateways(), "Gateway") + ", "
                    + counted(routes(config, false), "HTTPRoute") + ", "
                    + counted(routes(config, true), "GRPCRoute") + ", "
                    + counted(config.backends(), "Backend") + ", "
                    + counted(config.certificates(), "Certificate"));
        }
        return report(result, console);
    }

    /** What filters and protocols refuse, such as a file that holds no descriptors, shows only when they are made. */
    private static ConfigResult compiled(ConfigResult result) {
        if (result instanceof ConfigResult.Accepted accepted) {
            try {
                RouteTable unused = RouteCompiler.compile(
                        accepted.config(), 1, Wiring.extensions().callProtocols());
            } catch (IllegalArgumentException refused) {
                String message = String.valueOf(refused.getMessage());
                return new ConfigResult.Rejected(List.of(new ConfigProblem("", 0, 0, "", message)));
            }
        }
        return result;
    }

    private static List<HttpRoute> routes(GatewayConfig config, boolean grpc) {
        return config.routes().stream().filter(route -> route.grpc() == grpc).toList();
    }

    /** Prints problems or warnings; says which exit code they call for. */
    static int report(ConfigResult result, Console console) {
        if (result instanceof ConfigResult.Accepted accepted) {
            accepted.warnings().forEach(warning -> console.err("warning: " + warning));
            return ExitCode.OK;
        }
        List<ConfigProblem> problems = ((ConfigResult.Rejected) result).problems();
        problems.forEach(problem -> console.err(problem.toString()));
        console.err("sluice: " + counted(problems, "problem") + " in the configuration");
        return ExitCode.USAGE;
    }

    private static String counted(List<?> things, String name) {
        return things.size() + " " + name + (things.size() == 1 ? "" : "s");
    }
}
