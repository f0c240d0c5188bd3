/** What is read from /proc and how it is boiled down. */
@NullMarked
package dev.sluice.bench.measure;

import org.jspecify.annotations.NullMarked;
