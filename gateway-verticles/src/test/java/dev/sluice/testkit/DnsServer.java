package dev.sluice.testkit;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** A name server on loopback, UDP only (RFC 1035), whose records can be changed at any time. */
public final class DnsServer implements AutoCloseable {

    public static final int SERVFAIL = 2;
    public static final int NXDOMAIN = 3;
    public static final int REFUSED = 5;

    private static final int SILENCE = -1;
    private static final int A = 1;
    private static final int CNAME = 5;
    private static final int AAAA = 28;
    private static final int SRV = 33;
    private static final int HEADER = 12;
    private static final int MAX_PACKET = 4096;

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Answer(int type, int ttl, byte[] data) {}

    /** A record of a service (RFC 2782). */
    public record Service(int priority, int weight, int port, String target) {}

    private final DatagramSocket socket;
    private final Map<String, List<Answer>> answers = new ConcurrentHashMap<>();
    private final Map<String, Integer> codes = new ConcurrentHashMap<>();
    private final List<String> queries = new CopyOnWriteArrayList<>();

    /** Knows no name yet. */
    public DnsServer() throws IOException {
        socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread thread = new Thread(this::serve, "dns-server");
        thread.setDaemon(true);
        thread.start();
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
    }

    /** From now on the name has these addresses, of both families. */
    public DnsServer addresses(String name, int ttl, String... ips) throws IOException {
        List<Answer> records = new ArrayList<>();
        for (String ip : ips) {
            byte[] bytes = InetAddress.getByName(ip).getAddress();
            records.add(new Answer(bytes.length == 4 ? A : AAAA, ttl, bytes));
        }
        return set(name, records);
    }

    /** From now on the name is an alias. */
    public DnsServer alias(String name, int ttl, String target) throws IOException {
        return set(name, List.of(new Answer(CNAME, ttl, name(target))));
    }

    /** From now on the name has these service records. */
    public DnsServer services(String name, int ttl, Service... services) throws IOException {
        List<Answer> records = new ArrayList<>();
        for (Service service : services) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(bytes);
            data.writeShort(service.priority());
            data.writeShort(service.weight());
            data.writeShort(service.port());
            data.write(name(service.target()));
            records.add(new Answer(SRV, ttl, bytes.toByteArray()));
        }
        return set(name, records);
    }

    /** From now on questions for the name are answered with this code alone. */
    public DnsServer fail(String name, int code) {
        codes.put(key(name), code);
        return this;
    }

    /** From now on questions for IPv6 addresses of the name are answered with this code alone. */
    public DnsServer failIpv6(String name, int code) {
        codes.put(key(name) + '/' + AAAA, code);
        return this;
    }

    /** From now on questions for IPv6 addresses of the name are not answered. */
    public DnsServer silentOnIpv6(String name) {
        return failIpv6(name, SILENCE);
    }

    /** From now on questions for the name are not answered. */
    public DnsServer silent(String name) {
        return fail(name, SILENCE);
    }

    /** How many questions for the name have come. */
    public long queries(String name) {
        return queries.stream().filter(key(name)::equals).count();
    }

    @Override
    public void close() {
        socket.close();
    }

    private DnsServer set(String name, List<Answer> records) {
        answers.put(key(name), records);
        codes.remove(key(name));
        codes.remove(key(name) + '/' + AAAA);
        return this;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                DatagramPacket query = new DatagramPacket(new byte[MAX_PACKET], MAX_PACKET);
                socket.receive(query);
                byte[] reply = reply(query.getData());
                if (reply.length > 0) {
                    socket.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));
                }
            } catch (IOException e) {
                // closed, or the client is gone; the test sees that on its own side
            }
        }
    }

    private byte[] reply(byte[] query) throws IOException {
        StringBuilder labels = new StringBuilder();
        int at = HEADER;
        while (query[at] != 0) {
            labels.append(new String(query, at + 1, query[at], StandardCharsets.US_ASCII))
                    .append('.');
            at += query[at] + 1;
        }
        int type = ((query[at + 1] & 0xff) << 8) | (query[at + 2] & 0xff);
        int questionEnd = at + 5;
        String name = key(labels.toString());
        queries.add(name);
        int ofName = codes.getOrDefault(name, answers.containsKey(name) ? 0 : NXDOMAIN);
        int code = codes.getOrDefault(name + '/' + type, ofName);
        if (code == SILENCE) {
            return new byte[0];
        }
        ByteArrayOutputStream records = new ByteArrayOutputStream();
        int count = code == 0 ? write(name, type, new DataOutputStream(records)) : 0;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(bytes);
        data.write(query, 0, 2);
        data.writeShort(0x8180 | code); // an answer, recursion desired and available
        data.writeShort(1);
        data.writeShort(count);
        data.writeInt(0);
        data.write(query, HEADER, questionEnd - HEADER);
        data.write(records.toByteArray());
        return bytes.toByteArray();
    }

    /** Follows aliases as a recursive server does. */
    private int write(String name, int type, DataOutputStream to) throws IOException {
        int count = 0;
        for (Answer answer : answers.getOrDefault(name, List.of())) {
            if (answer.type() == type || answer.type() == CNAME) {
                to.write(name(name));
                to.writeShort(answer.type());
                to.writeShort(1);
                to.writeInt(answer.ttl());
                to.writeShort(answer.data().length);
                to.write(answer.data());
                count++;
            }
            if (answer.type() == CNAME) {
                count += write(text(answer.data()), type, to);
            }
        }
        return count;
    }

    private static byte[] name(String name) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (String label : key(name).split("\\.", -1)) {
            bytes.write(label.length());
            bytes.write(label.getBytes(StandardCharsets.US_ASCII));
        }
        bytes.write(0);
        return bytes.toByteArray();
    }

    private static String text(byte[] name) {
        StringBuilder text = new StringBuilder();
        for (int at = 0; name[at] != 0; at += name[at] + 1) {
            text.append(new String(name, at + 1, name[at], StandardCharsets.US_ASCII))
                    .append('.');
        }
        return key(text.toString());
    }

    private static String key(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.endsWith(".") ? lower.substring(0, lower.length() - 1) : lower;
    }
}
