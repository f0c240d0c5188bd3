package dev.sluice.epoch;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How it stands with the epoch in use at this node.
 *
 * @param errors what of it does not work here
 * @param behind why a newer one that others have is not in use here; empty when there is none
 * @param watch null when it is not watched, or not any more
 */
public record EpochStatus(Epoch epoch, List<String> errors, String behind, @Nullable Watched watch) {

    public EpochStatus {
        errors = List.copyOf(errors);
    }

    /**
     * What the watch has seen so far, over all nodes in sight.
     *
     * @param requests ended since the epoch is in use
     * @param errors those of them with a status of 500 or more, or with none
     * @param shareBefore of errors in requests, before
     * @param remainingMillis how long it goes on
     */
    public record Watched(long requests, long errors, double shareBefore, long remainingMillis) {}
}
