package dev.wrenn.rest.internal.stream;

import dev.wrenn.rest.internal.Guard;
import dev.wrenn.rest.internal.PlatformServices;
import dev.wrenn.rest.internal.RestConfig;
import dev.wrenn.rest.internal.Timers;
import dev.wrenn.rest.internal.Traffic;

/** What every stream uses. */
public record StreamContext(PlatformServices platform, Guard guard, Timers timers, RestConfig config, Traffic traffic) {}
