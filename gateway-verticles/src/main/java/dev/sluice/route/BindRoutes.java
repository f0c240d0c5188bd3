package dev.sluice.route;

import org.jspecify.annotations.Nullable;

/** The lookup of one socket: listener by host, then the rule by Gateway API's precedence. Immutable. */
public interface BindRoutes {

    /** The match that takes the request; null when none does (404). */
    @Nullable
    CompiledMatch match(RequestHead head);
}
