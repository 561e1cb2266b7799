package dev.wrenn.runtime.jdkcompat.internal;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.wrenn.runtime.jdkcompat.Subjects;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.reflect.InvocationTargetException;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarFile;
import javax.security.auth.Subject;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.junit.jupiter.api.Test;

/** Weaves the classes of the real Karaf bundles, checks each one as a class file, and runs the ones that matter. */
class SubjectTransformTest {

  private static final String SHELL_CLASS = "org.apache.karaf.shell.api.console.Session";
  private static final String EVENT_ADMIN_CLASS = "org.apache.felix.eventadmin.impl.handler.EventAdminImpl";
  private final SubjectTransform transform = new SubjectTransform();
  private final ClassLoader karaf = getClass().getClassLoader();

  @Test
  void unwovenKarafFailsOnThisJdk() throws Exception {
    Class<?> helper = define(SubjectTransform.HELPER_CLASS, bytesOf(SubjectTransform.HELPER_CLASS));
    InvocationTargetException refused = assertThrows(InvocationTargetException.class,
        () -> helper.getMethod("currentUserHasRole", String.class).invoke(null, "viewer"));
    assertEquals(UnsupportedOperationException.class, refused.getCause().getClass());
  }

  @Test
  void wovenHelperKnowsTheRolesOfTheSubject() throws Exception {
    Class<?> helper = wovenHelper();
    var hasRole = helper.getMethod("currentUserHasRole", String.class);
    Subject viewer = new Subject();
    viewer.getPrincipals().add(new RolePrincipal("viewer"));
    PrivilegedAction<Object> ask = () -> assertDoesNotThrow(
        () -> List.of(hasRole.invoke(null, "viewer"), hasRole.invoke(null, "admin")));
    assertEquals(List.of(true, false), helper.getMethod("doAs", Subject.class, PrivilegedAction.class).invoke(null, viewer, ask));
  }

  @Test
  void wovenHelperRunsAsTheSubject() throws Exception {
    Class<?> helper = wovenHelper();
    Subject subject = new Subject();
    PrivilegedAction<Object> action = Subjects::current;
    Object seen = helper.getMethod("doAs", Subject.class, PrivilegedAction.class).invoke(null, subject, action);
    assertSame(subject, seen);
    assertNull(Subjects.current());
  }

  @Test
  void everyShellClassThatAsksIsWovenAndStaysValid() throws Exception {
    List<String> woven = weaveJarOf(SHELL_CLASS);
    assertFalse(woven.isEmpty(), "the shell no longer asks in the old way: this bundle can go");
  }

  @Test
  void eventAdminIsWovenAndStaysValid() throws Exception {
    assertEquals(List.of(EVENT_ADMIN_CLASS), weaveJarOf(EVENT_ADMIN_CLASS));
  }

  @Test
  void otherClassesAreLeftAlone() throws Exception {
    String name = SubjectTransformTest.class.getName();
    assertEquals(Optional.empty(), transform.apply(name, bytesOf(name), karaf));
  }

  private List<String> weaveJarOf(String className) throws IOException {
    String resource = karaf.getResource(className.replace('.', '/') + ".class").getPath();
    return weaveJar(resource.substring("file:".length(), resource.indexOf('!')));
  }

  private List<String> weaveJar(String path) throws IOException {
    ClassFile checker = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
        ClassHierarchyResolver.defaultResolver().orElse(ClassHierarchyResolver.ofResourceParsing(karaf))));
    List<String> woven = new ArrayList<>();
    try (JarFile jar = new JarFile(path)) {
      for (var entry : jar.stream().filter(e -> e.getName().endsWith(".class") && !e.getName().startsWith("META-INF")).toList()) {
        String name = entry.getName().replace('/', '.').replaceAll("\\.class$", "");
        try (InputStream in = jar.getInputStream(entry)) {
          transform.apply(name, in.readAllBytes(), karaf).ifPresent(bytes -> {
            woven.add(name);
            assertEquals(Optional.empty(), transform.apply(name, bytes, karaf).filter(again -> callsGetSubject(again)), name);
            assertEquals(List.of(), checker.verify(bytes), name);
          });
        }
      }
    }
    return woven;
  }

  private static boolean callsGetSubject(byte[] bytes) {
    return ClassFile.of().parse(bytes).methods().stream().flatMap(m -> m.code().stream())
        .flatMap(code -> code.elementStream())
        .anyMatch(e -> e instanceof InvokeInstruction call
            && call.name().equalsString("getSubject") && call.owner().asInternalName().equals("javax/security/auth/Subject"));
  }

  private Class<?> wovenHelper() throws Exception {
    String name = SubjectTransform.HELPER_CLASS;
    return define(name, transform.apply(name, bytesOf(name), karaf).orElseThrow());
  }

  private byte[] bytesOf(String className) throws IOException {
    try (InputStream in = karaf.getResourceAsStream(className.replace('.', '/') + ".class")) {
      return in.readAllBytes();
    }
  }

  private Class<?> define(String name, byte[] bytes) throws ClassNotFoundException {
    return new ClassLoader(karaf) {
      @Override
      protected Class<?> loadClass(String wanted, boolean resolve) throws ClassNotFoundException {
        return wanted.equals(name) ? defined(name, bytes) : super.loadClass(wanted, resolve);
      }

      private Class<?> defined(String className, byte[] code) {
        Class<?> known = findLoadedClass(className);
        return known != null ? known : defineClass(className, code, 0, code.length);
      }
    }.loadClass(name);
  }
}
