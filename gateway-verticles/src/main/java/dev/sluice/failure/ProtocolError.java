package dev.sluice.failure;

/**
 * An error code of HTTP/2 or HTTP/3 that a peer sent, as it stands in logs and metrics and decides what becomes of the
 * exchange. Codes are never passed on to the other side.
 *
 * @param protocol whose codes they are
 * @param code RFC 9113 section 7, or RFC 9114 section 8.1 and RFC 9204 section 6
 * @param scope what it ended
 * @param phase how far the response had come
 */
public record ProtocolError(Protocol protocol, long code, Scope scope, Phase phase) {

    /** The name of a code that no RFC registers. */
    public static final String UNKNOWN = "UNKNOWN";

    /** Of which there are codes. */
    public enum Protocol {
        HTTP_2("h2"),
        HTTP_3("h3");

        private final String label;

        Protocol(String label) {
            this.label = label;
        }

        /** As in metrics. */
        public String label() {
            return label;
        }
    }

    /** What an error ends. */
    public enum Scope {
        STREAM,
        CONNECTION
    }

    /** How far a response had come. */
    public enum Phase {
        /** No final head: the client can still be answered. */
        BEFORE_HEAD,
        /** The client has had the head. */
        BODY
    }

    /** The code's name in its RFC; {@link #UNKNOWN} for one that is not registered there. */
    public String name() {
        return protocol == Protocol.HTTP_2 ? http2() : http3();
    }

    private String http2() {
        return switch ((int) code) {
            case 0 -> "NO_ERROR";
            case 1 -> "PROTOCOL_ERROR";
            case 2 -> "INTERNAL_ERROR";
            case 3 -> "FLOW_CONTROL_ERROR";
            case 4 -> "SETTINGS_TIMEOUT";
            case 5 -> "STREAM_CLOSED";
            case 6 -> "FRAME_SIZE_ERROR";
            case 7 -> "REFUSED_STREAM";
            case 8 -> "CANCEL";
            case 9 -> "COMPRESSION_ERROR";
            case 10 -> "CONNECT_ERROR";
            case 11 -> "ENHANCE_YOUR_CALM";
            case 12 -> "INADEQUATE_SECURITY";
            case 13 -> "HTTP_1_1_REQUIRED";
            default -> UNKNOWN;
        };
    }

    private String http3() {
        return switch ((int) code) {
            case 0x100 -> "H3_NO_ERROR";
            case 0x101 -> "H3_GENERAL_PROTOCOL_ERROR";
            case 0x102 -> "H3_INTERNAL_ERROR";
            case 0x103 -> "H3_STREAM_CREATION_ERROR";
            case 0x104 -> "H3_CLOSED_CRITICAL_STREAM";
            case 0x105 -> "H3_FRAME_UNEXPECTED";
            case 0x106 -> "H3_FRAME_ERROR";
            case 0x107 -> "H3_EXCESSIVE_LOAD";
            case 0x108 -> "H3_ID_ERROR";
            case 0x109 -> "H3_SETTINGS_ERROR";
            case 0x10a -> "H3_MISSING_SETTINGS";
            case 0x10b -> "H3_REQUEST_REJECTED";
            case 0x10c -> "H3_REQUEST_CANCELLED";
            case 0x10d -> "H3_REQUEST_INCOMPLETE";
            case 0x10e -> "H3_MESSAGE_ERROR";
            case 0x10f -> "H3_CONNECT_ERROR";
            case 0x110 -> "H3_VERSION_FALLBACK";
            case 0x200 -> "QPACK_DECOMPRESSION_FAILED";
            case 0x201 -> "QPACK_ENCODER_STREAM_ERROR";
            case 0x202 -> "QPACK_DECODER_STREAM_ERROR";
            default -> UNKNOWN;
        };
    }
}
