/** What Linux offers to drivers beyond the JDK: tools, processes that outlive the JVM, cgroups. No type of a native-access library shows. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.linux;
