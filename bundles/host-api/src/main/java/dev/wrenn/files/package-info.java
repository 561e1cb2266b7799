/** The file system of one capsule, as the agent in it serves it. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.files;
