/** The load generator: plans, connections of each protocol and what they measured. */
@NullMarked
package dev.sluice.bench.load;

import org.jspecify.annotations.NullMarked;
