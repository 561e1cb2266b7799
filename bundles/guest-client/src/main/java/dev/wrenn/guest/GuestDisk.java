package dev.wrenn.guest;

/**
 * The root file system of a guest and the disk that it lies on.
 *
 * @param fileSystemBytes how far the file system reaches
 * @param deviceBytes how large the guest's kernel knows the disk to be
 */
public record GuestDisk(long fileSystemBytes, long deviceBytes) {}
