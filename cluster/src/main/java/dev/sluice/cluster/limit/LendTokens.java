package dev.sluice.cluster.limit;

import com.hazelcast.map.EntryProcessor;
import com.hazelcast.map.ExtendedMapEntry;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import dev.sluice.config.RateLimitTerms.Quota;
import dev.sluice.spi.RateLimitLeases.Lease;
import dev.sluice.spi.TokenBucket;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lends tokens of one bucket, where it lies and by that node's clock. A bucket is two numbers: what is in it, and since when,
 * as {@link TokenBucket} has them. One that nobody asks for is forgotten when it is full.
 */
final class LendTokens implements EntryProcessor<String, long[], long[]>, IdentifiedDataSerializable {

    /** Of this class, for Hazelcast; never another's. */
    static final int FACTORY_ID = 1;

    private static final int CLASS_ID = 1;
    private static final long serialVersionUID = 1L;
    private static final long FORGET_MILLIS = 1000;

    private long requests;
    private long perSeconds;
    private long burst;
    private long wanted;
    private long returned;

    /** To be filled by {@link #readData}. */
    LendTokens() {}

    LendTokens(Quota quota, long wanted, long returned) {
        requests = quota.requests();
        perSeconds = quota.per().toSeconds();
        burst = quota.burst();
        this.wanted = wanted;
        this.returned = returned;
    }

    /** Tokens, those that remain, and microseconds until it is worth asking again. */
    @Override
    public long[] process(Map.Entry<String, long[]> entry) {
        Quota quota = new Quota(requests, Duration.ofSeconds(perSeconds), burst);
        long now = OwnerClock.micros();
        long @Nullable [] left = entry.getValue();
        TokenBucket bucket = left == null ? TokenBucket.full(quota, now) : new TokenBucket(quota, left[0], left[1]);
        Lease lease = bucket.lend(wanted, returned, now);
        var unused = ((ExtendedMapEntry<String, long[]>) entry)
                .setValue(
                        new long[] {bucket.parts(), bucket.micros()},
                        quota.microsFor(burst) / 1000 + FORGET_MILLIS,
                        TimeUnit.MILLISECONDS);
        return new long[] {lease.tokens(), lease.remaining(), lease.retryMicros()};
    }

    @Override
    public int getFactoryId() {
        return FACTORY_ID;
    }

    @Override
    public int getClassId() {
        return CLASS_ID;
    }

    @Override
    public void writeData(ObjectDataOutput out) throws IOException {
        out.writeLong(requests);
        out.writeLong(perSeconds);
        out.writeLong(burst);
        out.writeLong(wanted);
        out.writeLong(returned);
    }

    @Override
    public void readData(ObjectDataInput in) throws IOException {
        requests = in.readLong();
        perSeconds = in.readLong();
        burst = in.readLong();
        wanted = in.readLong();
        returned = in.readLong();
    }
}
