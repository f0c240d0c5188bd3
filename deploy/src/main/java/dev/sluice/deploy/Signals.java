package dev.sluice.deploy;

import java.lang.reflect.Proxy;
import java.util.List;

/**
 * SIGTERM and SIGINT. {@code sun.misc.Signal} is the only way to take them without ending the JVM by itself (a shutdown
 * hook cannot choose the exit code), and is reached by reflection because javac cannot name it under {@code --release}
 * without a warning that cannot be suppressed.
 */
final class Signals {

    private static final String MISSING = "this Java has no sun.misc.Signal (expected: module jdk.unsupported)";

    private Signals() {}

    /** Sends this process the SIGTERM for which it has a handler. */
    static void raiseTermination() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Object instance = signal.getConstructor(String.class).newInstance("TERM");
            Object unused = signal.getMethod("raise", signal).invoke(null, instance);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(MISSING, e);
        }
    }

    /** Runs {@code handler} on a thread of the JVM's for every SIGTERM and SIGINT from now on. */
    static void onTermination(Runnable handler) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> signalHandler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {signalHandler}, (self, method, arguments) -> {
                        switch (method.getName()) {
                            case "handle" -> handler.run();
                            case "hashCode" -> {
                                return System.identityHashCode(self);
                            }
                            case "equals" -> {
                                return self == arguments[0];
                            }
                            default -> {
                                return "Signals";
                            }
                        }
                        return null;
                    });
            for (String name : List.of("TERM", "INT")) {
                Object instance = signal.getConstructor(String.class).newInstance(name);
                Object unused =
                        signal.getMethod("handle", signal, signalHandler).invoke(null, instance, proxy);
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(MISSING, e);
        }
    }
}
