package dev.wrenn.itests.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wrenn.itests.Api;
import dev.wrenn.itests.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A capsule whose memory and disk are known by their hashes, and in which a job counts. */
record Marked(Api api, String id, String hashes) {
  private static final Duration GO_ON = Duration.ofSeconds(120);
  private static final String WRITE = "head -c 2M /dev/urandom > /dev/shm/kept; head -c 2M /dev/urandom > /root/kept; echo 0 > /dev/shm/count; sync";
  // Without its caches the guest reads the file from the disk that it was given.
  private static final String LOOK = "cat /proc/sys/kernel/random/boot_id && sync && echo 3 > /proc/sys/vm/drop_caches && sha256sum /dev/shm/kept /root/kept";
  private static final String JOB = "i=0; while :; do i=$((i+1)); echo $i > /dev/shm/new; mv /dev/shm/new /dev/shm/count; sleep 0.1; done";

  static Marked create(Api api) throws IOException, InterruptedException {
    return of(api, api.create());
  }

  /** Marks one that runs. */
  static Marked of(Api api, String id) throws IOException, InterruptedException {
    in(api, id, WRITE);
    api.background(id, JOB);
    return new Marked(api, id, in(api, id, LOOK));
  }

  static List<Marked> create(Api api, int count) throws Exception {
    return atOnce(count, at -> create(api));
  }

  /** The same content in another capsule: a copy, or one that began from a template. */
  Marked as(String other) {
    return new Marked(api, other, hashes);
  }

  /** It runs, all of it is there, and its job goes on. */
  void check() throws IOException, InterruptedException {
    assertEquals(hashes, in(api, id, LOOK), id);
    String count = in(api, id, "cat /dev/shm/count");
    Await.until("the job of " + id + " to go on from " + count, GO_ON, () -> in(api, id, "cat /dev/shm/count"), now -> Long.parseLong(now) > Long.parseLong(count));
  }

  String status() throws IOException, InterruptedException {
    return api.capsule(id).get("status").asText();
  }

  void awaitStatus(String status) {
    Await.until(id + " to be " + status, Duration.ofSeconds(180), this::status, status::equals);
  }

  Api.Answer post(String action) throws IOException, InterruptedException {
    return api.post("/v1/capsules/" + id + "/" + action, "");
  }

  void pause() throws IOException, InterruptedException {
    post("pause").expect(200);
  }

  void resume() throws IOException, InterruptedException {
    post("resume").expect(200);
  }

  /** It is paused, or will be, and goes on with all that it had. */
  void comesBack() throws IOException, InterruptedException {
    awaitStatus("paused");
    resume();
    check();
  }

  String in(String line) throws IOException, InterruptedException {
    return in(api, id, line);
  }

  private static String in(Api api, String id, String line) throws IOException, InterruptedException {
    JsonNode done = api.sh(id, line);
    assertEquals(0, done.get("exit_code").asInt(), id + ": " + done);
    return done.get("stdout").asText().strip();
  }

  interface Numbered<T> {
    T at(int number) throws Exception;
  }

  /** All side by side; the first failure after all have ended. */
  static <T> List<T> atOnce(int count, Numbered<T> work) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> running = new ArrayList<>();
      for (int at = 0; at < count; at++) {
        int number = at;
        running.add(threads.submit((Callable<T>) () -> work.at(number)));
      }
      List<T> done = new ArrayList<>();
      for (Future<T> one : running) {
        done.add(one.get());
      }
      return done;
    }
  }
}
