package dev.sluice.epoch;

import dev.sluice.config.ConfigProblem;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a node can do with an epoch: its single writer of configuration. */
public interface NodeConfig {

    /**
     * Validates and compiles as if to use it, and uses nothing of it.
     *
     * @param text YAML documents; null for this node's files
     * @return never fails
     */
    Future<Trial> check(@Nullable String text);

    /**
     * Uses it from now on.
     *
     * @param text YAML documents; null for this node's files
     * @return what does not work though it is in use, such as a socket that cannot be opened, when every event loop has
     *     taken it; fails, with nothing changed, when it is not valid
     */
    Future<List<String>> activate(@Nullable String text);

    /**
     * What a check came to.
     *
     * @param digest of the configuration; empty when there are problems
     * @param problems empty when it is valid
     */
    record Trial(String digest, List<ConfigProblem> problems) {
        public Trial {
            problems = List.copyOf(problems);
        }
    }
}
