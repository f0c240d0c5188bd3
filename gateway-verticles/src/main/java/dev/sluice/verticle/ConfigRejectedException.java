package dev.sluice.verticle;

import dev.sluice.config.ConfigProblem;
import java.util.List;

/** The first configuration of a starting gateway has problems. */
public final class ConfigRejectedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<ConfigProblem> problems;

    ConfigRejectedException(List<ConfigProblem> problems) {
        super("the configuration has " + problems.size() + (problems.size() == 1 ? " problem" : " problems"));
        this.problems = List.copyOf(problems);
    }

    /** All of them, in file and line order. */
    public List<ConfigProblem> problems() {
        return problems;
    }
}
