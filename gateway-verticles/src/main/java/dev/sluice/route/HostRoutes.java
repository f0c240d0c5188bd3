package dev.sluice.route;

import org.jspecify.annotations.Nullable;

/** The listeners of one socket by host, and within each its routes by host, then by path. */
final class HostRoutes implements BindRoutes {

    private final HostIndex<HostIndex<PathIndex>> listeners;

    HostRoutes(HostIndex<HostIndex<PathIndex>> listeners) {
        this.listeners = listeners;
    }

    @Override
    public @Nullable CompiledMatch match(RequestHead head) {
        String host = head.host();
        HostIndex.Entry<HostIndex<PathIndex>> listener = listeners.find(host);
        if (listener == null) {
            return null;
        }
        // Less specific routes get their turn, less specific listeners do not: Gateway API isolates listeners.
        for (HostIndex.Entry<PathIndex> paths = listener.value().find(host); paths != null; paths = paths.wider()) {
            CompiledMatch match = paths.value().match(head);
            if (match != null) {
                return match;
            }
        }
        return null;
    }
}
