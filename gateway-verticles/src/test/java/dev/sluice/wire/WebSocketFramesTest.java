package dev.sluice.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class WebSocketFramesTest {

    private static ByteBuf frame(int opcode, boolean masked, int length) {
        ByteBuf frame = Unpooled.buffer().writeByte(0x80 | opcode);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            frame.writeByte(mask | length);
        } else if (length < 65_536) {
            frame.writeByte(mask | 126).writeShort(length);
        } else {
            frame.writeByte(mask | 127).writeLong(length);
        }
        return frame.writeZero((masked ? 4 : 0) + length);
    }

    @Test
    void knowsTheEndOfEveryFrameHoweverItComes() {
        SplittableRandom random = new SplittableRandom(7);
        for (int length : new int[] {0, 1, 125, 126, 127, 65_535, 65_536, 70_000}) {
            for (boolean masked : new boolean[] {false, true}) {
                ByteBuf frame = frame(2, masked, length);
                WebSocketFrames frames = new WebSocketFrames();
                assertTrue(frames.isBetween());
                while (frame.isReadable()) {
                    ByteBuf piece = frame.readSlice(Math.min(frame.readableBytes(), random.nextInt(1, 5_000)));
                    frames.follow(piece);
                    assertEquals(!frame.isReadable(), frames.isBetween(), length + " bytes, masked=" + masked);
                }
                assertFalse(frames.isClosed());
            }
        }
    }

    @Test
    void followsOneFrameToItsEnd() {
        WebSocketFrames frames = new WebSocketFrames();
        ByteBuf two = Unpooled.wrappedBuffer(frame(1, true, 10), frame(9, true, 3));
        frames.follow(two.readSlice(1));
        assertEquals(15, frames.followFrame(two));
        assertTrue(frames.isBetween());
        assertEquals(0, frames.followFrame(two));
    }

    @Test
    void aCloseFrameCountsWhenItIsWhole() {
        WebSocketFrames frames = new WebSocketFrames();
        ByteBuf close = frame(8, true, 2);
        frames.follow(close.readSlice(7));
        assertFalse(frames.isClosed());
        frames.follow(close);
        assertTrue(frames.isClosed());
    }

    @Test
    void behindAnImpossibleLengthThereIsNoEnd() {
        WebSocketFrames frames = new WebSocketFrames();
        frames.follow(Unpooled.buffer().writeShort(0x82ff).writeLong(-1));
        frames.follow(Unpooled.buffer().writeZero(1000));
        assertFalse(frames.isBetween());
    }
}
