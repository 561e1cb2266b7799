package dev.wrenn.uffd.pager;

import dev.wrenn.snapshot.HotSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** All capsules of this pager, and what can be asked for about them. Any thread. */
final class Tenants {
  private final Map<String, Tenant> tenants = new ConcurrentHashMap<>();
  private final Checked checked = new Checked();
  private final Watchers watchers = new Watchers();
  private boolean leaving;

  Watchers watchers() {
    return watchers;
  }

  List<Frame> states() {
    List<Frame> all = new ArrayList<>();
    tenants.values().forEach(tenant -> all.add(told(tenant)));
    return all;
  }

  /** Whether somebody needs this process. */
  boolean busy() {
    return tenants.values().stream().anyMatch(Tenant::busy);
  }

  /** From now on nothing is opened, if nobody needs this process. @return whether that is so */
  synchronized boolean leave() {
    leaving = leaving || !busy();
    return leaving;
  }

  Frame answer(Frame request) throws IOException {
    return switch (request.verb()) {
      case "open" -> open(request);
      case "stats" -> need(request).stats(Frame.of("stats"));
      case "touched" -> Frame.of("touched").with(bytes(need(request).touched().encode()));
      case "removed" -> {
        Tenant tenant = need(request);
        byte[] removed = tenant.removed();
        yield Frame.of("removed").with("whole", tenant.state() == Tenant.State.COMPLETE).with(removed);
      }
      case "prefetch" -> {
        need(request).rest(request.text("on").equals("true"));
        yield Frame.of("prefetch");
      }
      case "state" -> Optional.ofNullable(tenants.get(request.text(Frame.CAPSULE))).map(Tenants::told).orElse(Frame.of("state"));
      case "list" -> Frame.of("list").with(String.join("\n", tenants.keySet()).getBytes(StandardCharsets.UTF_8));
      case "close" -> close(request);
      default -> throw new IOException("this page server, which speaks version " + Frame.VERSION + ", does not know '" + request.verb() + "'");
    };
  }

  private synchronized Frame open(Frame request) throws IOException {
    if (leaving) {
      throw new IOException("this page server is going: ask its successor");
    }
    String capsule = request.text(Frame.CAPSULE);
    Tenant there = tenants.get(capsule);
    if (there != null && there.state() == Tenant.State.WAITING) {
      return told(there);
    }
    if (there != null) {
      throw new IOException("the memory of " + capsule + " is being delivered already, or was: it is " + there.state() + ". Close that first");
    }
    Optional<HotSet> first = request.body().length == 0 ? Optional.empty() : Optional.of(HotSet.decode(ByteBuffer.wrap(request.body())));
    Tenant.Order order = new Tenant.Order(capsule, Path.of(request.text("map")), Path.of(request.text("layers")), Path.of(request.text("socket")), first,
        Math.clamp(Integer.highestOneBit((int) request.number("around")), 1, 1024), request.number("accept"), request.text("rest").equals("true"));
    try {
      Tenant tenant = Tenant.open(order, checked, changed -> watchers.tell(told(changed)));
      tenants.put(capsule, tenant);
      return told(tenant);
    } catch (OutOfMemoryError e) {
      throw new IOException("the page server has no room for the map of " + capsule + ": raise heapMib of dev.wrenn.uffd", e);
    }
  }

  private synchronized Frame close(Frame request) throws IOException {
    Tenant tenant = tenants.get(request.text(Frame.CAPSULE));
    if (tenant != null) {
      tenant.close();
      tenants.remove(tenant.capsule());
    }
    return Frame.of("close");
  }

  private Tenant need(Frame request) throws IOException {
    Tenant tenant = tenants.get(request.text(Frame.CAPSULE));
    if (tenant == null) {
      throw new IOException("no memory of '" + request.text(Frame.CAPSULE) + "' is delivered here");
    }
    return tenant;
  }

  private static Frame told(Tenant tenant) {
    // The state first: once it is the last one the reason does not change any more.
    Tenant.State state = tenant.state();
    return Frame.of("state").with(Frame.CAPSULE, tenant.capsule()).with("state", state).with("reason", tenant.reason()).with("socket", tenant.socket())
        .with("bytes", tenant.memoryBytes());
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }
}
