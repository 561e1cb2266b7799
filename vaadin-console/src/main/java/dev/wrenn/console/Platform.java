package dev.wrenn.console;

import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceReference;

/**
 * Calls a platform service. Vaadin makes the views, so no component can be injected into them: the service is fetched for each call,
 * and a view survives the swap of any bundle behind it.
 */
final class Platform {
  private Platform() {}

  @FunctionalInterface
  interface Call<S, R> {
    R on(S service) throws PlatformException;
  }

  static <S, R> R call(Class<S> type, Call<S, R> call) throws PlatformException {
    BundleContext context = context();
    ServiceReference<S> reference = context == null ? null : context.getServiceReference(type);
    S service = reference == null ? null : context.getService(reference);
    if (service == null) {
      throw away();
    }
    try {
      return call.on(service);
    } finally {
      // A console that was stopped during the call has given everything back already.
      if (context == context()) {
        context.ungetService(reference);
      }
    }
  }

  /** One for each time that this bundle is started; null while it is stopped. */
  static BundleContext context() {
    return FrameworkUtil.getBundle(Platform.class).getBundleContext();
  }

  private static PlatformException away() {
    return new PlatformException(PlatformException.Code.UNAVAILABLE, "The platform is starting or being updated; try again in a moment.");
  }

  static dev.wrenn.files.Files files(dev.wrenn.platform.Caller caller, String capsule) throws PlatformException {
    stayAsleep(caller, capsule);
    return call(dev.wrenn.platform.CapsuleService.class, s -> s.files(caller, capsule));
  }

  /** What pages show by themselves must not wake a capsule that somebody looks at. */
  private static void stayAsleep(dev.wrenn.platform.Caller caller, String capsule) throws PlatformException {
    CapsuleStatus status = call(dev.wrenn.platform.CapsuleService.class, s -> s.get(caller, capsule)).status();
    if (status == CapsuleStatus.PAUSING || status == CapsuleStatus.PAUSED) {
      throw new PlatformException(PlatformException.Code.INVALID_STATE, "Capsule " + capsule + " is paused: resume it first.");
    }
  }

  static dev.wrenn.process.Processes processes(dev.wrenn.platform.Caller caller, String capsule) throws PlatformException {
    stayAsleep(caller, capsule);
    return call(dev.wrenn.platform.CapsuleService.class, s -> s.processes(caller, capsule));
  }
}
