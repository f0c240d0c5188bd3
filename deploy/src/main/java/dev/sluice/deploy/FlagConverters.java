package dev.sluice.deploy;

import java.time.Duration;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How picocli reads the values of flags that are more than a word or a number. */
final class FlagConverters {

    private FlagConverters() {}

    /** {@code --to}. */
    static final class Upstream implements ITypeConverter<UpstreamUrl> {
        @Override
        public UpstreamUrl convert(String value) {
            return read(UpstreamUrl::parse, value);
        }
    }

    /** {@code --listen}. */
    static final class Address implements ITypeConverter<ListenAddress> {
        @Override
        public ListenAddress convert(String value) {
            return read(ListenAddress::parse, value);
        }
    }

    /** {@code --listen-tls} and {@code --admin}, which can also be off. */
    static final class AddressOrOff implements ITypeConverter<OptionalListen> {
        @Override
        public OptionalListen convert(String value) {
            return value.equals("off") ? OptionalListen.OFF : new OptionalListen(read(ListenAddress::parse, value));
        }
    }

    /** Gateway API durations (GEP-2257): {@code 10s}, {@code 1m30s}, {@code 500ms}. */
    static final class Time implements ITypeConverter<Duration> {
        private static final Pattern WHOLE = Pattern.compile("([0-9]{1,5}(h|ms|m|s)){1,4}");
        private static final Pattern PART = Pattern.compile("([0-9]{1,5})(h|ms|m|s)");

        @Override
        public Duration convert(String value) {
            if (!WHOLE.matcher(value).matches()) {
                throw new TypeConversionException(value + " (expected: a duration such as 10s, 1m30s or 500ms)");
            }
            Duration sum = Duration.ZERO;
            for (Matcher part = PART.matcher(value); part.find(); ) {
                long number = Long.parseLong(part.group(1));
                sum = sum.plus(
                        switch (part.group(2)) {
                            case "h" -> Duration.ofHours(number);
                            case "m" -> Duration.ofMinutes(number);
                            case "s" -> Duration.ofSeconds(number);
                            default -> Duration.ofMillis(number);
                        });
            }
            return sum;
        }
    }

    private static <T> T read(Function<String, T> parse, String value) {
        try {
            return parse.apply(value);
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
