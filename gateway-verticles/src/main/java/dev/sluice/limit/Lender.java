package dev.sluice.limit;

import dev.sluice.spi.RateLimitLeases.Lease;
import java.util.function.Consumer;

/** Where tokens of one key come from. */
interface Lender {

    /**
     * Lends what there is, up to what is wanted.
     *
     * @param wanted 1 or more
     * @param borrower called once, at once or in a later turn of the same loop
     */
    void lend(long wanted, Consumer<Lease> borrower);

    /** Takes back what was lent and not used. */
    void giveBack(long tokens);
}
