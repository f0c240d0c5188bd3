package dev.sluice.epoch;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks of all nodes.
 *
 * @param text YAML documents; null to go back to each node's files
 * @param watch how long the error rate is watched afterwards; zero for not at all
 * @param dryRun to be validated by all nodes, and no more
 */
public record Push(@Nullable String text, Duration watch, boolean dryRun) {}
