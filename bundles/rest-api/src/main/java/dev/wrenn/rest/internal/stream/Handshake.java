package dev.wrenn.rest.internal.stream;

/** What a stream's handshake said. @param apiKey of its header, or null; @param authorization of its header, or null */
record Handshake(String capsule, String apiKey, String authorization, String requestId) {}
