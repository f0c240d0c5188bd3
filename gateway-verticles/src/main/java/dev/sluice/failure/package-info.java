/** The one table that turns what went wrong into what the client and the operator see: {@link Failure}. */
@NullMarked
package dev.sluice.failure;

import org.jspecify.annotations.NullMarked;
