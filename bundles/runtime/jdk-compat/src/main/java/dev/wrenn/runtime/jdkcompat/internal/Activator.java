package dev.wrenn.runtime.jdkcompat.internal;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.weaving.WeavingHook;

/** Starts the weaver before any Karaf class loads; at that start level there are no declarative services yet. */
public final class Activator implements BundleActivator {

  private ServiceRegistration<WeavingHook> registration;

  @Override
  public void start(BundleContext context) {
    registration = context.registerService(WeavingHook.class, new SubjectWeaver(), null);
  }

  @Override
  public void stop(BundleContext context) {
    registration.unregister();
  }
}
