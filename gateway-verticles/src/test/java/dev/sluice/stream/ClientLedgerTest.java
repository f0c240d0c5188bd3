package dev.sluice.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.Defaults;
import dev.sluice.stream.ClientLedger.Notice;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ClientLedgerTest {

    private static final String CLIENT = "192.0.2.7";
    private static final long SECOND = 1_000_000_000;

    private final ClientLedger ledger = new ClientLedger();

    private static List<ClientReport> resets(long resets) {
        return List.of(new ClientReport(CLIENT, false, resets, Map.of()));
    }

    private static List<ClientReport> cut(Flood kind, int count) {
        return List.of(new ClientReport(CLIENT, false, 1, Map.of(kind, count)));
    }

    @Test
    void reportsOfAllLoopsAddUp() {
        assertEquals(List.of(), ledger.add(resets(Defaults.MAX_CLIENT_RESETS - 5), 0));
        assertEquals(List.of(), ledger.add(resets(5), SECOND));
        assertEquals(Set.of(), ledger.penalised());
        assertEquals(
                List.of(new Notice(CLIENT, true, Map.of(), Defaults.MAX_CLIENT_RESETS + 1)),
                ledger.add(resets(1), 2 * SECOND));
        assertEquals(Set.of(CLIENT), ledger.penalised());
    }

    @Test
    void aWindowEnds() {
        long window = Defaults.FLOOD_WINDOW.toNanos();
        ledger.add(resets(Defaults.MAX_CLIENT_RESETS), 0);
        assertEquals(List.of(), ledger.expire(window));
        assertEquals(List.of(), ledger.add(resets(1), window));
        assertEquals(Set.of(), ledger.penalised());
    }

    @Test
    void aPenaltyEndsAlthoughItsClientTriesOn() {
        long penalty = Defaults.FLOOD_PENALTY.toNanos();
        ledger.add(resets(Defaults.MAX_CLIENT_RESETS + 1), 0);
        assertEquals(List.of(), ledger.add(cut(Flood.ADDRESS, 100), penalty - 2));
        assertEquals(List.of(), ledger.expire(penalty - 1));
        assertEquals(Set.of(CLIENT), ledger.penalised());
        assertEquals(List.of(new Notice(CLIENT, false, Map.of(Flood.ADDRESS, 100), 1)), ledger.expire(penalty));
        assertEquals(Set.of(), ledger.penalised());
    }

    @Test
    void cutsAreToldOnceAWindow() {
        assertEquals(List.of(new Notice(CLIENT, false, Map.of(Flood.PINGS, 1), 1)), ledger.add(cut(Flood.PINGS, 1), 0));
        assertEquals(List.of(), ledger.add(cut(Flood.PINGS, 1), SECOND));
        assertEquals(List.of(), ledger.add(cut(Flood.SETTINGS, 2), 2 * SECOND));
        assertEquals(
                List.of(new Notice(CLIENT, false, Map.of(Flood.PINGS, 1, Flood.SETTINGS, 2), 2)),
                ledger.expire(Defaults.FLOOD_WINDOW.toNanos()));
    }

    @Test
    void manyCutsAreAPenalty() {
        ledger.add(cut(Flood.PINGS, Defaults.MAX_CLIENT_CUTS), 0);
        assertEquals(Set.of(), ledger.penalised());
        ledger.add(cut(Flood.ADDRESS, 100), 0);
        assertEquals(Set.of(), ledger.penalised());
        ledger.add(cut(Flood.SETTINGS, 1), 0);
        assertEquals(Set.of(CLIENT), ledger.penalised());
    }

    @Test
    void aSharedAddressIsToldOfAndNeverPenalised() {
        List<ClientReport> reports = List.of(new ClientReport(CLIENT, true, 7, Map.of(Flood.PINGS, 1_000)));
        assertEquals(List.of(new Notice(CLIENT, false, Map.of(Flood.PINGS, 1_000), 7)), ledger.add(reports, 0));
        assertEquals(Set.of(), ledger.penalised());
    }

    @Test
    void accountsAreBounded() {
        for (int i = 0; i < Defaults.MAX_ACCOUNTS; i++) {
            ledger.add(List.of(new ClientReport("client" + i, false, 10, Map.of())), 0);
        }
        ledger.add(resets(Defaults.MAX_CLIENT_RESETS + 1), 0);
        assertEquals(Set.of(), ledger.penalised());
        ledger.expire(Defaults.FLOOD_WINDOW.toNanos());
        ledger.add(resets(Defaults.MAX_CLIENT_RESETS + 1), Defaults.FLOOD_WINDOW.toNanos());
        assertEquals(Set.of(CLIENT), ledger.penalised());
    }
}
