/** What generator and backend share: event loops, an HTTP/1.1 message reader, HTTP/2 endpoints, HTTP/3 connections, filler bytes. */
@NullMarked
package dev.sluice.bench.wire;

import org.jspecify.annotations.NullMarked;
