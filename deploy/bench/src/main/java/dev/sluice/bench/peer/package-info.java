/** The proxies that are compared: their configuration, their processes. */
@NullMarked
package dev.sluice.bench.peer;

import org.jspecify.annotations.NullMarked;
