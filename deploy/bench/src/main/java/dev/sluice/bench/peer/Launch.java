package dev.sluice.bench.peer;

import java.util.List;
import java.util.Map;

/**
 * How a peer's process is started.
 *
 * @param command program and arguments
 * @param environment beside what is inherited
 */
public record Launch(List<String> command, Map<String, String> environment) {

    static Launch of(String... command) {
        return new Launch(List.of(command), Map.of());
    }
}
