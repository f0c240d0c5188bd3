package dev.sluice.config;

import java.util.List;

/** What loading gave: a snapshot to use, or every problem that keeps it from being used. */
public sealed interface ConfigResult {

    /**
     * @param config the validated snapshot
     * @param warnings things that work but deserve a look, such as {@code insecureSkipVerify}
     */
    record Accepted(GatewayConfig config, List<ConfigProblem> warnings) implements ConfigResult {
        public Accepted {
            warnings = List.copyOf(warnings);
        }
    }

    /** @param problems never empty, in file and line order */
    record Rejected(List<ConfigProblem> problems) implements ConfigResult {
        public Rejected {
            problems = List.copyOf(problems);
        }
    }
}
