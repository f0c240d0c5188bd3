package dev.sluice.deploy;

import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sluice version}. */
@Command(name = "version", description = "Print the versions of Sluice and of what it runs on.")
final class VersionCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        Versions versions = Versions.current();
        PrintWriter out = spec.commandLine().getOut();
        out.println("sluice " + versions.sluice());
        out.println("Vert.x " + versions.vertx() + ", Netty " + versions.netty());
        out.println("Java " + Runtime.version() + " (" + System.getProperty("java.vendor") + "), "
                + System.getProperty("java.home"));
        out.println(System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                + System.getProperty("os.arch"));
        out.flush();
    }
}
