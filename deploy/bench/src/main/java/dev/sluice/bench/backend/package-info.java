/** The backend behind every proxy: a process of its own, cheap enough never to be what a scenario measures. */
@NullMarked
package dev.sluice.bench.backend;

import org.jspecify.annotations.NullMarked;
