package dev.sluice.balance;

/** Where a request has been already. */
public interface Tried<T extends Target> {

    /** Whether an earlier try of the same request went there; avoided while there is another. */
    boolean tried(T target);
}
