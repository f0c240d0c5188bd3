/**
 * The admin API: plain HTTP/1.1 for operators and probes, without authentication, on loopback unless told otherwise.
 *
 * <p>Starting points: {@link dev.sluice.admin.AdminEndpoints} (the list of endpoints),
 * {@link dev.sluice.admin.AdminState} (all that they know). The only package that uses Vert.x Web; control plane only.
 */
@NullMarked
package dev.sluice.admin;

import org.jspecify.annotations.NullMarked;
