/** What happens to trailers and resets between the two sides of an exchange. */
@NullMarked
package dev.sluice.stream;

import org.jspecify.annotations.NullMarked;
