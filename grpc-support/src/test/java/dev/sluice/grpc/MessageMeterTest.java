package dev.sluice.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ClientTerms;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

final class MessageMeterTest {

    private static Buffer messages(int... lengths) {
        Buffer all = Buffer.buffer();
        for (int length : lengths) {
            all.appendByte((byte) 1).appendInt(length).appendBytes(new byte[length]);
        }
        return all;
    }

    @Test
    void countsMessagesWhereverChunksDivideThem() {
        Buffer all = messages(3, 0, 7, 0, 0, 1);
        for (int first = 0; first <= all.length(); first++) {
            for (int second = first; second <= all.length(); second++) {
                MessageMeter meter = new MessageMeter(ClientTerms.UNLIMITED);
                String split = first + ", " + second;
                assertEquals(MessageMeter.FITS, meter.walk(all.getBuffer(0, first)), split);
                assertEquals(MessageMeter.FITS, meter.walk(all.getBuffer(first, second)), split);
                assertEquals(MessageMeter.FITS, meter.walk(all.getBuffer(second, all.length())), split);
                assertEquals(6, meter.messages(), split);
                assertTrue(meter.atBoundary(), split);
            }
        }
    }

    @Test
    void knowsBoundaries() {
        Buffer all = messages(2, 0, 1);
        MessageMeter meter = new MessageMeter(ClientTerms.UNLIMITED);
        assertTrue(meter.atBoundary());
        for (int at = 0; at < all.length(); at++) {
            int unused = meter.walk(all.getBuffer(at, at + 1));
            int seen = at + 1;
            assertEquals(seen == 7 || seen == 12 || seen == 18, meter.atBoundary(), seen + " bytes");
            int begun = seen < 7 ? seen : seen < 12 ? seen - 7 : seen - 12;
            assertEquals(begun < 5 ? begun : 0, meter.prefixBytes(), seen + " bytes");
        }
        assertEquals(3, meter.messages());
    }

    @Test
    void findsTheLongMessageAsSoonAsItsPrefixIsComplete() {
        Buffer all = messages(4, 5, 1);
        for (int split = 0; split < 14; split++) {
            MessageMeter meter = new MessageMeter(4);
            assertEquals(MessageMeter.FITS, meter.walk(all.getBuffer(0, split)));
            assertEquals(9 - split, meter.walk(all.getBuffer(split, 14)), "split at " + split);
            assertEquals(5, meter.lastLength());
            assertEquals(1, meter.messages());
        }
    }

    @Test
    void lengthsAreUnsigned() {
        Buffer prefix = Buffer.buffer().appendByte((byte) 0).appendInt(-1);
        for (int split = 0; split < prefix.length(); split++) {
            MessageMeter unlimited = new MessageMeter(ClientTerms.UNLIMITED);
            int unused = unlimited.walk(prefix.getBuffer(0, split));
            assertEquals(MessageMeter.FITS, unlimited.walk(prefix.getBuffer(split, 5)));
            assertEquals(4294967295L, unlimited.lastLength());
            assertFalse(unlimited.atBoundary());

            MessageMeter limited = new MessageMeter(Integer.MAX_VALUE);
            int unusedToo = limited.walk(prefix.getBuffer(0, split));
            assertEquals(-split, limited.walk(prefix.getBuffer(split, 5)));
        }
    }

    @Test
    void nothingButEmptyMessagesWithALimitOfZero() {
        MessageMeter meter = new MessageMeter(0);
        assertEquals(MessageMeter.FITS, meter.walk(messages(0, 0)));
        assertEquals(5, meter.walk(messages(0, 1)));
        assertEquals(3, meter.messages());
    }
}
