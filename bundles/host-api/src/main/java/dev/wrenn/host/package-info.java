/** The contract between the control plane and a host: what runs there, and how it is asked to make and end capsules. */
@org.osgi.annotation.versioning.Version("1.2.0")
package dev.wrenn.host;
