package dev.wrenn.persistence.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.wrenn.persistence.ApiKeyRecord;
import dev.wrenn.persistence.CapsuleRecord;
import dev.wrenn.persistence.ChangeRecord;
import dev.wrenn.persistence.IdempotencyRecord;
import dev.wrenn.persistence.MembershipRecord;
import dev.wrenn.persistence.Store;
import dev.wrenn.persistence.StoreException;
import dev.wrenn.persistence.TeamLimits;
import dev.wrenn.persistence.TeamRecord;
import dev.wrenn.persistence.TeamUse;
import dev.wrenn.persistence.UserRecord;
import dev.wrenn.platform.Caller.Role;
import dev.wrenn.platform.Capsule;
import dev.wrenn.platform.CapsuleOptions;
import dev.wrenn.platform.CapsuleOptions.Then;
import dev.wrenn.platform.CapsuleStatus;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TimeZone;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** What every database under the store must do. */
abstract class StoreContract {
  static final CapsuleRecord.Spec SPEC = new CapsuleRecord.Spec("minimal", 1, 512, 0, 60);
  private static final Instant NOW = Instant.parse("2026-03-04T05:06:07.123456Z");

  private static int sampled;

  abstract Store store();

  TeamRecord team() {
    return team(store());
  }

  static TeamRecord team(Store store) {
    TeamRecord team = new TeamRecord(UUID.randomUUID(), "Team @ 'home'", UUID.randomUUID().toString(), NOW, Optional.empty());
    store.teams().insert(team);
    return team;
  }

  private UserRecord user(String email, boolean admin, Instant at) {
    return new UserRecord(UUID.randomUUID(), email, Optional.of("hash"), "Ann", admin, UserRecord.Status.ACTIVE, 0, at, at, Optional.empty());
  }

  private UserRecord addUser(String email, boolean admin, Instant at) {
    UserRecord user = user(email, admin, at);
    UUID id = UUID.randomUUID();
    store().users().insert(user, new TeamRecord(id, "t", id.toString(), at, Optional.empty()),
        new MembershipRecord(id, user.id(), Role.OWNER, true, at));
    return user;
  }

  @Test
  void keepsATeam() {
    TeamRecord team = team();
    assertEquals(Optional.of(team), store().teams().find(team.id()));
    assertEquals(Optional.empty(), store().teams().find(UUID.randomUUID()));
    assertEquals(StoreException.Code.DUPLICATE, assertThrows(StoreException.class, () -> store().teams().insert(team)).code());
  }

  @Test
  void keepsAUserWithTheirTeamOrNothing() {
    String email = UUID.randomUUID() + "@example.org";
    UserRecord ann = addUser(email, false, NOW);
    assertTrue(store().users().any());
    assertEquals(Optional.of(ann), store().users().find(ann.id()));
    assertEquals(Optional.of(ann), store().users().findByEmail(email));
    UUID team = UUID.randomUUID();
    assertEquals(StoreException.Code.DUPLICATE, assertThrows(StoreException.class, () -> store().users().insert(user(email, false, NOW),
        new TeamRecord(team, "t", team.toString(), NOW, Optional.empty()),
        new MembershipRecord(team, ann.id(), Role.OWNER, true, NOW))).code());
    assertEquals(Optional.empty(), store().teams().find(team));
  }

  @Test
  void changesAUserAndHidesADeletedOne() {
    UserRecord ann = addUser(UUID.randomUUID() + "@example.org", false, NOW);
    UserRecord changed = store().users().change(ann.id(), user -> user.withPassword("other")).orElseThrow();
    assertEquals(1, changed.tokenEpoch());
    assertEquals(Optional.of("other"), changed.passwordHash());
    assertEquals(Optional.empty(), store().users().change(UUID.randomUUID(), user -> user.withPassword("x")));
    store().users().change(ann.id(), user -> user.withStatus(UserRecord.Status.DELETED));
    assertEquals(Optional.empty(), store().users().find(ann.id()));
    assertEquals(Optional.empty(), store().users().findByEmail(ann.email()));
  }

