package dev.sluice.deploy;

import dev.sluice.testkit.Eventually;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * grpc-java's server with a service of two methods, {@code Say} and the server-streaming {@code Tell}, both of {@code
 * google.protobuf.StringValue}, that do what the text says.
 */
final class ProbeServer implements AutoCloseable {

    static final String SERVICE = "sluice.test.Probe";

    /** {@code google.rpc.Status} with one detail, a StringValue "hint". */
    static final byte[] DETAILS = details();

    private static final Metadata.Key<String> ASK = text("x-ask");
    private static final Metadata.Key<byte[]> ASK_BIN = binary("x-ask-bin");

    private final Server server;
    private final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> cancelled = new LinkedBlockingQueue<>();
    private final BlockingQueue<Stepping> stepping = new LinkedBlockingQueue<>();

    ProbeServer() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerServiceDefinition.builder(SERVICE)
                        .addMethod(method("Say", MethodType.UNARY), this::begin)
                        .addMethod(method("Tell", MethodType.SERVER_STREAMING), this::begin)
                        .build())
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private ServerCall.Listener<String> begin(ServerCall<String, String> call, Metadata asked) {
        call.request(2);
        return new ServerCall.Listener<>() {
            private String text = "";

            @Override
            public void onMessage(String message) {
                text = message;
            }

            @Override
            public void onHalfClose() {
                answer(call, asked, text);
            }

            @Override
            public void onCancel() {
                if (text.equals("wait")) {
                    cancelled.add("cancelled");
                }
            }
        };
    }

    private void answer(ServerCall<String, String> call, Metadata asked, String text) {
        String[] words = text.split(" ", 2);
        switch (words[0]) {
            case "say" -> {
                call.sendHeaders(mirrored(asked, "x-initial"));
                call.sendMessage("heard " + text);
                call.close(Status.OK, mirrored(asked, "x-trailing"));
            }
            case "fail" -> {
                if (text.endsWith("late")) {
                    call.sendHeaders(new Metadata());
                }
                Metadata trailers = new Metadata();
                trailers.put(binary("grpc-status-details-bin"), DETAILS);
                call.close(Status.NOT_FOUND.withDescription("größer als 100 %"), trailers);
            }
            case "count", "broken" -> {
                call.sendHeaders(new Metadata());
                for (int i = 1; i <= Integer.parseInt(words[1]); i++) {
                    call.sendMessage(Integer.toString(i));
                }
                Status status = words[0].equals("count") ? Status.OK : Status.ABORTED.withDescription("halfway");
                call.close(status, new Metadata());
            }
            case "wait" -> {
                call.sendHeaders(new Metadata());
                begun.add("begun");
            }
            case "begun" -> reply(call, Eventually.take("a call that waits", begun));
            case "cancelled" -> reply(call, Eventually.take("the end of a call that waits", cancelled));
            case "step" -> {
                call.sendHeaders(new Metadata());
                Stepping stream = new Stepping(call);
                stream.next();
                stepping.add(stream);
            }
            case "next" -> {
                Stepping stream = Eventually.take("a stream", stepping);
                if (stream.next()) {
                    stepping.add(stream);
                }
                reply(call, "done");
            }
            default -> call.close(Status.UNIMPLEMENTED.withDescription(text), new Metadata());
        }
    }

    private static void reply(ServerCall<String, String> call, String text) {
        call.sendHeaders(new Metadata());
        call.sendMessage(text);
        call.close(Status.OK, new Metadata());
    }

    /** A stream of three messages, each sent when the one before has been seen. */
    private static final class Stepping {

        private final ServerCall<String, String> call;
        private int sent;

        Stepping(ServerCall<String, String> call) {
            this.call = call;
        }

        /** Whether there is more to come. */
        synchronized boolean next() {
            sent++;
            if (sent > 3) {
                call.close(Status.OK, new Metadata());
                return false;
            }
            call.sendMessage(Integer.toString(sent));
            return true;
        }
    }

    /** What the client sent as {@code x-ask} and {@code x-ask-bin}, by other names. */
    private static Metadata mirrored(Metadata asked, String name) {
        Metadata fields = new Metadata();
        String text = asked.get(ASK);
        byte[] bytes = asked.get(ASK_BIN);
        if (text != null && bytes != null) {
            fields.put(text(name), text);
            fields.put(binary(name + "-bin"), bytes);
        }
        return fields;
    }

    private static Metadata.Key<String> text(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    private static Metadata.Key<byte[]> binary(String name) {
        return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
    }

    // --- protobuf by hand: all lengths are below 128 ---

    private static MethodDescriptor<String, String> method(String name, MethodType type) {
        return MethodDescriptor.<String, String>newBuilder(new StringValue(), new StringValue())
                .setFullMethodName(SERVICE + "/" + name)
                .setType(type)
                .build();
    }

    private static final class StringValue implements MethodDescriptor.Marshaller<String> {

        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(field(1, value.getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                byte[] bytes = stream.readAllBytes();
                return bytes.length == 0 ? "" : new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static byte[] field(int number, byte[] value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(number << 3 | 2);
        out.write(value.length);
        out.writeBytes(value);
        return out.toByteArray();
    }

    private static byte[] details() {
        ByteArrayOutputStream detail = new ByteArrayOutputStream();
        detail.writeBytes(
                field(1, "type.googleapis.com/google.protobuf.StringValue".getBytes(StandardCharsets.US_ASCII)));
        detail.writeBytes(field(2, field(1, "hint".getBytes(StandardCharsets.US_ASCII))));
        ByteArrayOutputStream status = new ByteArrayOutputStream();
        status.write(1 << 3);
        status.write(Status.NOT_FOUND.getCode().value());
        status.writeBytes(field(2, "größer als 100 %".getBytes(StandardCharsets.UTF_8)));
        status.writeBytes(field(3, detail.toByteArray()));
        return status.toByteArray();
    }
}
