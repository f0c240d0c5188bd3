package dev.sluice.grpc.transcode;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.grpc.GrpcStatus;
import io.vertx.core.json.Json;
import java.util.Base64;
import java.util.List;

/** Writes {@code google.rpc.Status} as JSON, whatever its details are. */
final class StatusJson {

    private final JsonFormat.Printer printer;

    /** @param printer knows the types of details; writes without line breaks */
    StatusJson(JsonFormat.Printer printer) {
        this.printer = printer;
    }

    String of(CallStatus status) {
        return of(status.code(), status.message(), status.details());
    }

    String of(GrpcStatus code, String message) {
        return of(code, message, List.of());
    }

    private String of(GrpcStatus code, String message, List<Any> details) {
        StringBuilder json = new StringBuilder("{\"code\":").append(code.code());
        json.append(",\"message\":").append(Json.encode(message)).append(",\"details\":[");
        for (int i = 0; i < details.size(); i++) {
            json.append(i == 0 ? "" : ",").append(detail(details.get(i)));
        }
        return json.append("]}").toString();
    }

    /** One of a type that nobody knows, or that has no JSON, keeps its name and its bytes. */
    private String detail(Any detail) {
        try {
            return printer.print(detail);
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            return "{\"@type\":" + Json.encode(detail.getTypeUrl()) + ",\"value\":\""
                    + Base64.getEncoder().encodeToString(detail.getValue().toByteArray()) + "\"}";
        }
    }
}
