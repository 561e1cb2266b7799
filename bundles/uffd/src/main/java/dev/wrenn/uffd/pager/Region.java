package dev.wrenn.uffd.pager;

/**
 * A part of the memory as a hypervisor has it.
 *
 * @param base address in its process
 * @param bytes length
 * @param offset of its first byte in the image
 */
record Region(long base, long bytes, long offset) {}
