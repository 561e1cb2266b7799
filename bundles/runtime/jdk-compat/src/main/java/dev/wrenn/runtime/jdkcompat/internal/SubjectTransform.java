package dev.wrenn.runtime.jdkcompat.internal;

import dev.wrenn.runtime.jdkcompat.Subjects;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.MethodTransform;
import java.lang.classfile.constantpool.MethodRefEntry;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.Optional;
import java.util.stream.StreamSupport;
import javax.security.auth.Subject;

/**
 * Rewrites one class: {@code Subject.getSubject(context)} becomes {@code Subjects.current()}, and the bodies of Karaf's
 * {@code JaasHelper.doAs} become {@code Subjects.doAs}. It has no state; any thread may use it.
 */
final class SubjectTransform {

  static final String HELPER_CLASS = "org.apache.karaf.util.jaas.JaasHelper";

  private static final ClassDesc SUBJECT = Subject.class.describeConstable().orElseThrow();
  private static final ClassDesc SUBJECTS = Subjects.class.describeConstable().orElseThrow();
  private static final String SUBJECT_INTERNAL_NAME = "javax/security/auth/Subject";

  /** The rewritten class, or nothing when the class doesn't ask for a subject in the old way. */
  Optional<byte[]> apply(String className, byte[] original, ClassLoader hierarchy) {
    ClassFile classFile = ClassFile.of(ClassFile.ClassHierarchyResolverOption.of(
        ClassHierarchyResolver.defaultResolver().orElse(ClassHierarchyResolver.ofResourceParsing(hierarchy))));
    ClassModel model = classFile.parse(original);
    if (!asksForSubject(model)) {
      return Optional.empty();
    }
    ClassTransform calls = ClassTransform.transformingMethodBodies((code, element) -> {
      if (isGetSubject(element)) {
        code.pop().invokestatic(SUBJECTS, "current", MethodTypeDesc.of(SUBJECT));
      } else {
        code.with(element);
      }
    });
    ClassTransform rewrite = className.equals(HELPER_CLASS) ? replaceDoAs().andThen(calls) : calls;
    return Optional.of(classFile.transformClass(model, rewrite));
  }

  private static ClassTransform replaceDoAs() {
    return (builder, element) -> {
      if (element instanceof MethodModel method && isDoAs(method)) {
        builder.transformMethod(method, delegateToSubjects(method.methodTypeSymbol()));
      } else {
        builder.with(element);
      }
    };
  }

  private static MethodTransform delegateToSubjects(MethodTypeDesc type) {
    return (builder, element) -> {
      if (element instanceof CodeModel) {
        builder.withCode(code -> code.aload(0).aload(1).invokestatic(SUBJECTS, "doAs", type).areturn());
      } else {
        builder.with(element);
      }
    };
  }

  private static boolean isDoAs(MethodModel method) {
    MethodTypeDesc type = method.methodTypeSymbol();
    return method.methodName().equalsString("doAs") && type.parameterCount() == 2
        && type.parameterType(0).equals(SUBJECT) && type.returnType().equals(ConstantDescs.CD_Object);
  }

  private static boolean asksForSubject(ClassModel model) {
    return StreamSupport.stream(model.constantPool().spliterator(), false)
        .anyMatch(entry -> entry instanceof MethodRefEntry method && method.name().equalsString("getSubject")
            && method.owner().asInternalName().equals(SUBJECT_INTERNAL_NAME));
  }

  private static boolean isGetSubject(CodeElement element) {
    return element instanceof InvokeInstruction call && call.name().equalsString("getSubject")
        && call.owner().asInternalName().equals(SUBJECT_INTERNAL_NAME);
  }
}
