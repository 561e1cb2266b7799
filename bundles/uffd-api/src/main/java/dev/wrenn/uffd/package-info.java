/** Serving the memory of restored microVMs page by page. */
@org.osgi.annotation.versioning.Version("1.1.0")
package dev.wrenn.uffd;
