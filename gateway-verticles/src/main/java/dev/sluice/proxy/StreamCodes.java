package dev.sluice.proxy;

/** Error codes of HTTP/3 for those of HTTP/2 (RFC 9114 section 8.1, RFC 9113 section 7). */
final class StreamCodes {

    private StreamCodes() {}

    /** The code of HTTP/3 that means the same; H3_INTERNAL_ERROR for one that only HTTP/2 has. */
    static long http3(long http2Code) {
        return switch ((int) http2Code) {
            case 0 -> 0x100; // NO_ERROR
            case 1 -> 0x101; // PROTOCOL_ERROR, H3_GENERAL_PROTOCOL_ERROR
            case 6 -> 0x106; // FRAME_SIZE_ERROR, H3_FRAME_ERROR
            case 7 -> 0x10b; // REFUSED_STREAM, H3_REQUEST_REJECTED
            case 8 -> 0x10c; // CANCEL, H3_REQUEST_CANCELLED
            case 10 -> 0x10f; // CONNECT_ERROR
            case 11 -> 0x107; // ENHANCE_YOUR_CALM, H3_EXCESSIVE_LOAD
            case 13 -> 0x110; // HTTP_1_1_REQUIRED, H3_VERSION_FALLBACK
            default -> 0x102;
        };
    }
}
