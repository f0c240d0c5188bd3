package dev.sluice.grpc.service;

import dev.sluice.testkit.Eventually;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Calls of whatever bytes, which generated stubs would not send. */
final class RawCalls {

    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private RawCalls() {}

    /** How a call ended. */
    record Outcome(List<byte[]> messages, Status status) {}

    /** Sends these requests, no more, and gathers what comes back. */
    static Outcome call(Channel channel, String method, CallOptions options, byte[]... requests) {
        ClientCall<byte[], byte[]> call = channel.newCall(
                MethodDescriptor.newBuilder(BYTES, BYTES)
                        .setType(MethodType.BIDI_STREAMING)
                        .setFullMethodName(method)
                        .build(),
                options);
        CompletableFuture<Outcome> outcome = new CompletableFuture<>();
        List<byte[]> messages = new ArrayList<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onMessage(byte[] message) {
                        messages.add(message);
                    }

                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        outcome.complete(new Outcome(messages, status));
                    }
                },
                new Metadata());
        call.request(Integer.MAX_VALUE);
        for (byte[] request : requests) {
            call.setMessageCompression(options.getCompressor() != null);
            call.sendMessage(request);
        }
        call.halfClose();
        return Eventually.get(outcome);
    }
}
