package dev.sluice.grpc.transcode;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import dev.sluice.grpc.GrpcStatus;
import io.vertx.core.MultiMap;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a call ended, as its server says in the fields of a head or in trailers.
 *
 * @param code UNKNOWN for what is no code
 * @param message decoded; may be empty
 * @param details of {@code grpc-status-details-bin}
 */
record CallStatus(GrpcStatus code, String message, List<Any> details) {

    CallStatus {
        details = List.copyOf(details);
    }

    /** What the fields say; null when there is no {@code grpc-status}. */
    static @Nullable CallStatus of(MultiMap fields) {
        String status = fields.get("grpc-status");
        return status == null
                ? null
                : new CallStatus(
                        GrpcStatus.parse(status),
                        message(fields.get("grpc-message")),
                        details(fields.get("grpc-status-details-bin")));
    }

    /** Takes out of a head or of trailers what is no JSON client's. */
    static void remove(MultiMap fields) {
        fields.remove("grpc-status").remove("grpc-message").remove("grpc-status-details-bin");
    }

    /** One that the gateway gives. */
    static CallStatus unknown(String message) {
        return new CallStatus(GrpcStatus.UNKNOWN, message, List.of());
    }

    boolean isOk() {
        return code == GrpcStatus.OK;
    }

    /** {@code PROTOCOL-HTTP2.md}: a message that is not well encoded is given as it came. */
    private static String message(@Nullable String encoded) {
        if (encoded == null) {
            return "";
        }
        try {
            return PercentText.decode(encoded);
        } catch (TranscodingException e) {
            return encoded;
        }
    }

    /** Details that cannot be read are none: the status stands without them. */
    private static List<Any> details(@Nullable String base64) {
        if (base64 == null) {
            return List.of();
        }
        try {
            return Status.parseFrom(Base64.getDecoder().decode(base64.getBytes(StandardCharsets.US_ASCII)))
                    .getDetailsList();
        } catch (IllegalArgumentException | InvalidProtocolBufferException e) {
            return List.of();
        }
    }
}
