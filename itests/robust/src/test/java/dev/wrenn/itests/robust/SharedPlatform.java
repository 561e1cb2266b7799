package dev.wrenn.itests.robust;

import dev.wrenn.itests.Await;
import dev.wrenn.itests.RunningPlatform;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
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
      List<String> left = new ArrayList<>(platform.leftovers());
      left.addAll(platform.stored());
      platform.journal().forEach(id -> left.add("a record of " + id));
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
      RunningPlatform platform = RunningPlatform.unpacked("wrob", 214);
      // What nobody uses any more goes soon, and nothing is made that nobody asked for.
      platform.configure("dev.wrenn.host", "activityNoteSeconds = 1", "warm = false");
      platform.canBeHeld(16);
      platform.launch();
      return new Made(platform);
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
    Await.until("a machine with nothing left on it", Duration.ofSeconds(120), platform::leftovers, List::isEmpty);
    Await.until("nothing stored", Duration.ofSeconds(120), platform::stored, List::isEmpty);
  }
}
