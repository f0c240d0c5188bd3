/**
 * Configuration that is pushed to one node and activated by all: prepared by every node in sight, then activated as one
 * epoch, watched, and rolled back when it does harm.
 *
 * <p>Starting points: {@link dev.sluice.epoch.EpochControl} (this node's part, whether it proposes or takes part),
 * {@link dev.sluice.epoch.Epoch} (what is agreed upon). Used on one event loop alone; knows neither sockets nor files.
 */
@NullMarked
package dev.sluice.epoch;

import org.jspecify.annotations.NullMarked;
