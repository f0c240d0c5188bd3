package dev.sluice.health;

/** An endpoint has answered, but not that it is well. */
final class ProbeFailedException extends Exception {

    private static final long serialVersionUID = 1;

    ProbeFailedException(String message) {
        super(message, null, false, false);
    }
}
