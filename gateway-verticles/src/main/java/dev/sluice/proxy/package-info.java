/**
 * One request's way through the gateway, in this order: {@link dev.sluice.proxy.ProxyHandler} (entry),
 * {@link dev.sluice.proxy.IncomingRequest} (is it a valid request?), {@link dev.sluice.proxy.Exchange} (the state machine),
 * its {@link dev.sluice.proxy.ExchangeFilters} and {@link dev.sluice.proxy.ExchangeDeadlines},
 * {@link dev.sluice.proxy.Tries} (retries), {@link dev.sluice.proxy.UpstreamAttempt} (connection and stream), {@link dev.sluice.proxy.HeaderRules},
 * {@link dev.sluice.proxy.RequestPump} and {@link dev.sluice.proxy.ResponsePump} (bytes),
 * {@link dev.sluice.proxy.ClientSide} (what the client's protocol allows), or
 * {@link dev.sluice.proxy.LocalReply} (an answer of the gateway's own). {@code docs/life-of-a-request.md} tells it.
 *
 * <p>Everything runs on one event loop: may not block, lock, or touch the event bus.
 */
@NullMarked
package dev.sluice.proxy;

import org.jspecify.annotations.NullMarked;
