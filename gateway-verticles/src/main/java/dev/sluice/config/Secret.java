package dev.sluice.config;

/**
 * A text that is neither logged nor shown.
 *
 * @param value empty for none
 */
public record Secret(String value) {

    @Override
    public String toString() {
        return value.isEmpty() ? "none" : "redacted";
    }
}
