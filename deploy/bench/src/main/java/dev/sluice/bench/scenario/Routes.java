package dev.sluice.bench.scenario;

import java.util.List;
import java.util.stream.IntStream;

/** The path prefixes of the scenarios with many routes. */
public final class Routes {

    private Routes() {}

    /** Prefixes with their closing slash: {@code /r00000/}, {@code /r00001/}, …; none is the prefix of another. */
    public static List<String> prefixes(int count) {
        return IntStream.range(0, count).mapToObj("/r%05d/"::formatted).toList();
    }
}
