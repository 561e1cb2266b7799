/** What every driver kind shares: deadlines, handles, errors, and what a driver says of itself. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.spi;
