/** The bench: starts gateway, peers and backend, runs the scenarios in rounds, measures and reports. */
@NullMarked
package dev.sluice.bench;

import org.jspecify.annotations.NullMarked;
