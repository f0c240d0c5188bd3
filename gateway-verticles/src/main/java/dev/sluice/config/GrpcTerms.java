package dev.sluice.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule asks of its gRPC calls: the {@code grpc} section of a {@code TrafficPolicy}.
 *
 * @param web whether gRPC-Web clients are understood and their calls translated; null means on a GRPCRoute
 * @param timeout the most that a call may take, whatever its client allows; null leaves it to the client
 * @param maxRequestMessageBytes of one message to the upstream, without its prefix; {@link ClientTerms#UNLIMITED}
 * @param maxResponseMessageBytes of one message to the client, without its prefix; {@link ClientTerms#UNLIMITED}
 * @param transcoding how JSON clients reach the upstream's methods; null for not at all
 */
public record GrpcTerms(
        @Nullable Boolean web,
        @Nullable Duration timeout,
        long maxRequestMessageBytes,
        long maxResponseMessageBytes,
        @Nullable Transcoding transcoding) {

    /** Of a rule without a policy: messages stream through, and servers have limits of their own. */
    public static final GrpcTerms DEFAULT =
            new GrpcTerms(null, null, ClientTerms.UNLIMITED, ClientTerms.UNLIMITED, null);

    /**
     * How JSON becomes gRPC and back, by the {@code google.api.http} options of methods.
     *
     * @param descriptorSets files, each a serialized {@code FileDescriptorSet} with its imports; not empty
     * @param services full names of those that are offered; empty for all that the files define
     * @param unknownFields what becomes of fields and query parameters that a message has not
     * @param fieldNames how fields are named in JSON that the gateway writes
     * @param defaultValues whether fields that are not set are written too, with their default
     * @param enumsAsNumbers whether enum values are written as numbers
     * @param maxMessageBytes of one message that is translated, JSON or binary, for it is held as a whole
     */
    public record Transcoding(
            List<Path> descriptorSets,
            List<String> services,
            UnknownFields unknownFields,
            FieldNames fieldNames,
            boolean defaultValues,
            boolean enumsAsNumbers,
            int maxMessageBytes) {

        public Transcoding {
            descriptorSets = List.copyOf(descriptorSets);
            services = List.copyOf(services);
        }

        /** What becomes of a field that nobody knows. */
        public enum UnknownFields {
            /** The request is answered 400. */
            REJECT,
            IGNORE
        }

        /** How JSON names fields. */
        public enum FieldNames {
            /** lowerCamelCase, or the field's {@code json_name}: protobuf's JSON mapping. */
            JSON,
            /** As in the {@code .proto} file. */
            PROTO
        }
    }
}
