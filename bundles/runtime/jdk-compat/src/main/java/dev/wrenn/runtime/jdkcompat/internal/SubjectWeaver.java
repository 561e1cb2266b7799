package dev.wrenn.runtime.jdkcompat.internal;

import dev.wrenn.runtime.jdkcompat.Subjects;
import org.osgi.framework.hooks.weaving.WeavingHook;
import org.osgi.framework.hooks.weaving.WovenClass;
import org.osgi.framework.wiring.BundleWiring;

/** Weaves the classes of Karaf's own bundles while they load, and no others. */
final class SubjectWeaver implements WeavingHook {

  private static final String KARAF_BUNDLES = "org.apache.karaf.";
  private final SubjectTransform transform = new SubjectTransform();

  @Override
  public void weave(WovenClass woven) {
    BundleWiring wiring = woven.getBundleWiring();
    if (!wiring.getBundle().getSymbolicName().startsWith(KARAF_BUNDLES)) {
      return;
    }
    transform.apply(woven.getClassName(), woven.getBytes(), wiring.getClassLoader()).ifPresent(bytes -> {
      woven.getDynamicImports().add(Subjects.class.getPackageName());
      woven.setBytes(bytes);
    });
  }
}
