package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.sluice.config.ClientTerms.PathRules;
import dev.sluice.config.ClientTerms.PathRules.DotSegments;
import dev.sluice.config.ClientTerms.PathRules.EscapedSlashes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PathFormTest {

    private static final PathRules KEEP = new PathRules(DotSegments.KEEP, EscapedSlashes.KEEP, false);

    private static List<PathRules> allRules() {
        List<PathRules> all = new ArrayList<>();
        for (DotSegments dots : DotSegments.values()) {
            for (EscapedSlashes slashes : EscapedSlashes.values()) {
                all.add(new PathRules(dots, slashes, false));
                all.add(new PathRules(dots, slashes, true));
            }
        }
        return all;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/a",
                "/a/",
                "/a/b.c/d..e/...",
                "/.well-known/acme",
                "/..a/.b/c./d..",
                "/a;v=1/b",
                "/%41%7e/%C3%A4/%252e%252e/%25",
                "/%2ea/a%2e/%2e%2e%2e"
            })
    void ordinaryPathStaysAsItIsUnderEveryRule(String path) {
        for (PathRules rules : allRules()) {
            assertEquals(path, PathForm.of(path, rules), rules.toString());
        }
    }

    @Test
    void ordinaryPathIsNotCopied() {
        String path = "/.well-known/%41/b..c;d/";
        assertSame(path, PathForm.of(path, PathRules.DEFAULT));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/%", "/%2", "/a%", "/%zz", "/%2g", "/%g2", "/%00", "/a/%00/b", "/%%41", "/%\uff12\uff11"})
    void brokenPercentEncodingIsRefusedUnderEveryRule(String path) {
        for (PathRules rules : allRules()) {
            assertNull(PathForm.of(path, rules), rules.toString());
        }
    }

    /** Path, resolved; {@code -} for refused. */
    @ParameterizedTest
    @CsvSource({
        "/., /",
        "/./, /",
        "/a/., /a/",
        "/a/./, /a/",
        "/a/./b, /a/b",
        "/a/.., /",
        "/a/../, /",
        "/a/../b, /b",
        "/a/b/.., /a/",
        "/a/b/../../c, /c",
        "/a/b/c/./../../g, /a/g",
        "/a/%2e/b, /a/b",
        "/a/%2E%2e/b, /b",
        "/a/.%2E/b, /b",
        "/a/%2e./b, /b",
        "/a//../b, /a/b",
        "//.., /",
        "/.., -",
        "/../a, -",
        "/a/../.., -",
        "/a/../../b, -",
        "/%2e%2e/a, -",
        "/a/..;/b, -",
        "/a/..;x=1/b, -",
        "/a/.;x/b, -",
        "/a/%2e%2e;x/b, -",
        "/a/..%2Fb, -",
        "/a/..%5cb, -",
        "/a%2f../b, -",
        "/a/b%2F%2e%2e, -",
        "/a/b%2f.%2Fc, -",
        "/a%2fb, /a%2fb",
        "/a%2f..b/c, /a%2f..b/c",
        "/a/...%2fb, /a/...%2fb",
        "/a//b, /a//b",
    })
    void dotSegmentsAreResolved(String path, String resolved) {
        String form = PathForm.of(path, PathRules.DEFAULT);
        assertEquals(resolved, form == null ? "-" : form);
        assertEquals(path, PathForm.of(path, KEEP));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/.", "/a/./b", "/a/..", "/a/%2e%2E/b", "/a/..;x/b", "/a/..%2fb"})
    void dotSegmentsAreRefused(String path) {
        assertNull(PathForm.of(path, new PathRules(DotSegments.REJECT, EscapedSlashes.KEEP, false)));
    }

    /** Decoded slashes make segments, and so dot segments. */
    @ParameterizedTest
    @CsvSource({
        "/a%2Fb, /a/b",
        "/a%5cb, /a/b",
        "/a%2f..%2Fb, /b",
        "/a%2f%2e%2e%2fb, /b",
        "/..%2fa, -",
        "/a%2f, /a/",
        "/a%252fb, /a%252fb"
    })
    void escapedSlashesAreDecoded(String path, String decoded) {
        String form = PathForm.of(path, new PathRules(DotSegments.RESOLVE, EscapedSlashes.DECODE, false));
        assertEquals(decoded, form == null ? "-" : form);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%2fb", "/a%2F", "/%5C", "/a%5cb"})
    void escapedSlashesAreRefused(String path) {
        assertNull(PathForm.of(path, new PathRules(DotSegments.KEEP, EscapedSlashes.REJECT, false)));
    }

    @ParameterizedTest
    @CsvSource({"//, /", "//a, /a", "/a//b, /a/b", "/a///b//, /a/b/", "/a//../b, /b", "//.., -", "/a%2f%2fb, /a/b"})
    void slashesAreMergedBeforeDotSegmentsAreResolved(String path, String merged) {
        String form = PathForm.of(path, new PathRules(DotSegments.RESOLVE, EscapedSlashes.DECODE, true));
        assertEquals(merged, form == null ? "-" : form);
    }

    @Test
    void mergingLeavesDotSegmentsThatAreKept() {
        assertEquals("/a/../b", PathForm.of("//a//..//b", new PathRules(DotSegments.KEEP, EscapedSlashes.KEEP, true)));
    }
}
