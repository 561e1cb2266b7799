package dev.wrenn.itests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What the JVM with that process id uses. */
public record JvmFigures(long pid) {
  /** Live heap of its JVM in KiB, after a full collection. */
  public double heapKib() throws IOException, InterruptedException {
    jcmd("GC.run");
    String histogram = jcmd("GC.class_histogram");
    String[] total = histogram.substring(histogram.lastIndexOf("Total")).trim().split("\\s+");
    return Long.parseLong(total[2]) / 1024.0;
  }

  /** Live objects of a class in its JVM, after a full collection. */
  public long instances(String type) throws IOException, InterruptedException {
    // GC.class_histogram collects before it counts.
    return jcmd("GC.class_histogram").lines().map(line -> line.strip().split("\\s+")).filter(f -> f.length > 3 && f[3].equals(type))
        .mapToLong(f -> Long.parseLong(f[1])).sum();
  }

  /** Threads of its JVM that the operating system knows. */
  public int threads() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream().filter(l -> l.startsWith("Threads:"))
        .map(l -> Integer.parseInt(l.replaceAll("\\D", ""))).findFirst().orElseThrow();
  }

  /** Open file descriptors of its JVM. */
  public int openFiles() throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return (int) descriptors.count();
    }
  }

  /** The most memory that its JVM had at once, heap and all else, in MiB. */
  public double peakResidentMib() throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream().filter(l -> l.startsWith("VmHWM:"))
        .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", ""))).findFirst().orElseThrow() / 1024.0;
  }

  /** Forgets {@link #peakResidentMib()}: it begins at what is used now. */
  public void forgetPeak() throws IOException {
    Files.writeString(Path.of("/proc", Long.toString(pid), "clear_refs"), "5");
  }

  private String jcmd(String command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/jcmd").toString(), Long.toString(pid), command)
        .redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("jcmd " + command + " failed: " + output);
    }
    return output;
  }
}
