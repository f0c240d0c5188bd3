package dev.sluice.grpc.demo;

import dev.sluice.grpc.GrpcStatus;
import dev.sluice.grpc.service.GrpcService;
import dev.sluice.grpc.service.ServiceCall;
import dev.sluice.grpc.service.ServiceMethod;
import io.vertx.core.Vertx;
import java.util.Map;
import sluice.proto.demo.v1.CountdownRequest;
import sluice.proto.demo.v1.GreetRequest;
import sluice.proto.demo.v1.Greeting;
import sluice.proto.demo.v1.Number;
import sluice.proto.demo.v1.Tick;
import sluice.proto.demo.v1.Total;

/** {@code greeter.proto}'s four methods, one of each kind. */
final class Greeter {

    private static final long TICK_MILLIS = 500;
    private static final int MOST_TICKS = 10;

    private Greeter() {}

    static GrpcService create(Vertx vertx) {
        Map<String, ServiceMethod<?>> methods = Map.of(
                "Greet",
                ServiceMethod.ofOne(GreetRequest::parseFrom, Greeter::greet),
                "Countdown",
                ServiceMethod.ofOne(CountdownRequest::parseFrom, (call, request) -> countdown(vertx, call, request)),
                "Sum",
                new ServiceMethod<>(Number::parseFrom, Sum::new),
                "Chat",
                new ServiceMethod<>(GreetRequest::parseFrom, Chat::new));
        return GrpcService.of(Map.of(DemoServer.SERVICE, methods), policy -> null);
    }

    private static void greet(ServiceCall call, GreetRequest request) {
        if (request.getName().isEmpty()) {
            call.end(GrpcStatus.INVALID_ARGUMENT, "no name (expected: whom to greet)");
        } else {
            call.send(greeting(request));
            call.end();
        }
    }

    private static Greeting greeting(GreetRequest request) {
        String hello =
                switch (request.getLanguage()) {
                    case "de" -> "Hallo, ";
                    case "fr" -> "Bonjour, ";
                    default -> "Hello, ";
                };
        return Greeting.newBuilder().setText(hello + request.getName()).build();
    }

    private static void countdown(Vertx vertx, ServiceCall call, CountdownRequest request) {
        int from = request.getFrom();
        if (from < 1 || from > MOST_TICKS) {
            call.end(GrpcStatus.INVALID_ARGUMENT, "from " + from + " (expected: 1.." + MOST_TICKS + ")");
        } else {
            tick(vertx, call, from);
        }
    }

    private static void tick(Vertx vertx, ServiceCall call, int left) {
        if (call.isOver()) {
            return;
        }
        call.send(Tick.newBuilder().setLeft(left).build());
        if (left == 0) {
            call.end();
        } else {
            long unused = vertx.setTimer(TICK_MILLIS, id -> tick(vertx, call, left - 1));
        }
    }

    /** Adds up what comes. */
    private static final class Sum implements ServiceMethod.Requests<Number> {

        private final ServiceCall call;
        private long sum;
        private int count;

        Sum(ServiceCall call) {
            this.call = call;
        }

        @Override
        public void next(Number number) {
            sum += number.getValue();
            count++;
        }

        @Override
        public void ended() {
            call.send(Total.newBuilder().setSum(sum).setCount(count).build());
            call.end();
        }
    }

    /** Greets each at once. */
    private static final class Chat implements ServiceMethod.Requests<GreetRequest> {

        private final ServiceCall call;

        Chat(ServiceCall call) {
            this.call = call;
        }

        @Override
        public void next(GreetRequest request) {
            call.send(greeting(request));
        }

        @Override
        public void ended() {
            call.end();
        }
    }
}
