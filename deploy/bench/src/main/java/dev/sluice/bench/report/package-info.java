/** Results as tables, JSON, Markdown and plots. */
@NullMarked
package dev.sluice.bench.report;

import org.jspecify.annotations.NullMarked;
