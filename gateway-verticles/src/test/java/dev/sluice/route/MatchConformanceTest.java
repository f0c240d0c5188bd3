package dev.sluice.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.sluice.testkit.ConformanceCases;
import dev.sluice.testkit.GrpcCases;
import dev.sluice.testkit.MatchSuite;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Gateway API's conformance tests of matching, against the compiled table. */
class MatchConformanceTest {

    @TestFactory
    Stream<DynamicNode> conformance() {
        return Stream.concat(ConformanceCases.all().stream(), GrpcCases.all().stream())
                .map(suite -> {
                    RouteTable table = RouteCompiler.compile(suite.config(port -> port, List.of()), 1);
                    return dynamicContainer(
                            suite.name(),
                            suite.cases().stream()
                                    .map(it -> dynamicTest(
                                            it.toString(), () -> assertEquals(it.backend(), backend(table, it)))));
                });
    }

    private static @Nullable String backend(RouteTable table, MatchSuite.Case request) {
        Bind bind = table.binds().stream()
                .filter(it -> it.key().port() == request.port())
                .findFirst()
                .orElseThrow();
        CompiledMatch match = bind.routes().match(request.request());
        return match == null ? null : match.rule().backend(0).backend().name();
    }
}
