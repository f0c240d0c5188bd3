package dev.sluice.proxy;

import dev.sluice.wire.IpLiteral;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The CIDRs whose forwarding headers are believed. Immutable. */
final class TrustedProxies {

    static final TrustedProxies NONE = new TrustedProxies(List.of());

    @SuppressWarnings("ArrayRecordComponent") // private, never compared
    private record Block(byte[] prefix, int bits) {
        boolean contains(byte[] address) {
            if (address.length != prefix.length) {
                return false;
            }
            int whole = bits / 8;
            for (int i = 0; i < whole; i++) {
                if (address[i] != prefix[i]) {
                    return false;
                }
            }
            int rest = bits % 8;
            return rest == 0 || ((address[whole] ^ prefix[whole]) & (0xff00 >> rest) & 0xff) == 0;
        }
    }

    private final List<Block> blocks;

    private TrustedProxies(List<Block> blocks) {
        this.blocks = blocks;
    }

    /** Of validated CIDRs or single addresses. */
    static TrustedProxies of(List<String> cidrs) {
        List<Block> blocks = new ArrayList<>();
        for (String cidr : cidrs) {
            int slash = cidr.indexOf('/');
            byte[] prefix = parse(slash < 0 ? cidr : cidr.substring(0, slash));
            if (prefix == null) {
                throw new IllegalArgumentException(cidr + " (expected: an IP address or CIDR)");
            }
            int bits = slash < 0 ? prefix.length * 8 : Integer.parseInt(cidr.substring(slash + 1));
            blocks.add(new Block(prefix, bits));
        }
        return blocks.isEmpty() ? NONE : new TrustedProxies(List.copyOf(blocks));
    }

    /** Whether this literal IP is one of them; false for what is no literal. */
    boolean contains(String ip) {
        if (blocks.isEmpty()) {
            return false;
        }
        byte[] address = parse(ip);
        if (address == null) {
            return false;
        }
        for (Block block : blocks) {
            if (block.contains(address)) {
                return true;
            }
        }
        return false;
    }

    private static byte @Nullable [] parse(String ip) {
        InetAddress address = IpLiteral.parse(ip);
        return address == null ? null : address.getAddress();
    }
}