  @Test
  void losesNoChangeOfAUserAmongMany() throws Exception {
    UserRecord ann = addUser(UUID.randomUUID() + "@example.org", false, NOW);
    together(16, () -> store().users().change(ann.id(), user -> user.withPassword("p")));
    assertEquals(16, store().users().find(ann.id()).orElseThrow().tokenEpoch());
  }

  @Test
  void findsTheAdminWhoIsHereLongest() {
    addUser(UUID.randomUUID() + "@example.org", true, NOW);
    UserRecord oldest = addUser(UUID.randomUUID() + "@example.org", true, Instant.EPOCH);
    assertEquals(oldest, store().users().firstAdmin().orElseThrow());
    store().users().change(oldest.id(), user -> user.withStatus(UserRecord.Status.DISABLED));
    assertFalse(store().users().firstAdmin().orElseThrow().id().equals(oldest.id()));
  }

  @Test
  void listsTeamsOfAUserTheDefaultOneFirst() {
    UserRecord ann = addUser(UUID.randomUUID() + "@example.org", false, NOW);
    MembershipRecord early = new MembershipRecord(team().id(), ann.id(), Role.MEMBER, false, NOW.minusSeconds(60));
    store().memberships().insert(early);
    List<MembershipRecord> all = store().memberships().ofUser(ann.id());
    assertEquals(List.of(true, false), all.stream().map(MembershipRecord::defaultTeam).toList());
    assertEquals(Optional.of(early), store().memberships().find(early.team(), ann.id()));
    store().memberships().delete(early.team(), ann.id());
    store().memberships().delete(early.team(), ann.id());
    assertEquals(Optional.empty(), store().memberships().find(early.team(), ann.id()));
  }

  @Test
  void keepsKeysPerTeam() {
    UUID team = team().id();
    ApiKeyRecord old = key(team, NOW.minusSeconds(5));
    ApiKeyRecord young = key(team, NOW);
    key(team().id(), NOW);
    assertEquals(List.of(young, old), store().apiKeys().ofTeam(team));
    assertEquals(Optional.of(old), store().apiKeys().findBySecretHash(old.secretHash()));
    assertFalse(store().apiKeys().delete(team().id(), old.id()));
    assertTrue(store().apiKeys().delete(team, old.id()));
    assertFalse(store().apiKeys().delete(team, old.id()));
    assertEquals(List.of(young), store().apiKeys().ofTeam(team));
  }

  @Test
  void notesTheLatestUseOfAKey() {
    UUID team = team().id();
    ApiKeyRecord key = key(team, NOW);
    store().apiKeys().used(Map.of(key.id(), NOW.plusSeconds(60), UUID.randomUUID(), NOW));
    store().apiKeys().used(Map.of(key.id(), NOW.plusSeconds(30)));
    assertEquals(Optional.of(NOW.plusSeconds(60)), store().apiKeys().ofTeam(team).getFirst().lastUsed());
  }

  private ApiKeyRecord key(UUID team, Instant at) {
    ApiKeyRecord key = new ApiKeyRecord(UUID.randomUUID(), team, "ci", UUID.randomUUID().toString(), "wrn_abcdef", Optional.empty(), at,
        Optional.empty());
    store().apiKeys().insert(key);
    return key;
  }

