package dev.sluice.limit;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.function.Function;

/** Accounts by their key, no more than a number of them: the one that was not used for longest makes room. */
final class KeyTable<A extends Account> {

    private final int most;
    private final LinkedHashMap<String, A> accounts = new LinkedHashMap<>(16, 0.75f, true);

    /** @param most 1 or more */
    KeyTable(int most) {
        this.most = most;
    }

    /** The key's account, which is now the one that was used last. */
    A get(String key, Function<String, A> opened) {
        A account = accounts.get(key);
        return account == null ? open(key, opened) : account;
    }

    private A open(String key, Function<String, A> opened) {
        if (accounts.size() >= most) {
            Iterator<A> eldest = accounts.values().iterator();
            eldest.next().close();
            eldest.remove();
        }
        A account = opened.apply(key);
        accounts.put(key, account);
        return account;
    }

    /** Forgets those that are done, from the one that was not used for longest to the first that is not. */
    void sweep() {
        Iterator<A> eldest = accounts.values().iterator();
        while (eldest.hasNext()) {
            A account = eldest.next();
            if (!account.isDone()) {
                return;
            }
            account.close();
            eldest.remove();
        }
    }

    boolean isEmpty() {
        return accounts.isEmpty();
    }

    int size() {
        return accounts.size();
    }
}
