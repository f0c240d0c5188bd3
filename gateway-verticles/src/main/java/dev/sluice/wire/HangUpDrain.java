package dev.sluice.wire;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.util.concurrent.ThreadAwareExecutor;

/**
 * Lets an io_uring channel notice that its peer is gone though bytes were left to read, which would stay open for ever.
 *
 * <p>The defect (Netty 4.2.18, {@code AbstractIoUringStreamChannel.IoUringStreamUnsafe.scheduleNextRead}): once the
 * poll for the peer's hang-up has fired, Netty means to read on until there is nothing left, but a read whose completion
 * says that the socket is empty ends the loop all the same. Linux says so of a socket that holds no more bytes but a
 * pending reset. The end itself is never read then: the poll for input is a multishot, which had told of the bytes and
 * of the reset at once and has nothing to tell any more. It takes no more than a reset right behind some bytes.
 *
 * <p>The way around: after the hang-up, no read's completion says that the socket is empty. The loop then goes on to the
 * end or the error, which closes the channel, as Netty means it to.
 */
@SuppressWarnings("try") // the interface's close() may throw anything
final class HangUpDrain implements IoUringIoHandle {

    /** {@code IORING_OP_POLL_ADD} of linux/io_uring.h. */
    static final byte POLL_ADD = 6;
    /** {@code IORING_OP_RECV} of linux/io_uring.h. */
    static final byte RECV = 27;
    /** {@code IORING_CQE_F_SOCK_NONEMPTY} of linux/io_uring.h. */
    static final int SOCKET_NOT_EMPTY = 1 << 2;
    /** {@code POLLRDHUP} of asm-generic/poll.h. */
    static final int POLL_HANG_UP = 0x2000;

    private final IoHandle channel;
    private boolean hungUp;

    HangUpDrain(IoHandle channel) {
        this.channel = channel;
    }

    /** @return a factory whose io_uring handlers have the way around, others being as they are */
    static IoHandlerFactory under(IoHandlerFactory factory) {
        return new IoHandlerFactory() {
            @Override
            public IoHandler newHandler(ThreadAwareExecutor executor) {
                IoHandler handler = factory.newHandler(executor);
                return handler instanceof IoUringIoHandler ? new Ring(handler) : handler;
            }

            @Override
            public boolean isChangingThreadSupported() {
                return factory.isChangingThreadSupported();
            }
        };
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
        IoUringIoEvent completion = (IoUringIoEvent) event;
        int result = completion.res();
        byte operation = completion.opcode();
        if (operation == POLL_ADD && result > 0 && (result & POLL_HANG_UP) != 0) {
            hungUp = true;
        }
        boolean corrected = hungUp && operation == RECV;
        channel.handle(
                registration,
                corrected
                        ? new IoUringIoEvent(
                                result, completion.flags() | SOCKET_NOT_EMPTY, operation, completion.userData())
                        : completion);
    }

    @Override
    public void registered() {
        channel.registered();
    }

    @Override
    public void unregistered() {
        channel.unregistered();
    }

    @Override
    public void close() throws Exception {
        channel.close();
    }

    private record Ring(IoHandler delegate) implements IoHandler {

        @Override
        public void initialize() {
            delegate.initialize();
        }

        @Override
        public int run(IoHandlerContext context) {
            return delegate.run(context);
        }

        @Override
        public void prepareToDestroy() {
            delegate.prepareToDestroy();
        }

        @Override
        public void destroy() {
            delegate.destroy();
        }

        @Override
        public IoRegistration register(IoHandle handle) throws Exception {
            return delegate.register(new HangUpDrain(handle));
        }

        @Override
        public void wakeup() {
            delegate.wakeup();
        }

        @Override
        public boolean isCompatible(Class<? extends IoHandle> handleType) {
            return delegate.isCompatible(handleType);
        }
    }
}
