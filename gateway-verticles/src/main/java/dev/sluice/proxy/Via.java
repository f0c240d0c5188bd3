package dev.sluice.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpVersion;

/** What this node calls itself in {@code Via} (RFC 9110 section 7.6.3), and by which it knows its own requests again. */
final class Via {

    private final String pseudonym;
    private final String http10;
    private final String http11;
    private final String http2;
    private final String http3;

    /** @param pseudonym unique among gateways */
    Via(String pseudonym) {
        this.pseudonym = pseudonym;
        this.http10 = "1.0 " + pseudonym;
        this.http11 = "1.1 " + pseudonym;
        this.http2 = "2 " + pseudonym;
        this.http3 = "3 " + pseudonym;
    }

    /** The name alone. */
    String pseudonym() {
        return pseudonym;
    }

    /** Adds this node to a message that it has received in this version. */
    void append(MultiMap headers, HttpVersion received) {
        headers.add(
                "via",
                switch (received) {
                    case HTTP_1_0 -> http10;
                    case HTTP_1_1 -> http11;
                    case HTTP_2 -> http2;
                    case HTTP_3 -> http3;
                });
    }

    /** Whether the message has passed through this node before. */
    boolean names(MultiMap headers) {
        if (!headers.contains("via")) {
            return false;
        }
        for (String via : headers.getAll("via")) {
            if (names(via)) {
                return true;
            }
        }
        return false;
    }

    /** Whether the pseudonym stands there as a whole word: another gateway's may begin with ours. */
    private boolean names(String via) {
        int start = via.indexOf(pseudonym);
        while (start >= 0) {
            int end = start + pseudonym.length();
            if (isWordEnd(via, start - 1) && isWordEnd(via, end)) {
                return true;
            }
            start = via.indexOf(pseudonym, end);
        }
        return false;
    }

    private static boolean isWordEnd(String text, int index) {
        return index < 0
                || index >= text.length()
                || !(Character.isLetterOrDigit(text.charAt(index)) || text.charAt(index) == '-');
    }
}
