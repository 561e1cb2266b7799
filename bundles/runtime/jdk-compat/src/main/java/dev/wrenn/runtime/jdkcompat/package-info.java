/** What woven Karaf classes call in place of the JDK methods that JDK 24 took away. Nothing else should use it. */
@org.osgi.annotation.versioning.Version("1.0.0")
package dev.wrenn.runtime.jdkcompat;
