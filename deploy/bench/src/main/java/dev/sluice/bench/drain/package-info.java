/** Clients of HTTP/3 that tell what they see of a drain; {@code deploy/bench/soak/drain.py} runs them. */
@NullMarked
package dev.sluice.bench.drain;

import org.jspecify.annotations.NullMarked;
