package dev.sluice.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The rows of {@code correctness-rows.tsv} that a test proves. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Row {

    /** Row ids, such as {@code E4.9}. */
    String[] value();

    /**
     * The protocol pairs it runs over, client first, such as {@code h2-h1}, or {@code *} for every pair. A row without
     * an upstream names the client's protocol alone.
     */
    String[] over() default {};
}
