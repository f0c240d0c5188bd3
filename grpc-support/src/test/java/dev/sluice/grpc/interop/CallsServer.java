package dev.sluice.grpc.interop;

import static java.util.Objects.requireNonNull;

import io.grpc.Context;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.grpc.testing.integration.EmptyProtos.Empty;
import io.grpc.testing.integration.Messages.SimpleRequest;
import io.grpc.testing.integration.Messages.SimpleResponse;
import io.grpc.testing.integration.Messages.StreamingInputCallRequest;
import io.grpc.testing.integration.Messages.StreamingInputCallResponse;
import io.grpc.testing.integration.Messages.StreamingOutputCallRequest;
import io.grpc.testing.integration.Messages.StreamingOutputCallResponse;
import io.grpc.testing.integration.TestServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A grpc-java server that tells what it sees, in the order in which its connections bring it. */
final class CallsServer implements AutoCloseable {

    /** What has been seen of calls, each word when it was. */
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    /** Calls that have begun and are not over. */
    final AtomicInteger open = new AtomicInteger();

    private final Server server;

    /** @param name which unary calls are answered with */
    CallsServer(String name) throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .directExecutor() // in the transport's order
                .addService(new Service(name))
                .build()
                .start();
    }

    int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        var unused = server.shutdownNow();
    }

    private final class Service extends TestServiceGrpc.TestServiceImplBase {

        private final String name;

        Service(String name) {
            this.name = name;
        }

        /** Its server's name. */
        @Override
        public void unaryCall(SimpleRequest request, StreamObserver<SimpleResponse> answer) {
            events.add("unary");
            answer.onNext(SimpleResponse.newBuilder().setUsername(name).build());
            answer.onCompleted();
        }

        /** The milliseconds that are left, as an event. */
        @Override
        public void emptyCall(Empty request, StreamObserver<Empty> answer) {
            events.add(String.valueOf(
                    requireNonNull(Context.current().getDeadline()).timeRemaining(TimeUnit.MILLISECONDS)));
            answer.onNext(request);
            answer.onCompleted();
        }

        /** A message at once, one for each that comes, and the end with the client's. */
        @Override
        public StreamObserver<StreamingOutputCallRequest> fullDuplexCall(
                StreamObserver<StreamingOutputCallResponse> answer) {
            var unused = open.incrementAndGet();
            events.add("begun");
            ((ServerCallStreamObserver<StreamingOutputCallResponse>) answer).setOnCancelHandler(() -> {
                events.add("cancelled");
                var unusedOpen = open.decrementAndGet();
            });
            answer.onNext(StreamingOutputCallResponse.getDefaultInstance());
            return new StreamObserver<>() {
                @Override
                public void onNext(StreamingOutputCallRequest message) {
                    answer.onNext(StreamingOutputCallResponse.getDefaultInstance());
                }

                @Override
                public void onError(Throwable cancelled) {}

                @Override
                public void onCompleted() {
                    answer.onCompleted();
                    var unused = open.decrementAndGet();
                }
            };
        }

        /** An error before the client has said anything. */
        @Override
        public StreamObserver<StreamingInputCallRequest> streamingInputCall(
                StreamObserver<StreamingInputCallResponse> answer) {
            answer.onError(Status.ABORTED.withDescription("early").asRuntimeException());
            return new Deaf<>();
        }

        /** An end before the client's. */
        @Override
        public StreamObserver<StreamingOutputCallRequest> halfDuplexCall(
                StreamObserver<StreamingOutputCallResponse> answer) {
            answer.onNext(StreamingOutputCallResponse.getDefaultInstance());
            answer.onCompleted();
            return new Deaf<>();
        }
    }

    private static final class Deaf<T> implements StreamObserver<T> {

        @Override
        public void onNext(T message) {}

        @Override
        public void onError(Throwable cancelled) {}

        @Override
        public void onCompleted() {}
    }
}
