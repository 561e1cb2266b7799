package dev.wrenn.guest;

/** What a guest says of itself; it may lie. Bytes, and percent of all of its processors; −1 is unknown. */
public record GuestMetrics(
    int cpuCount, double cpuUsedPercent, long memoryTotal, long memoryUsed, long memoryCache, long diskTotal, long diskUsed) {}
