package dev.sluice.bus;

import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageConsumer;
import java.util.function.Consumer;

/**
 * Typed publish and subscribe between the verticles of one gateway. Every message class has its own address; messages
 * from one verticle to another keep their order.
 */
public final class Bus {

    private static final DeliveryOptions LOCAL =
            new DeliveryOptions().setLocalOnly(true).setCodecName(LocalCodec.NAME);

    private final EventBus eventBus;

    /** Call once per {@link Vertx}: one gateway lives in one Vert.x. */
    public Bus(Vertx vertx) {
        eventBus = vertx.eventBus();
        eventBus.registerCodec(new LocalCodec());
    }

    /** Delivers to every consumer of the message's class, on the consumer's own event loop. */
    public void publish(Message message) {
        eventBus.publish(address(message.getClass()), message, LOCAL);
    }

    /** Subscribes the calling verticle; undeploying it unsubscribes. */
    public <T extends Message> void consume(Class<T> type, Consumer<T> consumer) {
        MessageConsumer<T> unused = eventBus.localConsumer(address(type), message -> consumer.accept(message.body()));
    }

    private static String address(Class<?> type) {
        return "sluice." + type.getSimpleName();
    }
}
