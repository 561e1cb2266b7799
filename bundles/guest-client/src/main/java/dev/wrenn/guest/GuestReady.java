package dev.wrenn.guest;

import java.util.Optional;

/**
 * An agent that has taken its configuration.
 *
 * @param version of the agent, when it says so
 * @param tries how often it was asked
 */
public record GuestReady(Optional<String> version, int tries) {}
