package dev.sluice.wire;

import dev.sluice.config.Defaults;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;

/**
 * The memory that proxied connections read into. Vert.x copies what comes from an allocator of exactly Netty's own
 * classes to the heap ({@code VertxHandler.safeBuffer}), and leaves what comes from any other alone; that this is a
 * subclass is what it is for.
 */
final class WireAllocator extends PooledByteBufAllocator {

    private static final int PAGE = 8 * 1024;

    /** Chunks of 1 MiB: a loop's first connection does not cost 4. */
    private static final int ORDER = 7;

    /** An arena each, so that no loop waits for another. */
    private static final int LOOPS = Defaults.eventLoops();

    /**
     * As Netty has it for the allocator of its own choice; others have 1, and then a full read would pass for the last
     * one, with bytes behind a response still unseen.
     */
    private static final int READS_IN_A_ROW = 16;

    private static final WireAllocator INSTANCE = new WireAllocator();

    /** One for all connections: what each has learnt of its reads is in a handle of its own. */
    private static final RecvByteBufAllocator READS = new AdaptiveRecvByteBufAllocator(
                    Defaults.READ_BYTES_MIN, Defaults.READ_BYTES_MIN, Defaults.READ_BYTES_MAX)
            .maxMessagesPerRead(READS_IN_A_ROW);

    private WireAllocator() {
        super(true, LOOPS, LOOPS, PAGE, ORDER, defaultSmallCacheSize(), defaultNormalCacheSize(), false);
    }

    /** Lets a connection read through this: a buffer is only held while there are bytes. */
    static void use(ChannelConfig config) {
        var unused = config.setAllocator(INSTANCE);
    }

    /** Lets a connection read a large piece at a time; heeded only before its first read. */
    static void readLarge(ChannelConfig config) {
        var unused = config.setRecvByteBufAllocator(READS);
    }
}
