package dev.wrenn.controlplane.internal;

import dev.wrenn.host.HostException;
import dev.wrenn.host.HostStatus;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.TemplateRecord;
import dev.wrenn.persistence.WireId;
import dev.wrenn.platform.Caller;
import dev.wrenn.platform.CapsuleService.Template;
import dev.wrenn.platform.CapsuleStatus;
import dev.wrenn.platform.PlatformException;
import dev.wrenn.platform.PlatformException.Code;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** What capsules can be made from: the hosts' images, and what teams have saved. */
final class TemplateUseCases {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}");
  private static final Duration WITHIN = Duration.ofMinutes(5);
  private static final int KEY_DIGITS = 40;
  private final SecureRandom random = new SecureRandom();
  private final Ledger ledger;
  private final Hosts hosts;
  private final TemplateIntents intents;
  /** A second save under a name would else put its content into what the first one was told is its own. */
  private final NameTurns turns = new NameTurns(WITHIN);

  TemplateUseCases(Ledger ledger, Hosts hosts, Making making) {
    this.ledger = ledger;
    this.hosts = hosts;
    intents = new TemplateIntents(ledger, hosts, making);
  }

  List<Template> all(UUID team) throws PlatformException {
    List<Template> all = new ArrayList<>(ledger.call(s -> s.templates().ofTeam(team)).stream().map(TemplateUseCases::show).toList());
    Map<String, Template> images = new LinkedHashMap<>();
    for (HostStatus host : hosts.statuses()) {
      for (HostStatus.Image image : host.images()) {
        if (image.memory().isEmpty()) {
          images.putIfAbsent(image.name(), new Template(image.name(), "base", Optional.empty(), Optional.empty(), image.usedBytes(), image.createdAt(), true));
        }
      }
    }
    all.addAll(images.values());
    return all;
  }

  Template save(Caller caller, CapsuleRecord row, Optional<String> wanted, boolean overwrite) throws PlatformException {
    String name = wanted.orElseGet(() -> "template-" + HexFormat.of().toHexDigits(random.nextInt()));
    need(name);
    if (image(name)) {
      throw new PlatformException(Code.NAME_RESERVED, "'" + name + "' is a template of the platform; choose another name.");
    }
    UUID team = Rows.team(caller);
    return turns.take(key(team, name), name, () -> saveInTurn(team, row, name, overwrite));
  }

  private Template saveInTurn(UUID team, CapsuleRecord row, String name, boolean overwrite) throws PlatformException {
    Optional<TemplateRecord> there = ledger.call(s -> s.templates().find(team, name));
    if (there.isPresent() && !overwrite) {
      throw taken(name);
    }
    String id = WireId.CAPSULE.format(row.id());
    if (row.status() != CapsuleStatus.RUNNING && row.status() != CapsuleStatus.PAUSED) {
      throw new PlatformException(Code.INVALID_STATE, "Capsule " + id + " is " + row.status().wire() + ", neither running nor paused.");
    }
    String host = row.host().orElseThrow(() -> new PlatformException(Code.HOST_UNAVAILABLE, "Capsule " + id + " has no host."));
    TemplateRecord intent = intents.begin(new TemplateRecord(UUID.randomUUID(), team, name, host, key(team, name), row.spec().vcpus(), row.spec().memoryMb(),
        row.spec().diskMb(), 0, row.metadata(), Instant.now().truncatedTo(ChronoUnit.MICROS)));
    try {
      HostStatus.Image image = hosts.need(host).template(id, intent.hostKey(), WITHIN);
      TemplateRecord record = new TemplateRecord(there.map(TemplateRecord::id).orElseGet(UUID::randomUUID), team, name, host, image.name(),
          row.spec().vcpus(), row.spec().memoryMb(), image.memory().map(HostStatus.Machine::diskMib).orElse(row.spec().diskMb()), image.usedBytes(),
          row.metadata(), Instant.now().truncatedTo(ChronoUnit.MICROS));
      put(record);
      intents.done(intent);
      return show(record);
    } catch (HostException e) {
      throw Errors.change(id, e);
    } finally {
      intents.leave(intent);
    }
  }

  /** Another control plane may have saved one of that name meanwhile. */
  private void put(TemplateRecord record) throws PlatformException {
    boolean written = ledger.call(s -> {
      try {
        s.templates().put(record);
        return true;
      } catch (StoreException e) {
        if (e.code() != StoreException.Code.DUPLICATE) {
          throw e;
        }
        return false;
      }
    });
    if (!written) {
      throw taken(record.name());
    }
  }

  private static PlatformException taken(String name) {
    return new PlatformException(Code.TEMPLATE_NAME_TAKEN, "The team has a template '" + name + "'; choose another name, or say that it may be overwritten.");
  }

  void delete(Caller caller, String name) throws PlatformException {
    need(name);
    UUID team = Rows.team(caller);
    turns.take(key(team, name), name, () -> {
      deleteInTurn(team, name);
      return null;
    });
  }

  private void deleteInTurn(UUID team, String name) throws PlatformException {
    Optional<TemplateRecord> there = ledger.call(s -> s.templates().find(team, name));
    if (there.isEmpty()) {
      throw image(name) ? new PlatformException(Code.FORBIDDEN, "'" + name + "' is a template of the platform and can't be deleted.")
          : new PlatformException(Code.NOT_FOUND, "Template '" + name + "' was not found.");
    }
    List<String> users = ledger.call(s -> s.capsules().ofTeam(team, false, Optional.empty(), Integer.MAX_VALUE)).stream()
        .filter(row -> row.spec().template().equals(name)).map(row -> WireId.CAPSULE.format(row.id())).toList();
    if (!users.isEmpty()) {
      throw new PlatformException(Code.CONFLICT, "Template '" + name + "' is used by " + users.size() + " capsules (" + users.getFirst()
          + (users.size() > 1 ? " …" : "") + "); destroy them first.");
    }
    try {
      hosts.need(there.get().host()).deleteTemplate(there.get().hostKey());
    } catch (HostException e) {
      throw Errors.change(name, e);
    }
    ledger.call(s -> {
      s.templates().delete(there.get().id());
      return null;
    });
  }

  /** The team's own one of that name, if it has one. */
  Optional<TemplateRecord> own(UUID team, String name) throws PlatformException {
    return ledger.call(s -> s.templates().find(team, name));
  }

  private boolean image(String name) {
    return hosts.statuses().stream().flatMap(h -> h.images().stream()).anyMatch(i -> i.memory().isEmpty() && i.name().equals(name));
  }

  private static Template show(TemplateRecord t) {
    return new Template(t.name(), "snapshot", Optional.of(t.vcpus()), Optional.of(t.memoryMb()), t.sizeBytes(), t.createdAt(), false, t.metadata());
  }

  private static void need(String name) throws PlatformException {
    if (!NAME.matcher(name).matches()) {
      throw new PlatformException(Code.INVALID_REQUEST, "A template's name is 1 to 64 letters, digits, dots, underscores or hyphens, and begins with a letter"
          + " or digit.");
    }
  }

  /** Hosts know no teams. */
  static String key(UUID team, String name) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest((team + "/" + name).getBytes(StandardCharsets.UTF_8));
      return "template-" + HexFormat.of().formatHex(hash).substring(0, KEY_DIGITS);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
