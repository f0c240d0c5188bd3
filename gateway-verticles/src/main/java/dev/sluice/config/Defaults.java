package dev.sluice.config;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;

/** Every default value of the gateway, each with its reason. Nothing else in the code holds one. */
public final class Defaults {

    private Defaults() {}

    // --- bootstrap ---

    /** Loopback: the admin API has no authentication. */
    public static final String ADMIN_HOST = "127.0.0.1";

    /** Free of the usual application ports; Traefik and HAProxy users know 8080/9000 as a pair. */
    public static final int ADMIN_PORT = 9000;

    /** Connections that the admin API lists unless asked for another number: a few screens. */
    public static final int ADMIN_CONNECTIONS = 100;

    /** Connections that it lists at most: gathering them takes a loop well under a millisecond. */
    public static final int MAX_ADMIN_CONNECTIONS = 1_000;

    /** How long it waits for other nodes to answer, whose loops may take {@link #ADMIN_LOOP_TIMEOUT}. */
    public static final Duration ADMIN_NODE_TIMEOUT = Duration.ofSeconds(2);

    /** How long the admin API waits for the loops to tell their connections: one that needs longer is the news. */
    public static final Duration ADMIN_LOOP_TIMEOUT = Duration.ofSeconds(1);

    /** One loop per core: loops never block, so more would only add switches. */
    public static int eventLoops() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** Half of the files that the process may open: each client connection may need another to a backend. */
    public static long maxConnections() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? Math.max(1, unix.getMaxFileDescriptorCount() / 2)
                : ClientTerms.UNLIMITED;
    }

    /** No load balancer is assumed in front; the Kubernetes manifests set 10 s. */
    public static final Duration LAME_DUCK = Duration.ZERO;

    /** Kubernetes gives 30 s in all; five are kept for leaving and flushing. */
    public static final Duration DRAIN_DEADLINE = Duration.ofSeconds(25);

    // --- listeners ---

    /** The unprivileged counterparts of 80 and 443. */
    public static final int HTTP_PORT = 8080;

    public static final int HTTPS_PORT = 8443;

    /** nginx's and Envoy's neighbourhood: a request line that browsers and OAuth redirects still need. */
    public static final int MAX_REQUEST_LINE_BYTES = 8 * 1024;

    /** All header fields of one request; Envoy's limit is 60 KiB, so a move from it breaks nothing. */
    public static final int MAX_HEADER_BYTES = 64 * 1024;

    /** What a decoder of compressed fields takes at most, whatever a listener allows: it is held in memory whole. */
    public static final int MAX_DECODED_HEADER_BYTES = 16 * 1024 * 1024;

    /** Streams a client may have open on one HTTP/2 or HTTP/3 connection; Kestrel's and RFC 9113's figure. */
    public static final int MAX_CONCURRENT_STREAMS = 100;

    /** HTTP/2 stream window: two bandwidth-delay products of 100 Mbit/s at 20 ms; Kestrel's 768 KiB, rounded. */
    public static final int H2_STREAM_WINDOW = 1024 * 1024;

    /** HTTP/2 connection window: room for a few full streams at once. */
    public static final int H2_CONNECTION_WINDOW = 4 * 1024 * 1024;

    /** RST_STREAM frames of a client in {@link #RST_WINDOW}: ten times Vert.x's 200, which browsers' cancels reach. */
    public static final int MAX_RST_PER_WINDOW = 2000;

    public static final Duration RST_WINDOW = Duration.ofSeconds(30);

    /** In which the frames of one HTTP/2 or HTTP/3 connection are counted; long enough to see a slow flood. */
    public static final Duration FLOOD_WINDOW = RST_WINDOW;

    /** Streams in a window before premature resets are judged; Envoy's figure. A page load stays below it. */
    public static final int MIN_STREAMS_TO_JUDGE = 500;

    /** A stream reset this young, and unanswered, is a premature reset; Envoy's figure. */
    public static final Duration PREMATURE_RESET_AGE = Duration.ofSeconds(1);

    /** Streams of one connection in a window that its client's errors ended; a broken client sees them long before. */
    public static final int MAX_PROVOKED_RESETS = 500;

    /** PING frames in a window: 1,000 a second, since gRPC measures the path with one for each round trip. */
    public static final int MAX_PINGS = 30_000;

    /**
     * PING frames in a window between which nothing was sent: ten a second, a hundred times what gRPC's keepalive asks
     * for. gRPC's servers grant one in five minutes, which cuts clients whose proxies never minded.
     */
    public static final int MAX_IDLE_PINGS = 300;

    /** SETTINGS frames in a window: every one must be acknowledged, and honest clients send one to three. */
    public static final int MAX_SETTINGS = 300;

    /** PRIORITY frames in a window: older browsers send a few for each of their streams. */
    public static final int MAX_PRIORITIES = 10_000;

    /** WINDOW_UPDATE frames of {@link #TINY_WINDOW_UPDATE} or less: naive clients send two for each small answer. */
    public static final int MAX_TINY_WINDOW_UPDATES = 30_000;

    /** A WINDOW_UPDATE that lets less through than its own answer costs. */
    public static final int TINY_WINDOW_UPDATE = 64;

    /** Frames of unknown types in a window: browsers send one now and then to keep servers tolerant. */
    public static final int MAX_UNKNOWN_FRAMES = 3_000;

    /** Streams that all connections of one address may reset in a window: ten connections' worth, for meshes and NATs. */
    public static final int MAX_CLIENT_RESETS = 10 * MAX_RST_PER_WINDOW;

    /** Its connections that may be cut in a window: one broken client behind a NAT shall not shut out the others. */
    public static final int MAX_CLIENT_CUTS = 10;

    /** How long its new HTTP/2 and HTTP/3 connections are cut at once then: longer than clients try again by themselves. */
    public static final Duration FLOOD_PENALTY = Duration.ofMinutes(1);

    /** Addresses that are accounted for over all loops, and so penalised, at a time; some megabytes. */
    public static final int MAX_ACCOUNTS = 10_000;

    /** Addresses that one loop counts in one second; a few hundred kilobytes. */
    public static final int MAX_COUNTED_CLIENTS = 4_096;

    /** Addresses that one loop reports in one second. */
    public static final int MAX_REPORTED_CLIENTS = 256;

    /** Resets in one second on one loop that are worth a report: sixty loops of less are still below the limit. */
    public static final int MIN_REPORTED_RESETS = 10;

    /** Field lines of one request; Kestrel's and Envoy's figure. */
    public static final int MAX_HEADER_COUNT = 100;

    /** From accept, or a request's first byte, to the end of its head; Kestrel's figure, Envoy advises as much. */
    public static final Duration HEADER_TIMEOUT = Duration.ofSeconds(30);

    /** A request's body; Kestrel's and IIS's figure. */
    public static final long MAX_REQUEST_BODY_BYTES = 30_000_000;

    /** Between two pieces of a request's body; nginx's client_body_timeout. */
    public static final Duration BODY_IDLE = Duration.ofSeconds(60);

    /** Bytes a second, either way; Kestrel's figure, below any modem that still works. */
    public static final int MIN_REQUEST_RATE = 240;

    public static final int MIN_RESPONSE_RATE = 240;

    /** How long a body may miss its rate at first; Kestrel's figure. */
    public static final Duration DATA_RATE_GRACE = Duration.ofSeconds(5);

    /** Between an answer and the reset of the request that it makes needless: some clients must have read it by then. */
    public static final Duration DECLINE_DELAY = Duration.ofMillis(100);

    /** How long a client that expects 100 is made to wait for its upstream's; curl waits as long and then sends. */
    public static final Duration CONTINUE_TIMEOUT = Duration.ofSeconds(1);

    /** How much of an unread body is discarded: as much as a request may have by default, so that the time is what counts. */
    public static final long REQUEST_DRAIN_BYTES = MAX_REQUEST_BODY_BYTES;

    /** An upgraded connection without a byte; WebSocket libraries ping every 20 to 60 s, people leave tabs open. */
    public static final Duration UPGRADED_IDLE = Duration.ofHours(1);

    /** An idle client connection; above the 60 s of common load balancers, so that they close first. */
    public static final Duration DOWNSTREAM_IDLE = Duration.ofSeconds(75);

    /** Between the GOAWAY that announces a connection's end and the one that ends it: a round trip to anywhere. */
    public static final Duration GOAWAY_NOTICE = Duration.ofSeconds(1);

    /** How long a closing connection may take to deliver what was written to it; nginx's lingering_timeout. */
    public static final Duration CLOSE_LINGER = Duration.ofSeconds(5);

    /** How long a UDP socket stays open behind its last connection: a few turns of an event loop, which send what was written. */
    public static final Duration UDP_CLOSE_LINGER = Duration.ofMillis(100);

    /** Bytes that a connection queues before its writer is made to wait; Vert.x's and Netty's figure. */
    public static final int WRITE_QUEUE_BYTES = 64 * 1024;

    /** Connections beyond a limit that are being told so; more are reset, so that refusing stays cheap. */
    public static final int MAX_REFUSALS = 256;

    /** How long telling may take: a round trip to anywhere. */
    public static final Duration REFUSAL_LINGER = Duration.ofSeconds(1);

    /** What one read of a proxied connection asks for: two usual answers; taken from a pool, and only for the read. */
    public static final int READ_BYTES_MIN = 16 * 1024;

    /** What it grows to while reads come back full, as with large bodies. */
    public static final int READ_BYTES_MAX = 128 * 1024;

    /** TLS handshake, Kestrel's figure. */
    public static final Duration TLS_HANDSHAKE = Duration.ofSeconds(10);

    /** The longest that may be configured. */
    public static final Duration MAX_TLS_HANDSHAKE = Duration.ofMinutes(10);

    /** HTTP/3 on HTTPS listeners: used where it can be, no reason to fail where it cannot. */
    public static final ClientPolicy.Http3 HTTP3 = ClientPolicy.Http3.AUTO;

    /** A QUIC connection without a packet ends without a word; above STREAM_IDLE and DOWNSTREAM_IDLE, which end in good order. */
    public static final Duration QUIC_IDLE = Duration.ofMinutes(6);

    /** How long browsers may remember the HTTP/3 endpoint; a day, as most public servers say. */
    public static final Duration ALT_SVC_MAX_AGE = Duration.ofDays(1);

    /** Ports that the system is asked for when it shall be free for TCP and UDP: with half of them in use, one in a million fails. */
    public static final int PORT_CHOICES = 20;

    /** How long loops wait for the first one's choice of a port, which takes milliseconds: nothing may hold up a reload for ever. */
    public static final Duration PORT_CHOICE = Duration.ofSeconds(5);

    // --- exchanges ---

    /** Nothing received from an upstream that owes a response head; nginx's proxy_read_timeout. */
    public static final Duration RESPONSE_HEAD_TIMEOUT = Duration.ofSeconds(60);

    /** No byte in either direction of an exchange; Envoy's stream_idle_timeout. */
    public static final Duration STREAM_IDLE = Duration.ofMinutes(5);

    /**
     * Between a call's deadline, when its upstream is cancelled, and the answer that says so: clients keep the deadline
     * themselves, and each says it in its own words unless it is told first.
     */
    public static final Duration CALL_DEADLINE_GRACE = Duration.ofMillis(100);

    /** How long an unread request body is discarded after an early response; Kestrel's drain time. */
    public static final Duration REQUEST_DRAIN = Duration.ofSeconds(5);

    /** Body bytes that a copy holds back before its mirror is given up as too slow: a usual body fits whole. */
    public static final int MIRROR_BUFFER_BYTES = 1024 * 1024;

    // --- upstream ---

    /** Interim responses (1xx) to one request: 100 and a few 103 are usual, a flood is an attack. */
    public static final int MAX_INTERIM_RESPONSES = 16;

    /** The line before a chunk of a body, of either side: a size and extensions, which nobody uses. */
    public static final int MAX_CHUNK_LINE_BYTES = 4 * 1024;

    /** One connect including TLS; a SYN lost once is sent again after 1 s, twice after 3 s. */
    public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** Tunnels to one endpoint from one loop: more than one address has ports for; listeners limit them. */
    public static final int MAX_TUNNELS = 65_535;

    /** HTTP/1.1 connections to one endpoint from one loop. */
    public static final int MAX_H1_CONNECTIONS = 256;

    /** HTTP/2 or HTTP/3 connections to one endpoint from one loop, opened as streams run out. */
    public static final int MAX_MUX_CONNECTIONS = 8;

    /** Streams put on one upstream connection at most, whatever the upstream allows. */
    public static final int MAX_UPSTREAM_STREAMS = 100;

    /** Requests on one upstream connection, whatever is allowed: HTTP/2 has 2^30 stream numbers for a client. */
    public static final long MAX_REQUESTS_OF_A_CONNECTION = 1_000_000_000;

    /** Requests waiting for a connection of one backend; HTTP.sys's queue limit. */
    public static final int MAX_PENDING_REQUESTS = 1000;

    /** How long a request waits for a connection; a little over the connect timeout, so that one connect may fail. */
    public static final Duration PENDING_TIMEOUT = Duration.ofSeconds(6);

    /** What a connect may still take that nobody waits for any more: .NET's figure, a SYN lost twice. */
    public static final Duration PENDING_CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** Retries under way, in percent of the requests under way: Envoy's and linkerd's figure. */
    public static final int RETRY_BUDGET_PERCENT = 20;

    /** Retries that quiet backends have room for, where a fifth would be none. */
    public static final int MIN_RETRIES = 3;

    /** Tries of one request, the first included: a second endpoint may be just restarting too. */
    public static final int ATTEMPTS = 3;

    /** Before the first retry; Envoy's figure. */
    public static final Duration RETRY_BASE_BACKOFF = Duration.ofMillis(25);

    /** Ten times the first: longer than that, the client had better hear of it. */
    public static final Duration RETRY_MAX_BACKOFF = Duration.ofMillis(250);

    /** With less of the route's deadline left, a retry could only fail too: two ticks of the timer. */
    public static final Duration LEAST_TIME_OF_A_RETRY = Duration.ofMillis(40);

    /** Of an answer that is thrown away for a retry: error pages are read, so that the connection can be kept. */
    public static final int DISCARDED_ANSWER_BYTES = 16 * 1024;

    /** How long the rest of such an answer may take. */
    public static final Duration DISCARDED_ANSWER_TIME = Duration.ofSeconds(1);

    /** Of a request's body, kept for another try: forms and API calls fit, uploads do not. */
    public static final int REPLAY_BUFFER_BYTES = 64 * 1024;

    /** Chunks that are kept so: a body in tiny ones would cost far more than its bytes. */
    public static final int MAX_KEPT_CHUNKS = 256;

    /** Below half, health is no longer believed: better a try at all than all at a few; Envoy's figure. */
    public static final int PANIC_PERCENT = 50;

    /** Where slow start begins: enough to fill caches by, too little to hurt; Envoy's figure. */
    public static final double SLOW_START_PART = 0.1;

    /** Points of the lightest endpoint on a hash ring: shares stray by 8 % then (one over the root); ketama's figure. */
    public static final int RING_POINTS = 160;

    /** Points of a whole ring: a megabyte for each loop. */
    public static final int MAX_RING_POINTS = 128 * 1024;

    /** Places in a Maglev table, a prime: a hundred times some hundred endpoints, as its paper advises; Envoy's figure. */
    public static final int MAGLEV_TABLE = 65_537;

    /** Over which peak-EWMA forgets; Finagle's and linkerd's figure. */
    public static final Duration LATENCY_DECAY = Duration.ofSeconds(10);

    /** What peak-EWMA takes an endpoint to need that has not answered yet, or has failed: linkerd's figure. */
    public static final Duration LATENCY_START = Duration.ofSeconds(1);

    /** Of a signature in a sticky cookie: 144 bits, 24 characters without padding. */
    public static final int STICKY_TOKEN_BYTES = 18;

    /** Where an adaptive limit on requests under way begins; Netflix's figure. */
    public static final int CONCURRENCY_START = 20;

    /** Between two changes of it; Envoy's figure. */
    public static final Duration CONCURRENCY_WINDOW = Duration.ofMillis(100);

    /** Answers that a mean needs to mean something; Netflix's figure. */
    public static final int CONCURRENCY_SAMPLES = 10;

    /** Windows over which latency is averaged for comparison, and those at first that count alike; Netflix's figures. */
    public static final int CONCURRENCY_LONG_TERM = 600;

    public static final int CONCURRENCY_WARM_UP = 10;

    /** How much slower answers may become before the limit shrinks; Netflix's figure. */
    public static final double CONCURRENCY_TOLERANCE = 1.5;

    /** How much of each change is made at once; Netflix's figure. */
    public static final double CONCURRENCY_SMOOTHING = 0.2;

    /** Requests in a row that got no answer of the application's; Envoy's figure. Its own 500 eject nobody. */
    public static final int OUTLIER_CONSECUTIVE_GATEWAY_ERRORS = 5;

    /** Requests in an interval, below which a rate says nothing; Envoy's figure. */
    public static final int OUTLIER_SUCCESS_RATE_REQUESTS = 100;

    public static final Duration OUTLIER_INTERVAL = Duration.ofSeconds(10);

    public static final Duration OUTLIER_BASE_EJECTION = Duration.ofSeconds(30);

    public static final Duration OUTLIER_MAX_EJECTION = Duration.ofMinutes(5);

    /** Of a backend's endpoints: what is left must carry the load. */
    public static final int OUTLIER_MAX_EJECTION_PERCENT = 10;

    /** The path of an HTTP probe: every server has one. */
    public static final String HEALTH_CHECK_PATH = "/";

    /** Between two probes of an endpoint; Envoy Gateway's figure. */
    public static final Duration HEALTH_CHECK_INTERVAL = Duration.ofSeconds(3);

    /** Of one probe; Envoy Gateway's figure. */
    public static final Duration HEALTH_CHECK_TIMEOUT = Duration.ofSeconds(1);

    /** Probes in a row that succeed, before requests are risked; Envoy Gateway's figure. */
    public static final int HEALTH_CHECK_HEALTHY = 1;

    /** Probes in a row that fail: one may be lost by chance; Envoy Gateway's figure. */
    public static final int HEALTH_CHECK_UNHEALTHY = 3;

    /** Below it, an adaptive limit could not learn; Envoy's figure. */
    public static final int MIN_CONCURRENCY = 3;

    /** Above it, an adaptive limit limits nothing; Envoy's figure. */
    public static final int MAX_CONCURRENCY = 1000;

    /** Idle upstream connection; below the 60 to 75 s of common servers, so that the gateway closes first. */
    public static final Duration UPSTREAM_IDLE = Duration.ofSeconds(50);

    /**
     * Requests in a row without an answer in time, after which an HTTP/2 or HTTP/3 upstream connection is retired: one or
     * two may be slow, but a flow that a NAT has dropped answers none until TCP gives up, after some 15 minutes.
     */
    public static final int MAX_UNANSWERED = 3;

    /**
     * Resets after which an HTTP/3 upstream connection is retired: a reset stream is never given back to Vert.x's
     * client by the peer, and a peer may allow as few as the hundred that RFC 9114 section 6.1 asks for.
     */
    public static final int H3_UPSTREAM_MAX_RESETS = 50;

    /** An HTTP/3 connect where TCP may follow: three round trips to anywhere; UDP that is blocked gives no answer. */
    public static final Duration H3_CONNECT_TIMEOUT = Duration.ofSeconds(1);

    /** How long HTTP/3 to an endpoint is left alone after a failed connect; it doubles each time. */
    public static final Duration H3_RETRY_BASE = Duration.ofMinutes(1);

    /** The longest: a path that is mended should be found within a day's work. */
    public static final Duration H3_RETRY_MAX = Duration.ofHours(1);

    /** How often what DNS does not know is looked up elsewhere again, such as names of the hosts file. */
    public static final Duration DNS_REFRESH = Duration.ofSeconds(10);

    /** How long one name may take to resolve before a table is published without it. */
    public static final Duration DNS_TIMEOUT = Duration.ofSeconds(2);

    /** Without an answer by then, a query or its answer got lost, and the next server is asked. */
    public static final Duration DNS_QUERY_TIMEOUT = Duration.ofSeconds(1);

    /** Names are not resolved again sooner, however short they live: some say 0 and mean "soon". */
    public static final Duration DNS_MIN_REFRESH = Duration.ofSeconds(1);

    /** Nor later, however long they live: a query costs nothing, and not everybody lowers a TTL before a change. */
    public static final Duration DNS_MAX_REFRESH = Duration.ofMinutes(1);

    /** Between two reports of failures in a row by one loop: a backend that is down fails thousands of times a second. */
    public static final Duration EARLY_REPORT_PAUSE = Duration.ofMillis(50);

    /** From a change of endpoints or their health to its publication: a rack's endpoints all fail within milliseconds. */
    public static final Duration ENDPOINTS_PUBLISH_DELAY = Duration.ofMillis(20);

    /** A probe is moved by up to this part of its interval, in percent, so that many do not come at once. */
    public static final int PROBE_JITTER_PERCENT = 10;

    // --- drain ---

    /** How long a node that shall drain waits for its turn, out of its grace period: little, for each must be able to leave alone. */
    public static final Duration DRAIN_PATIENCE = Duration.ofSeconds(2);

    /** How often a draining event loop looks which of its connections are next: a lame duck of seconds in fine steps. */
    public static final Duration DRAIN_TICK = Duration.ofMillis(50);

    /** How long both sides of a WebSocket may take to answer a Close frame of the gateway's. */
    public static final Duration WEBSOCKET_CLOSE = Duration.ofSeconds(2);

    /** Exchanges that a drain's end aborts and that are logged one by one, of each socket on each event loop. */
    public static final int DRAIN_ABORTS_LOGGED = 20;

    /** What a process with nothing in flight may take to end: a fault in closing must not keep it alive. */
    public static final Duration PROCESS_CLOSE = Duration.ofSeconds(5);

    /** What a drained node may take to leave its cluster, which moves its share of the data to others. */
    public static final Duration NODE_LEAVE = Duration.ofSeconds(5);

    /** What a process that got a second signal may take to end, after {@link #FORCED_CLOSE}: it writes its logs out. */
    public static final Duration FORCED_STOP = Duration.ofSeconds(1);

    /** How long sockets may take to close after everything on them was aborted; QUIC waits for acknowledgements. */
    public static final Duration FORCED_CLOSE = Duration.ofSeconds(2);

    // --- cluster ---

    /** Where a node listens for others when only Kubernetes is told of: Hazelcast's usual port. */
    public static final int CLUSTER_PORT = 5701;

    /** From a node's port to its event bus's: the pair 5701 and 15701 is what firewalls know. */
    public static final int CLUSTER_BUS_PORT_OFFSET = 10_000;

    /** Nodes draining at a time: the others have room for the load of one. */
    public static final int CLUSTER_MAX_DRAINING = 1;

    /** How often a node repeats what it tells the others: what a new node does not know yet, it knows a second later. */
    public static final Duration CLUSTER_FACT_INTERVAL = Duration.ofSeconds(1);

    /** How long a node's word holds when it is not repeated; several may be lost in a pause of either node's. */
    public static final Duration CLUSTER_FACT_TTL = Duration.ofSeconds(5);

    /** How long the event bus may take to start once Hazelcast runs; on a busy machine it took 3 s. */
    public static final Duration CLUSTER_START = Duration.ofSeconds(30);

    /** Between attempts to join: a port that is still taken, a name that is not known yet. */
    public static final Duration CLUSTER_JOIN_RETRY = Duration.ofSeconds(5);

    /** Nodes that probe an endpoint for all: one may be cut off from it, or hang. */
    public static final int SHARED_PROBERS = 2;

    /** Endpoints that a node tells the others of, 100 bytes of each: beyond it each node probes and judges for itself. */
    public static final int MAX_SHARED_ENDPOINTS = 1_000;

    /** How often the number of nodes that should be there is looked up, where DNS tells it. */
    public static final Duration CLUSTER_EXPECTED_REFRESH = Duration.ofSeconds(10);

    /** Within which a new connection between nodes has to be proven; a node that is starting up took 3 s on a full machine. */
    public static final Duration CLUSTER_PROOF_TIMEOUT = Duration.ofSeconds(6);

    /** Between two lines of the log about connections that were refused; the metric counts them all. */
    public static final Duration CLUSTER_REFUSAL_LOG = Duration.ofSeconds(10);

    /** Without a heartbeat for so long a node counts as gone; a collection of garbage may take a third of it. */
    public static final Duration CLUSTER_HEARTBEAT_TIMEOUT = Duration.ofSeconds(10);

    /** How often a node says that it is there. */
    public static final Duration CLUSTER_HEARTBEAT = Duration.ofSeconds(2);

    /** How long a connect to another node may take. */
    public static final Duration CLUSTER_CONNECT_TIMEOUT = Duration.ofSeconds(2);

    /** When parts of a cluster that was split first look for each other, and how often after that. */
    public static final Duration CLUSTER_MERGE_FIRST = Duration.ofSeconds(10);

    /** See {@link #CLUSTER_MERGE_FIRST}. */
    public static final Duration CLUSTER_MERGE_NEXT = Duration.ofSeconds(5);

    /** How long a leaving node says so before it leaves, so that who polls it each 200 ms sees it; part of {@link #NODE_LEAVE}. */
    public static final Duration CLUSTER_FAREWELL = Duration.ofMillis(800);

    /** How long a leaving node may take to hand its share of the data to others; part of {@link #NODE_LEAVE}. */
    public static final Duration CLUSTER_HAND_OVER = Duration.ofSeconds(2);

    /**
     * How long a node that has left stays, so that others which call it are refused at once: to an address that is gone
     * they would try for half a minute, and count the node as one of them until then. Part of {@link #NODE_LEAVE}.
     */
    public static final Duration CLUSTER_LINGER = Duration.ofSeconds(2);

    /** Between two attempts to get a permit to drain. */
    public static final Duration CLUSTER_PERMIT_POLL = Duration.ofMillis(200);

    // --- rate limits ---

    /** The time of a limit that names none: rates are given by the second. */
    public static final Duration RATE_LIMIT_PER = Duration.ofSeconds(1);

    /** Keys of one rule that a node remembers: 100,000 clients take about 20 MiB; beyond, the longest unused is forgotten. */
    public static final int RATE_LIMIT_KEYS = 100_000;

    /** A key's length; longer ones are kept as their hash, so that nobody can fill the memory with them. */
    public static final int RATE_LIMIT_KEY_CHARS = 64;

    /** For how long a lease should last at the pace of the one before: ten asks a second at most while tokens last. */
    public static final Duration RATE_LIMIT_LEASE = Duration.ofMillis(100);

    /** So long before a lease runs out the next is asked for: more than a node in the same region takes to answer. */
    public static final Duration RATE_LIMIT_PREFETCH = Duration.ofMillis(50);

    /** An empty bucket is asked again when so much time's worth is back, or one token: 20 asks a second of each node. */
    public static final Duration RATE_LIMIT_POLL = Duration.ofMillis(50);

    /** Which part of a burst may lie in leases, a half: that is by how much the limit may be exceeded. */
    public static final int RATE_LIMIT_LEASED_PART = 2;

    /** How often leases are looked through; those not used from one time to the next go back. */
    public static final Duration RATE_LIMIT_SWEEP = Duration.ofMillis(500);

    /**
     * How long a key's owner has to answer, since requests may wait for it: a healthy one needs a millisecond, and one that
     * collects garbage some dozens.
     */
    public static final Duration RATE_LIMIT_OWNER_TIMEOUT = Duration.ofMillis(250);

    /** How long an owner that did not answer is left alone. */
    public static final Duration RATE_LIMIT_OWNER_PAUSE = Duration.ofSeconds(1);

    /** Requests of one key that wait for a lease, on one loop; more than arrive while the owner answers. */
    public static final int RATE_LIMIT_WAITING = 1000;

    // --- configuration ---

    /** A configuration file; 10,000 routes take about 5 MiB. */
    public static final int MAX_CONFIG_FILE_BYTES = 16 * 1024 * 1024;

    /** A PEM file; a chain of RSA-4096 certificates takes about 10 KiB, the system's CA bundle 220 KiB. */
    public static final int MAX_PEM_FILE_BYTES = 1024 * 1024;

    /** A file that holds a secret: its 1024 characters take four bytes each at most. */
    public static final int MAX_SECRET_FILE_BYTES = 4 * 1024;

    /** A file of protobuf descriptors; those of all Google APIs take about 10 MiB. */
    public static final int MAX_DESCRIPTOR_FILE_BYTES = 16 * 1024 * 1024;

    /** A message that is transcoded, so held as a whole: the most that gRPC's own clients take of one. */
    public static final int MAX_TRANSCODED_MESSAGE_BYTES = 4 * 1024 * 1024;

    /** Nested lists and mappings of a document; the deepest supported field lies 11 deep. */
    public static final int MAX_YAML_DEPTH = 64;

    /** Values that all aliases of a file may repeat; sharing a few blocks is fine, a "billion laughs" is not. */
    public static final int MAX_YAML_ALIASED_VALUES = 10_000;

    /** Namespace of a resource that names none (Kubernetes). */
    public static final String NAMESPACE = "default";

    /** A text that is pushed: some 8,000 routes. Each node keeps two, and sends one to a node that joins. */
    public static final int MAX_PUSHED_CONFIG_BYTES = 4 * 1024 * 1024;

    /** How long a node may take to validate and compile what is pushed; one that needs longer is in trouble. */
    public static final Duration PUSH_PREPARE_TIMEOUT = Duration.ofSeconds(10);

    /** How long a node may take to use it: two seconds for names that are new, and its sockets. */
    public static final Duration PUSH_ACTIVATE_TIMEOUT = Duration.ofSeconds(10);

    /** How long event loops may take to serve by a pushed table; less than {@link #PUSH_ACTIVATE_TIMEOUT}. */
    public static final Duration PUSH_LOOPS_TIMEOUT = Duration.ofSeconds(8);

    /** How long a node keeps itself for who has prepared it, should he be lost: both phases at their slowest. */
    public static final Duration PUSH_CLAIM = Duration.ofSeconds(30);

    /** How long the admin API waits for a push: two rounds to prepare, one to activate, one to take it back. */
    public static final Duration PUSH_ANSWER_TIMEOUT = Duration.ofSeconds(45);

    /** Between two attempts to take over what other nodes have, such as while a certificate's file is missing here. */
    public static final Duration PUSH_CATCH_UP_RETRY = Duration.ofSeconds(5);

    /** How long errors are watched after a push: faults of a route show within seconds, and people wait for it. */
    public static final Duration PUSH_WATCH = Duration.ofSeconds(30);

    /** The longest watch that may be asked for: nobody remembers after an hour what a rollback would undo. */
    public static final Duration MAX_PUSH_WATCH = Duration.ofHours(1);

    /** How far the share of errors before a push is looked at: as long as it is watched afterwards. */
    public static final Duration PUSH_WATCH_BASELINE = Duration.ofSeconds(30);

    /** Requests after a push without which its errors mean nothing. */
    public static final int PUSH_WATCH_REQUESTS = 20;

    /** By how much the share of errors must grow to take a push back: one request in ten is no noise. */
    public static final double PUSH_WATCH_JUMP = 0.10;

    /** How often configuration and certificate files are looked at. */
    public static final Duration CONFIG_POLL = Duration.ofSeconds(1);

    /** Weight of a backendRef that gives none (Gateway API). */
    public static final int BACKEND_WEIGHT = 1;

    /** Weight of an endpoint that gives none: one among equals. */
    public static final int ENDPOINT_WEIGHT = 1;

    /** Status of a redirect that gives none (Gateway API). */
    public static final int REDIRECT_STATUS = 302;

    /** Denominator of a mirror's fraction that gives none (Gateway API). */
    public static final int MIRROR_DENOMINATOR = 100;

    /** Seconds a CORS preflight may be kept when none are given (the Fetch standard). */
    public static final int CORS_MAX_AGE_SECONDS = 5;

    // --- the gateway's own gRPC services ---

    /** A request to one of them: it holds a name or two. */
    public static final int LOCAL_REQUEST_BYTES = 64 * 1024;

    /** What a backend answers when it is asked for its descriptors: the most that gRPC clients take by default. */
    public static final int REFLECTION_ANSWER_BYTES = 4 * 1024 * 1024;

    /** How long it has for that; beyond it a person with a tool in hand goes on without it. */
    public static final Duration REFLECTION_TIMEOUT = Duration.ofSeconds(2);

    /** Questions of one client that wait while backends are asked, beyond what tools ask at once. */
    public static final int REFLECTION_WAITING = 100;

    /** Files of which is remembered, for one client, which backend has named them; more than a large service imports. */
    public static final int REFLECTION_FILES = 1000;

    // --- observability ---

    /** Upper bounds of duration histograms: Prometheus' usual ladder, begun lower for a gateway and ended at a minute. */
    public static final List<Double> DURATION_BUCKETS_SECONDS =
            List.of(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0);

    /** Backends with metrics of their own; names that reloads bring beyond it are counted as one. */
    public static final int MAX_BACKEND_SERIES = 1000;

    /** Routes with figures of their own, 300 bytes of each event loop's; names that reloads bring beyond it are counted as one. */
    public static final int MAX_ROUTE_SERIES = 1000;

    /** Figures of routes are of the last one to two of these: long enough for a 99th percentile, short enough to be news. */
    public static final Duration ROUTE_WINDOW = Duration.ofSeconds(5);

    /** How often a tail of requests asks the event loops, and with them the nodes, for what is new: people do not see it sooner. */
    public static final Duration TAIL_POLL = Duration.ofMillis(500);

    /** Lines of a tail that each event loop keeps between two polls; what is beyond is counted, so nobody's loop is busy telling. */
    public static final int TAIL_LINES = 500;

    /** Tails at a time on an event loop: each costs every request a look. */
    public static final int MAX_TAILS = 8;

    /** A tail that nobody has asked for so long is over: several polls may be late. */
    public static final Duration TAIL_TTL = Duration.ofSeconds(5);

    /** gRPC methods with metrics of their own; a large company's API has some thousands, one gateway's a part of them. */
    public static final int MAX_GRPC_METHODS = 1000;

    /** Of {@code /service/method} with metrics of its own; the longest of Google's API has about 120. */
    public static final int MAX_GRPC_METHOD_CHARS = 256;

    /** A loop's access log goes out when this much is gathered: a pipe's usual half, some eighty lines. */
    public static final int ACCESS_LOG_BATCH_BYTES = 32 * 1024;

    /** It goes out no later than this, so that a quiet gateway's log can be followed. */
    public static final Duration ACCESS_LOG_FLUSH = Duration.ofMillis(100);

    /** Access log waiting for a slow disk or pipe; what comes beyond it is dropped and counted. */
    public static final long ACCESS_LOG_QUEUE_BYTES = 8L * 1024 * 1024;

    /** How long a closing gateway waits for the rest of its access log to be written. */
    public static final Duration ACCESS_LOG_CLOSE = Duration.ofSeconds(2);
}
