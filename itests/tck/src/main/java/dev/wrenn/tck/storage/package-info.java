/** The kit that proves a storage driver: extend {@link dev.wrenn.tck.storage.StorageTck}. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.tck.storage;
