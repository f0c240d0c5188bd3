package dev.sluice.deploy;

import java.util.Locale;
import java.util.regex.Pattern;

/** A gateway that cannot start or go on, in one line for the person at the terminal. */
final class StartFailure extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** How Netty's native transports begin the system's message. */
    private static final Pattern SYSTEM_CALL = Pattern.compile("\\w+\\(\\.\\.\\) failed with error\\(-?\\d+\\): ");

    StartFailure(String message) {
        super(message);
    }

    /** The line: the failure's own message, or the innermost one that says something. */
    static String explain(Throwable failure) {
        if (failure instanceof StartFailure && failure.getMessage() != null) {
            return failure.getMessage();
        }
        StringBuilder text = new StringBuilder();
        for (Throwable cause = failure; cause != null && cause != cause.getCause(); cause = cause.getCause()) {
            String message = cause.getMessage();
            // A wrapper's message often is its cause's toString: say each thing once.
            if (message != null && text.indexOf(message) < 0) {
                String innermost = cause.getCause() == null
                        ? ""
                        : String.valueOf(cause.getCause().getMessage());
                if (!message.endsWith(innermost) || innermost.isEmpty()) {
                    text.append(text.isEmpty() ? "" : ": ").append(message);
                }
            }
        }
        if (text.isEmpty()) {
            return failure.getClass().getSimpleName() + " (more with --debug)";
        }
        return SYSTEM_CALL.matcher(text).replaceAll("");
    }

    /** Why a socket could not be opened, in plain words. */
    static String reason(Exception failure) {
        String message = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
        if (message.contains("already in use")) {
            return "address already in use";
        }
        if (message.contains("permission denied")) {
            return "permission denied";
        }
        if (message.contains("cannot assign requested address")) {
            return "this machine has no such address";
        }
        return message;
    }
}
