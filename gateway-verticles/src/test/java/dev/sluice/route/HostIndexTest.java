package dev.sluice.route;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostIndexTest {

    /** The examples of {@code HTTPRouteSpec.hostnames}: listener, route. */
    @ParameterizedTest
    @CsvSource({
        "test.example.com, '', true",
        "test.example.com, test.example.com, true",
        "test.example.com, *.example.com, true",
        "*.example.com, *.example.com, true",
        "*.example.com, test.example.com, true",
        "*.example.com, foo.test.example.com, true",
        "*.example.com, example.com, false",
        "*.example.com, test.example.net, false",
        "*.foo.example.com, *.example.com, true",
        "*.a.com, *.b.com, false",
        "*.a.com, xa.com, false",
        "'', *.example.com, true",
    })
    void overlap(String listener, String route, boolean overlap) {
        assertEquals(overlap, HostIndex.overlap(listener, route));
        assertEquals(overlap, HostIndex.overlap(route, listener));
    }

    /** Everything that takes the host, most specific first. */
    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "a.b.com; a.b.com *.b.com *.com any",
                "x.a.b.com; *.b.com *.com any",
                "b.com; *.com any",
                "com; any",
                ".com; any",
                "''; any",
                "y.org; y.org any",
            })
    void chain(String host, String names) {
        Map<String, String> byHostname = new HashMap<>();
        for (String name : List.of("*.com", "a.b.com", "*.b.com", "*.c.com", "y.org")) {
            byHostname.put(name, name);
        }
        byHostname.put(HostIndex.ANY, "any");
        List<String> chain = new ArrayList<>();
        HostIndex<String> index = new HostIndex<>(byHostname);
        for (HostIndex.Entry<String> entry = index.find(host); entry != null; entry = entry.wider()) {
            chain.add(entry.value());
        }
        assertEquals(names, String.join(" ", chain));
    }
}
