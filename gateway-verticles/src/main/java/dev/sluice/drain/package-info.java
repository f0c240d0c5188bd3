/** The vocabulary of draining: {@link dev.sluice.drain.DrainPhase} and the plan that times it. */
@NullMarked
package dev.sluice.drain;

import org.jspecify.annotations.NullMarked;
