/** What is asked of the peers. */
@NullMarked
package dev.sluice.bench.scenario;

import org.jspecify.annotations.NullMarked;
