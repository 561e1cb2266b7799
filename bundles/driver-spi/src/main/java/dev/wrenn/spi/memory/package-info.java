/** Memory of microVMs between its saving and its restoring. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.spi.memory;
