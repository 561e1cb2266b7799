/**
 * What a page server needs of Linux: userfaultfd, descriptors that come over a Unix socket, waiting for several of them. All calls go
 * through the foreign-function API and nothing else, so these classes also run in a bare JVM, and the ones on the way of a page fault allocate
 * nothing.
 */
@org.osgi.annotation.versioning.Version("1.1.0")
package dev.wrenn.linux.fault;
