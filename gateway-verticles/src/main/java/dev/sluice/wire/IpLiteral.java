package dev.sluice.wire;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** Literal IP addresses. The JDK's parser asks DNS about what is none, such as {@code 999.1.1.1}; this never does. */
public final class IpLiteral {

    private IpLiteral() {}

    /**
     * The address that a text writes down.
     *
     * @return IPv4 also for IPv4-mapped IPv6; null for what is no literal, and for IPv6 with brackets or a zone
     */
    public static @Nullable InetAddress parse(String text) {
        if (text.indexOf('%') >= 0 || text.indexOf('[') >= 0) {
            return null;
        }
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
        try {
            return bytes == null ? null : InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("a literal has 4 or 16 bytes", e);
        }
    }

    /** As RFC 5952 recommends, {@code ::1} and not {@code 0:0:0:0:0:0:0:1}; a text that is no literal stays what it is. */
    public static String canonical(String text) {
        InetAddress address = parse(text);
        return address == null ? text : NetUtil.toAddressString(address);
    }
}
