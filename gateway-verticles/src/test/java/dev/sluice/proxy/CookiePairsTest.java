package dev.sluice.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

final class CookiePairsTest {

    @Test
    void findsTheFirstOfThatName() {
        assertEquals("1", CookiePairs.find("sid=1", "sid"));
        assertEquals("1", CookiePairs.find("a=2; sid=1; sid=3", "sid"));
        assertEquals("x=y", CookiePairs.find("sid=x=y", "sid"));
        assertEquals("", CookiePairs.find("sid=", "sid"));
        assertEquals("\"q\"", CookiePairs.find("sid=\"q\"", "sid"));
        assertEquals("1", CookiePairs.find(";; ;a;\tsid=1 ;b", "sid"));
    }

    @Test
    void namesAreWholeAndExact() {
        for (String field : new String[] {"", ";", "xsid=1", "sidx=1", "Sid=1", "a=sid=1", "sid", "sid; x=1", "=sid"}) {
            assertNull(CookiePairs.find(field, "sid"), field);
        }
    }
}
