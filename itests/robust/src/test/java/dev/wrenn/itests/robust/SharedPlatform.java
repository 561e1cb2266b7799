package dev.wrenn.itests.robust;

import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** One platform for all tests. After each of them the machine is as if it had made no capsule, and so it is at the end. */
final class SharedPlatform implements ParameterResolver, AfterEachCallback {
  private record Made(RunningPlatform platform) implements AutoCloseable {
    @Override
    public void close() throws Exception {
      platform.close();
      List<String> left = platform.leftovers();
      if (!left.isEmpty()) {
        throw new AssertionError("left behind after the end: " + left);
      }
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == RunningPlatform.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return of(context);
  }

  private static RunningPlatform of(ExtensionContext context) {
    return context.getRoot().getStore(Namespace.GLOBAL).getOrComputeIfAbsent(Made.class, type -> make(), Made.class).platform();
  }

  private static Made make() {
    try {
      return new Made(RunningPlatform.start("wrob", 214));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError("no platform to test", e);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    RunningPlatform platform = of(context);
    for (String id : platform.api().capsules()) {
      platform.api().destroy(id);
    }
    Await.until("a machine with nothing left on it", Duration.ofSeconds(60), platform::leftovers, List::isEmpty);
  }
}
