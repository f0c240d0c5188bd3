package dev.sluice.proxy;

import io.vertx.core.MultiMap;

/**
 * {@code traceparent} and {@code tracestate} (W3C Trace Context, level 2): a trace that is well-formed goes on as it is;
 * one that is not is dropped with its state, so that whoever comes next starts a trace of its own (section 4.3).
 */
final class TraceContext {

    /** {@code 00-<32 hex digits>-<16>-<2>}; later versions may go on behind another hyphen. */
    private static final int LENGTH = 55;

    private TraceContext() {}

    static void validate(MultiMap headers) {
        if (headers.contains("traceparent")) {
            var values = headers.getAll("traceparent");
            if (values.size() != 1 || !isValid(values.get(0))) {
                headers.remove("traceparent").remove("tracestate");
            }
        } else if (headers.contains("tracestate")) {
            headers.remove("tracestate");
        }
    }

    static boolean isValid(String parent) {
        if (parent.length() < LENGTH
                || parent.charAt(2) != '-'
                || parent.charAt(35) != '-'
                || parent.charAt(52) != '-'
                || !isHex(parent, 0, 2)
                || !isHex(parent, 3, 35)
                || !isHex(parent, 36, 52)
                || !isHex(parent, 53, LENGTH)
                || isZero(parent, 3, 35)
                || isZero(parent, 36, 52)
                || parent.startsWith("ff")) {
            return false;
        }
        return parent.length() == LENGTH || (!parent.startsWith("00") && parent.charAt(LENGTH) == '-');
    }

    /** Lower-case digits alone (section 3.2.2). */
    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
                return false;
            }
        }
        return true;
    }

    private static boolean isZero(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            if (text.charAt(i) != '0') {
                return false;
            }
        }
        return true;
    }
}