  @Test
  void keepsEveryFieldOfACapsule() {
    UUID owner = UUID.randomUUID();
    CapsuleRecord asked = CapsuleRecord.pending(UUID.randomUUID(), team().id(), SPEC, NOW, owner);
    CapsuleRecord pending = store().capsules().insert(asked, Optional.empty());
    assertEquals(1, pending.version());
    assertEquals(Optional.of(owner), pending.owner());
    CapsuleRecord running = store().capsules().change(asked.id(), capsule -> capsule.starting("h1").running(Optional.of("10.0.0.2"),
        Optional.of(NOW.plusSeconds(1)), Optional.of(NOW.plusSeconds(2)), List.of(new Capsule.Step("boot", 12.5)),
        Map.of("kernel_version", "6.1"))).orElseThrow();
    assertEquals(2, running.version());
    assertEquals(CapsuleStatus.RUNNING, running.status());
    assertEquals(Optional.empty(), running.owner());
    assertEquals(running, store().capsules().find(asked.id()).orElseThrow());
    CapsuleRecord failed = store().capsules().change(asked.id(),
        capsule -> capsule.in(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("boot", "x".repeat(5000))))).orElseThrow();
    assertEquals(4000, failed.reason().orElseThrow().message().length());
    assertEquals(List.of(new Capsule.Step("boot", 12.5)), failed.steps());
    assertEquals(Map.of("kernel_version", "6.1"), failed.metadata());
  }

  @Test
  void cutsTimesToMicroseconds() {
    Instant fine = NOW.plusNanos(789);
    CapsuleRecord stored = store().capsules().insert(
        CapsuleRecord.pending(UUID.randomUUID(), team().id(), SPEC, fine, UUID.randomUUID()), Optional.empty());
    assertEquals(NOW, store().capsules().find(stored.id()).orElseThrow().createdAt());
  }

  @Test
  void keepsInstantsWhereClocksAreSetBack() {
    TimeZone before = TimeZone.getDefault();
    TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
    try {
      // Both are half past two on the wall.
      for (Instant instant : List.of(Instant.parse("2026-10-25T00:30:00Z"), Instant.parse("2026-10-25T01:30:00Z"))) {
        UUID id = UUID.randomUUID();
        store().capsules().insert(CapsuleRecord.pending(id, team().id(), SPEC, instant, UUID.randomUUID()), Optional.empty());
        assertEquals(instant, store().capsules().find(id).orElseThrow().createdAt());
      }
    } finally {
      TimeZone.setDefault(before);
    }
  }

  @Test
  void leavesACapsuleAloneThatTheFunctionLeavesAlone() {
    CapsuleRecord stored = store().capsules().insert(
        CapsuleRecord.pending(UUID.randomUUID(), team().id(), SPEC, NOW, UUID.randomUUID()), Optional.empty());
    assertEquals(1, store().capsules().change(stored.id(), capsule -> capsule).orElseThrow().version());
    assertEquals(Optional.empty(), store().capsules().change(UUID.randomUUID(), capsule -> capsule));
  }

  @Test
  void losesNoChangeOfACapsuleAmongMany() throws Exception {
    CapsuleRecord stored = store().capsules().insert(
        CapsuleRecord.pending(UUID.randomUUID(), team().id(), SPEC, NOW, UUID.randomUUID()), Optional.empty());
    together(6, () -> store().capsules().change(stored.id(), capsule -> capsule.activeAt(
        capsule.lastActiveAt().orElse(NOW).plusSeconds(1))));
    CapsuleRecord after = store().capsules().find(stored.id()).orElseThrow();
    assertEquals(7, after.version());
    assertEquals(Optional.of(NOW.plusSeconds(6)), after.lastActiveAt());
  }

  @Test
  void pagesThroughCapsulesNewestFirst() {
    UUID team = team().id();
    List<UUID> made = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      // Some at the same time: the id decides.
      made.add(store().capsules().insert(CapsuleRecord.pending(UUID.randomUUID(), team, SPEC, NOW.plusSeconds(i / 3), UUID.randomUUID()),
          Optional.empty()).id());
    }
    store().capsules().change(made.get(2), capsule -> capsule.in(CapsuleStatus.STOPPED, Optional.empty()));
    List<CapsuleRecord> all = new ArrayList<>();
    Optional<CapsuleRecord> last = Optional.empty();
    List<CapsuleRecord> page;
    do {
      page = store().capsules().ofTeam(team, true, last, 2);
      all.addAll(page);
      last = page.isEmpty() ? Optional.empty() : Optional.of(page.getLast());
    } while (!page.isEmpty());
    assertEquals(new HashSet<>(made), new HashSet<>(all.stream().map(CapsuleRecord::id).toList()));
    assertEquals(7, all.size());
    assertEquals(all.stream().map(CapsuleRecord::createdAt).sorted((a, b) -> b.compareTo(a)).toList(),
        all.stream().map(CapsuleRecord::createdAt).toList());
    assertEquals(6, store().capsules().ofTeam(team, false, Optional.empty(), 100).size());
    store().capsules().change(made.get(4), capsule -> capsule.starting("h1"));
    assertEquals(store().capsules().ofTeam(team, false, Optional.empty(), 100).stream().collect(Collectors.toMap(CapsuleRecord::id, CapsuleRecord::version)),
        store().capsules().versions(team));
    assertEquals(2, store().capsules().versions(team).get(made.get(4)));
    Set<UUID> live = new HashSet<>(store().capsules().live().stream().map(CapsuleRecord::id).toList());
    assertTrue(live.contains(made.get(0)) && !live.contains(made.get(2)));
  }

  @Test
  void givesANameToOneRequestOnly() throws Exception {
    UUID team = team().id();
    List<Future<CapsuleRecord>> tries = together(8, () -> {
      UUID id = UUID.randomUUID();
      return store().capsules().insert(CapsuleRecord.pending(id, team, SPEC, NOW, id),
          Optional.of(new IdempotencyRecord(team, "once", "hash", id, NOW)));
    }, StoreException.Code.DUPLICATE);
    assertEquals(1, tries.stream().filter(one -> one.state() == Future.State.SUCCESS).count());
    IdempotencyRecord kept = store().idempotencyKeys().find(team, "once").orElseThrow();
    assertEquals(List.of(kept.capsule()), store().capsules().ofTeam(team, true, Optional.empty(), 10).stream().map(CapsuleRecord::id).toList());
    assertEquals(Optional.empty(), store().idempotencyKeys().find(team().id(), "once"));
    store().idempotencyKeys().release(kept.capsule());
    assertEquals(Optional.empty(), store().idempotencyKeys().find(team, "once"));
  }

  @Test
  void forgetsOldNames() {
    UUID team = team().id();
    for (int day = 0; day < 2; day++) {
      UUID id = UUID.randomUUID();
      store().capsules().insert(CapsuleRecord.pending(id, team, SPEC, NOW, id),
          Optional.of(new IdempotencyRecord(team, "day" + day, "hash", id, Instant.EPOCH.plus(day, ChronoUnit.DAYS))));
    }
    assertEquals(1, store().idempotencyKeys().purge(Instant.EPOCH.plusSeconds(1)));
    assertEquals(Optional.empty(), store().idempotencyKeys().find(team, "day0"));
    assertTrue(store().idempotencyKeys().find(team, "day1").isPresent());
    store().idempotencyKeys().purge(Instant.now());
  }

  @Test
  void knowsWhoHoldsALease() {
    UUID one = UUID.randomUUID();
    UUID other = UUID.randomUUID();
    store().leases().hold(one, NOW.plusSeconds(10));
    store().leases().hold(one, NOW.plusSeconds(30));
    store().leases().hold(other, NOW.plusSeconds(10));
    assertEquals(Set.of(one, other), store().leases().holders(NOW));
    assertEquals(Set.of(one), store().leases().holders(NOW.plusSeconds(10)));
    store().leases().release(one);
    store().leases().release(one);
    assertEquals(Set.of(), store().leases().holders(NOW));
  }

  @Test
  void settlesASettingOnce() throws Exception {
    String name = UUID.randomUUID().toString();
    assertEquals(Optional.empty(), store().settings().find(name));
    List<Future<String>> all = together(6, () -> store().settings().findOrSet(name, () -> UUID.randomUUID().toString()));
    String kept = store().settings().find(name).orElseThrow();
    for (Future<String> one : all) {
      assertEquals(kept, one.resultNow());
    }
    assertSame(kept.length(), 36);
  }

  private CapsuleRecord capsule(UUID team) {
    return store().capsules().insert(CapsuleRecord.pending(UUID.randomUUID(), team, SPEC, NOW, UUID.randomUUID()), Optional.empty());
  }

  private CapsuleRecord running(UUID team, CapsuleRecord.Spec spec) {
    UUID id = UUID.randomUUID();
    store().capsules().insert(CapsuleRecord.pending(id, team, spec, NOW, id), Optional.empty());
    return store().capsules().change(id, row -> row.running(Optional.empty(), Optional.of(NOW), Optional.of(NOW), List.of(), Map.of())).orElseThrow();
  }

  /** A raw database that is empty, and how the store opens it. */
  abstract DatabaseAddress empty() throws Exception;

  @Test
  void bringsTheRowsOfAnOlderReleaseUpToDate() throws Exception {
    DatabaseAddress address = empty();
    DataSource source = TestDatabases.source(address);
    new Migrations(1).run(source);
    UUID team = UUID.randomUUID();
    UUID id = UUID.randomUUID();
    try (Connection connection = source.getConnection(); Statement statement = connection.createStatement()) {
      statement.execute("insert into teams (id, name, slug, created_at) values ('" + team + "', 'old', 'old', current_timestamp)");
      statement.execute("insert into capsules (id, version, team_id, status, ended, template, vcpus, memory_mb, disk_mb, timeout_sec, created_at, last_updated,"
          + " steps, metadata) values ('" + id + "', 3, '" + team + "', 'RUNNING', false, 'minimal', 1, 512, 0, 60, current_timestamp, current_timestamp,"
          + " '[]', '{}')");
    }
    try (Database database = TestDatabases.open(new TestConfig("", "/nowhere"), address)) {
      CapsuleRecord old = database.capsules().find(id).orElseThrow();
      assertEquals(CapsuleOptions.DEFAULT, old.spec().options());
      assertEquals(Optional.empty(), old.endAt());
      assertEquals(List.of(), database.capsules().history(id));
      database.capsules().change(id, row -> row.in(CapsuleStatus.STOPPED, Optional.empty()));
      assertEquals(List.of(4L), database.capsules().history(id).stream().map(ChangeRecord::version).toList());
    }
  }

  @Test
  void keepsMetricsOfACapsule() {
    UUID id = capsule(team().id()).id();
    assertEquals(Optional.empty(), store().metrics().find(id, "SECONDS"));
    store().metrics().put(id, Map.of("SECONDS", "1 2", "FIVE_MINUTES", "x".repeat(200_000)));
    store().metrics().put(id, Map.of("SECONDS", "3"));
    assertEquals(Optional.of("3"), store().metrics().find(id, "SECONDS"));
    assertEquals(200_000, store().metrics().find(id, "FIVE_MINUTES").orElseThrow().length());
    store().metrics().remove(id);
    store().metrics().remove(id);
    assertEquals(Optional.empty(), store().metrics().find(id, "FIVE_MINUTES"));
  }

  @Test
  void keepsOptionsButNoVariables() {
    CapsuleOptions options = new CapsuleOptions(Map.of("task", "Bäcker 'x'"), Map.of("SECRET", "s"), false, false, false);
    CapsuleRecord asked = CapsuleRecord.pending(UUID.randomUUID(), team().id(), new CapsuleRecord.Spec("minimal", 1, 512, 0, 60, options), NOW,
        UUID.randomUUID()).endingAt(NOW.plusSeconds(60));
    CapsuleRecord stored = store().capsules().insert(asked, Optional.empty());
    assertEquals(stored, store().capsules().find(asked.id()).orElseThrow());
    assertEquals(options.withoutEnv(), stored.spec().options());
    assertEquals(Optional.of(NOW.plusSeconds(60)), stored.endAt());
    assertEquals(CapsuleOptions.DEFAULT, capsule(asked.team()).spec().options());
  }

  @Test
  void keepsWhatBecomesOfACapsuleWhoseTimeIsOver() {
    CapsuleOptions options = CapsuleOptions.DEFAULT.over(Then.PAUSE, Then.END, true);
    CapsuleRecord asked = CapsuleRecord.pending(UUID.randomUUID(), team().id(),
        new CapsuleRecord.Spec("minimal", 1, 512, 0, 60, options, Optional.of(Duration.ofSeconds(90))), NOW, UUID.randomUUID()).endingAt(NOW.plusSeconds(90));
    assertEquals(asked.spec(), store().capsules().insert(asked, Optional.empty()).spec());
    assertEquals(asked.spec(), store().capsules().find(asked.id()).orElseThrow().spec());
    CapsuleRecord paused = store().capsules().change(asked.id(), row -> row.paused(Optional.empty(), List.of(), NOW.plusSeconds(30))).orElseThrow();
    assertEquals(Optional.of(Duration.ofSeconds(60)), paused.left());
    assertEquals(paused, store().capsules().find(asked.id()).orElseThrow());
    store().capsules().change(asked.id(), row -> row.in(CapsuleStatus.RESUMING, Optional.empty()));
    CapsuleRecord again = store().capsules().change(asked.id(), row -> row.paused(Optional.empty(), List.of(), NOW.plusSeconds(80))).orElseThrow();
    assertEquals(Optional.of(Duration.ofSeconds(60)), again.left(), "a resume that failed takes nothing of it");
    assertEquals(Optional.empty(), store().capsules().change(asked.id(), row -> row.endingAt(NOW.plusSeconds(500))).orElseThrow().left());
    store().capsules().change(asked.id(), row -> row.in(CapsuleStatus.RUNNING, Optional.empty()));
    assertEquals(Optional.of(Duration.ZERO),
        store().capsules().change(asked.id(), row -> row.paused(Optional.empty(), List.of(), NOW.plusSeconds(501))).orElseThrow().left());
  }

  @Test
  void remembersEachStateACapsuleCameInto() {
    CapsuleRecord asked = capsule(team().id());
    List<Capsule.Step> steps = List.of(new Capsule.Step("boot", 12.5));
    store().capsules().change(asked.id(), row -> row.starting("host-1"));
    store().capsules().change(asked.id(), row -> row.running(Optional.empty(), Optional.of(NOW), Optional.of(NOW), steps, Map.of()));
    store().capsules().change(asked.id(), row -> row.activeAt(NOW.plusSeconds(40)));
    store().capsules().change(asked.id(), row -> row.in(CapsuleStatus.ERROR, Optional.of(new Capsule.Reason("running", "x".repeat(5000)))));
    List<ChangeRecord> all = store().capsules().history(asked.id());
    assertEquals(List.of(CapsuleStatus.PENDING, CapsuleStatus.STARTING, CapsuleStatus.RUNNING, CapsuleStatus.ERROR),
        all.stream().map(ChangeRecord::status).toList());
    assertEquals(List.of(1L, 2L, 3L, 5L), all.stream().map(ChangeRecord::version).toList());
    assertEquals(List.of(List.of(), List.of(), steps, List.of()), all.stream().map(ChangeRecord::steps).toList());
    assertEquals(4000, all.getLast().reason().orElseThrow().message().length());
    assertEquals(List.of(), store().capsules().history(UUID.randomUUID()));
  }

  @Test
  void boundsTheHistoryOfALongLife() {
    CapsuleRecord asked = capsule(team().id());
    for (int i = 0; i < 105; i++) {
      store().capsules().change(asked.id(), row -> row.in(CapsuleStatus.MISSING, Optional.empty()));
      store().capsules().change(asked.id(), row -> row.in(CapsuleStatus.RUNNING, Optional.empty()));
    }
    List<ChangeRecord> all = store().capsules().history(asked.id());
    assertEquals(200, all.size());
    assertEquals(211, all.getLast().version());
    assertEquals(12, all.getFirst().version());
  }

  @Test
  void givesTheLastPlaceToOneOnly() throws Exception {
    UUID team = team().id();
    CapsuleRecord.Spec spec = new CapsuleRecord.Spec("minimal", 2, 1000, 0, 0);
    running(team, spec);
    List<Future<Optional<CapsuleRecord>>> all = together(8, () -> {
      UUID id = UUID.randomUUID();
      return store().capsules().insert(CapsuleRecord.pending(id, team, spec, NOW, id), Optional.empty(),
          held -> held.capsules() < 3 && held.vcpus() == held.capsules() * 2L && held.memoryMb() == held.capsules() * 1000L);
    });
    assertEquals(2, all.stream().filter(one -> one.resultNow().isPresent()).count());
    assertEquals(3, store().capsules().ofTeam(team, true, Optional.empty(), 100).size());
  }

  @Test
  void findsCapsulesWhoseEndHasCome() {
    UUID team = team().id();
    Instant longAgo = Instant.parse("2001-01-01T00:00:00Z");
    CapsuleRecord late = running(team, SPEC);
    CapsuleRecord early = running(team, SPEC);
    CapsuleRecord being = capsule(team);
    store().capsules().change(late.id(), row -> row.endingAt(longAgo.plusSeconds(9)));
    store().capsules().change(early.id(), row -> row.endingAt(longAgo));
    store().capsules().change(being.id(), row -> row.endingAt(longAgo));
    assertEquals(Optional.of(longAgo), store().capsules().nextEnd());
    assertEquals(List.of(early.id()), store().capsules().due(longAgo.plusSeconds(8), 10).stream().map(CapsuleRecord::id).toList());
    assertEquals(List.of(early.id(), late.id()), store().capsules().due(longAgo.plusSeconds(9), 10).stream().map(CapsuleRecord::id).toList());
    assertEquals(1, store().capsules().due(NOW, 1).size());
    for (CapsuleRecord each : List.of(late, early, being)) {
      store().capsules().change(each.id(), row -> row.in(CapsuleStatus.STOPPED, Optional.empty()));
    }
    assertEquals(List.of(), store().capsules().due(longAgo.plusSeconds(10), 10));
  }

  @Test
  void forgetsTheEndedWithAllThatHangsOnThem() {
    UUID team = team().id();
    CapsuleRecord live = capsule(team);
    List<UUID> ended = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      UUID id = UUID.randomUUID();
      store().capsules().insert(CapsuleRecord.pending(id, team, SPEC, NOW, id), Optional.of(new IdempotencyRecord(team, "n" + i, "hash", id, NOW)));
      store().ports().put(id, 80, true);
      store().capsules().change(id, row -> row.in(CapsuleStatus.STOPPED, Optional.empty()));
      ended.add(id);
    }
    Instant until = Instant.now().plusSeconds(60);
    assertTrue(store().capsules().teamsSince(until).contains(team));
    int gone = 0;
    for (int batch = store().capsules().retire(until, 2); batch > 0; batch = store().capsules().retire(until, 2)) {
      gone += batch;
      assertTrue(batch <= 2);
    }
    assertTrue(gone >= 3);
    for (UUID id : ended) {
      assertEquals(Optional.empty(), store().capsules().find(id));
      assertEquals(List.of(), store().capsules().history(id));
      assertTrue(store().ports().ofCapsule(id).isEmpty());
    }
    assertTrue(store().capsules().find(live.id()).isPresent());
    assertEquals(0, store().capsules().retire(Instant.EPOCH, 2));
  }

  @Test
  void keepsWhatWasSaidOfPorts() {
    UUID id = capsule(team().id()).id();
    store().ports().put(id, 8080, true);
    store().ports().put(id, 80, true);
    store().ports().put(id, 8080, false);
    assertEquals(Map.of(80, true, 8080, false), store().ports().ofCapsule(id));
    store().ports().remove(id, 80);
    store().ports().remove(id, 80);
    assertEquals(Map.of(8080, false), store().ports().ofCapsule(id));
    assertThrows(StoreException.class, () -> store().ports().put(UUID.randomUUID(), 80, true));
  }

  @Test
  void keepsLimitsOfTeams() {
    UUID team = team().id();
    assertEquals(Optional.empty(), store().limits().find(team));
    store().limits().put(team, new TeamLimits.Row(1, 2, 3, 4, 5, 6, 7));
    TeamLimits.Row last = new TeamLimits.Row(8, 2, 3, 4, 5, 6, 1L << 40);
    store().limits().put(team, last);
    assertEquals(Optional.of(last), store().limits().find(team));
  }

  @Test
  void samplesTeamsOnceForAllProcesses() throws Exception {
    UUID busy = team().id();
    UUID idle = team().id();
    running(busy, new CapsuleRecord.Spec("minimal", 2, 1001, 0, 0));
    CapsuleRecord asleep = running(busy, new CapsuleRecord.Spec("minimal", 4, 513, 0, 0));
    CapsuleRecord asleepToo = running(busy, new CapsuleRecord.Spec("minimal", 4, 515, 0, 0));
    for (CapsuleRecord each : List.of(asleep, asleepToo)) {
      store().capsules().change(each.id(), row -> row.in(CapsuleStatus.PAUSED, Optional.empty()));
    }
    capsule(busy);
    TeamUse.Use use = new TeamUse.Use(1, 2, 1001 + 257 + 258);
    assertEquals(use, store().use().now(busy));
    assertEquals(TeamUse.Use.NOTHING, store().use().now(idle));
    // Later than whatever other tests have left.
    long at = Instant.parse("2040-01-01T00:00:00Z").getEpochSecond() + sampled++ * 86_400L;
    store().use().sample(at, Set.of(), 10);
    List<Future<Boolean>> all = together(6, () -> store().use().sample(at + 10, Set.of(idle, UUID.randomUUID()), 60));
    assertEquals(1, all.stream().filter(Future::resultNow).count());
    store().capsules().ofTeam(busy, false, Optional.empty(), 10).forEach(each -> store().capsules().change(each.id(),
        row -> row.in(CapsuleStatus.STOPPED, Optional.empty())));
    assertTrue(store().use().sample(at + 25, Set.of(busy, idle), 60));
    assertEquals(List.of(new TeamUse.Bucket(at, use), new TeamUse.Bucket(at + 10, use), new TeamUse.Bucket(at + 25, TeamUse.Use.NOTHING)),
        store().use().buckets(busy, at, 1));
    assertEquals(List.of(new TeamUse.Bucket(at, use)), store().use().buckets(busy, at, 30));
    assertEquals(2, store().use().buckets(idle, at, 1).size());
    assertEquals(List.of(new TeamUse.Bucket(at, use)), store().use().hours(busy, at - 3600, 21_600));
    assertEquals(use, store().use().peaks(busy, at - 3600));
    assertEquals(TeamUse.Use.NOTHING, store().use().peaks(idle, at + 3600));
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochSecond(at), java.time.ZoneOffset.UTC);
    assertEquals(List.of(new TeamUse.Day(day, 20 * 2, 20 * use.memoryMb())), store().use().days(busy, day, day));
    assertEquals(List.of(), store().use().days(busy, day.plusDays(1), day.plusDays(2)));
    store().use().purge(at + 20, at);
    assertEquals(List.of(at + 25), store().use().buckets(busy, at, 1).stream().map(TeamUse.Bucket::at).toList());
    assertEquals(1, store().use().hours(busy, 0, 3600).size());
  }

  /** Runs the same thing many times at once; each must succeed or fail as expected. */
  @SafeVarargs
  static <T> List<Future<T>> together(int times, Callable<T> work, StoreException.Code... expected) throws InterruptedException {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> all = threads.invokeAll(java.util.Collections.nCopies(times, work));
      for (Future<T> one : all) {
        if (one.state() == Future.State.FAILED) {
          if (!(one.exceptionNow() instanceof StoreException told) || !List.of(expected).contains(told.code())) {
            throw new AssertionError("failed otherwise than expected", one.exceptionNow());
          }
        }
      }
      return all;
    }
  }
}
