package dev.sluice.cluster;

import com.hazelcast.nio.MemberSocketInterceptor;
import dev.sluice.config.Defaults;
import dev.sluice.observe.ClusterCounters;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Proves, on each new connection between members and before Hazelcast reads a byte of it, that both ends know the
 * cluster's secret. Whoever connects proves it first, so that a port scanner gets nothing to guess at:
 *
 * <pre>
 * connecting → {@value #MAGIC} nonce          (32 bytes, fresh)
 * accepting  → {@value #MAGIC} nonce          (32 bytes, fresh)
 * connecting → HMAC(key, "connecting" both nonces)
 * accepting  → HMAC(key, "accepting" both nonces)
 * </pre>
 *
 * What follows is neither encrypted nor bound to the proof: who can take over connections in the network is not kept
 * out.
 */
final class MemberProof implements MemberSocketInterceptor {

    private static final Logger log = LoggerFactory.getLogger(MemberProof.class);

    static final String MAGIC = "SLC1";

    private static final int NONCE_BYTES = 32;
    private static final int PROOF_BYTES = 32;
    private static final byte[] MAGIC_BYTES = MAGIC.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CONNECTING = "connecting".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] ACCEPTING = "accepting".getBytes(StandardCharsets.US_ASCII);

    private final byte[] key;
    private final ClusterCounters counters;
    private final SecureRandom random = new SecureRandom();
    private final AtomicLong warned = new AtomicLong(System.nanoTime() - 2 * Defaults.CLUSTER_REFUSAL_LOG.toNanos());

    MemberProof(byte[] key, ClusterCounters counters) {
        this.key = key.clone();
        this.counters = counters;
    }

    @Override
    public void init(Properties properties) {}

    @Override
    public void onConnect(Socket socket) throws IOException {
        prove(socket, () -> {
            byte[] mine = sendHello(socket);
            byte[] theirs = readHello(socket);
            send(socket, ClusterKeys.hmac(key, CONNECTING, mine, theirs));
            expect(socket, ClusterKeys.hmac(key, ACCEPTING, mine, theirs));
        });
    }

    @Override
    public void onAccept(Socket socket) throws IOException {
        prove(socket, () -> {
            byte[] theirs = readHello(socket);
            byte[] mine = sendHello(socket);
            expect(socket, ClusterKeys.hmac(key, CONNECTING, theirs, mine));
            send(socket, ClusterKeys.hmac(key, ACCEPTING, theirs, mine));
        });
    }

    private interface Exchange {
        void run() throws IOException;
    }

    private void prove(Socket socket, Exchange exchange) throws IOException {
        int before = socket.getSoTimeout();
        socket.setSoTimeout((int) Defaults.CLUSTER_PROOF_TIMEOUT.toMillis());
        try {
            exchange.run();
        } catch (EOFException | SocketException e) {
            // A member that leaves, or the other end's refusal, which it counts itself.
            throw e;
        } catch (IOException e) {
            counters.refused();
            warn(socket, e);
            throw e;
        } finally {
            if (!socket.isClosed()) {
                socket.setSoTimeout(before);
            }
        }
    }

    /** Seldom: a node with another secret comes back several times a second. */
    private void warn(Socket socket, IOException reason) {
        long now = System.nanoTime();
        long last = warned.get();
        if (now - last > Defaults.CLUSTER_REFUSAL_LOG.toNanos() && warned.compareAndSet(last, now)) {
            log.warn(
                    "event=cluster_peer_refused peer={} refusals={} reason=\"{}\"",
                    socket.getRemoteSocketAddress(),
                    counters.refusals(),
                    reason.getMessage());
        }
    }

    private byte[] sendHello(Socket socket) throws IOException {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        byte[] hello = Arrays.copyOf(MAGIC_BYTES, MAGIC_BYTES.length + NONCE_BYTES);
        System.arraycopy(nonce, 0, hello, MAGIC_BYTES.length, NONCE_BYTES);
        send(socket, hello);
        return nonce;
    }

    private static byte[] readHello(Socket socket) throws IOException {
        byte[] hello = read(socket, MAGIC_BYTES.length + NONCE_BYTES);
        if (!Arrays.equals(hello, 0, MAGIC_BYTES.length, MAGIC_BYTES, 0, MAGIC_BYTES.length)) {
            throw new IOException("it is no node of a cluster");
        }
        return Arrays.copyOfRange(hello, MAGIC_BYTES.length, hello.length);
    }

    private static void expect(Socket socket, byte[] proof) throws IOException {
        if (!MessageDigest.isEqual(proof, read(socket, PROOF_BYTES))) {
            throw new IOException("it does not know this cluster's secret, or has another name for the cluster");
        }
    }

    private static void send(Socket socket, byte[] bytes) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(bytes);
        out.flush();
    }

    /** Exactly so many: what follows is Hazelcast's. */
    private static byte[] read(Socket socket, int length) throws IOException {
        byte[] bytes = new byte[length];
        new DataInputStream(socket.getInputStream()).readFully(bytes);
        return bytes;
    }
}
