package dev.sluice.testkit;

import java.util.concurrent.CompletableFuture;

/** A place where a script stops until the test lets it go on; the test learns that it has come there. */
public final class Gate {

    private final CompletableFuture<Void> reached = new CompletableFuture<>();
    private final CompletableFuture<Void> opened = new CompletableFuture<>();

    /** The script's side on an event loop: notes that it is here and goes on when, or as soon as, the gate opens. */
    public void pass(Runnable then) {
        reached.complete(null);
        var unused = opened.thenRun(then);
    }

    /** The script's side on a thread of its own: blocks until the gate opens. */
    public void pass() {
        reached.complete(null);
        Eventually.get(opened);
    }

    /** The test's side: blocks until the script is here. */
    public void awaitReached() {
        Eventually.get(reached);
    }

    /** Whether the script has come here. */
    public boolean isReached() {
        return reached.isDone();
    }

    /** The test's side: lets the script go on. */
    public void open() {
        opened.complete(null);
    }
}
