package dev.sluice.stream;

import dev.sluice.config.Defaults;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The loops' reports of clients added up by address, and the penalties that follow. An address is penalised for
 * {@link Defaults#FLOOD_PENALTY} when all of its connections together reset more than {@link Defaults#MAX_CLIENT_RESETS}
 * streams, or have more than {@link Defaults#MAX_CLIENT_CUTS} of themselves cut, within {@link Defaults#FLOOD_WINDOW}.
 *
 * <p>At most {@link Defaults#MAX_ACCOUNTS} addresses are known at a time, so that a flood from everywhere fills no memory.
 */
public final class ClientLedger {

    private static final long WINDOW = Defaults.FLOOD_WINDOW.toNanos();
    private static final long PENALTY = Defaults.FLOOD_PENALTY.toNanos();

    private final Map<String, Account> accounts = new HashMap<>();

    /**
     * What is to be told of an address, once when its first connection is cut or it is penalised, and once when its window
     * or its penalty ends and more has come meanwhile.
     *
     * @param cuts connections that were cut since the last telling, by reason
     * @param resets streams that it reset since then
     */
    public record Notice(String address, boolean penalised, Map<Flood, Integer> cuts, long resets) {}

    private static final class Account {
        final long windowStart;
        long resets;
        int cuts;
        boolean penalised;
        long penalisedSince;
        boolean noticed;
        long newResets;
        final Map<Flood, Integer> newCuts = new EnumMap<>(Flood.class);

        Account(long now) {
            windowStart = now;
        }

        boolean isOver(long now) {
            return penalised ? now - penalisedSince >= PENALTY : now - windowStart >= WINDOW;
        }

        Notice notice(String address) {
            Notice notice = new Notice(address, penalised, new TreeMap<>(newCuts), newResets);
            newCuts.clear();
            newResets = 0;
            return notice;
        }
    }

    /**
     * A loop's report.
     *
     * @return what is to be told now
     */
    public List<Notice> add(List<ClientReport> reports, long nowNanos) {
        List<Notice> notices = new ArrayList<>();
        for (ClientReport report : reports) {
            Account account = accounts.get(report.address());
            if (account == null) {
                if (accounts.size() >= Defaults.MAX_ACCOUNTS) {
                    continue;
                }
                account = new Account(nowNanos);
                accounts.put(report.address(), account);
            }
            add(account, report, nowNanos, notices);
        }
        return notices;
    }

    private static void add(Account account, ClientReport report, long now, List<Notice> notices) {
        account.resets += report.resets();
        account.newResets += report.resets();
        report.cuts().forEach((kind, count) -> account.newCuts.merge(kind, count, Integer::sum));
        // Being turned away is no new offence: else a client that tries again would never be let in.
        account.cuts += report.allCuts() - report.cuts().getOrDefault(Flood.ADDRESS, 0);
        boolean penalise = !account.penalised
                && !report.shared()
                && (account.resets > Defaults.MAX_CLIENT_RESETS || account.cuts > Defaults.MAX_CLIENT_CUTS);
        if (penalise) {
            account.penalised = true;
            account.penalisedSince = now;
        }
        if (penalise || (account.cuts > 0 && !account.noticed)) {
            account.noticed = true;
            notices.add(account.notice(report.address()));
        }
    }

    /**
     * Forgets what is over; call once a second or so.
     *
     * @return what is to be told of that
     */
    public List<Notice> expire(long nowNanos) {
        List<Notice> notices = new ArrayList<>();
        Iterator<Map.Entry<String, Account>> all = accounts.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<String, Account> entry = all.next();
            Account account = entry.getValue();
            if (account.isOver(nowNanos)) {
                all.remove();
                account.penalised = false;
                if (account.noticed && !account.newCuts.isEmpty()) {
                    notices.add(account.notice(entry.getKey()));
                }
            }
        }
        return notices;
    }

    /** In order. */
    public Set<String> penalised() {
        Set<String> penalised = new TreeSet<>();
        accounts.forEach((address, account) -> {
            if (account.penalised) {
                penalised.add(address);
            }
        });
        return penalised;
    }
}
