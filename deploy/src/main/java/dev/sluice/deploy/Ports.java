package dev.sluice.deploy;

/** Port numbers in the text of flags. */
final class Ports {

    private Ports() {}

    /**
     * Reads a port.
     *
     * @param text the whole flag value, for the message
     * @param lowest 0 or 1
     * @throws IllegalArgumentException with a message for the user
     */
    static int parse(String text, String port, int lowest) {
        boolean digits = !port.isEmpty() && port.length() <= 5 && port.chars().allMatch(c -> c >= '0' && c <= '9');
        int number = digits ? Integer.parseInt(port) : -1;
        if (number < lowest || number > 65535) {
            throw new IllegalArgumentException(
                    text + " has port " + (port.isEmpty() ? "''" : port) + " (expected: " + lowest + "..65535)");
        }
        return number;
    }

    /** {@code host:port}, an IPv6 address in brackets. */
    static String join(String host, int port) {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
