/**
 * From files to a validated {@link dev.sluice.config.GatewayConfig}, or to every problem that prevents one.
 *
 * <p>Starting points: {@link dev.sluice.config.load.ConfigLoader} (the pipeline: YAML, schema, references, records) and
 * {@link dev.sluice.config.load.FileConfigSource}. Control code: reads files and may block. Depends on {@code config},
 * {@code spi} and {@code filter}.
 */
@NullMarked
package dev.sluice.config.load;

import org.jspecify.annotations.NullMarked;
