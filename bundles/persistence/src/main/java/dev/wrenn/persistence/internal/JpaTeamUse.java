package dev.wrenn.persistence.internal;

import dev.wrenn.persistence.TeamUse;
import dev.wrenn.platform.CapsuleStatus;
import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import jakarta.persistence.Query;
import jakarta.persistence.TypedQuery;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

record JpaTeamUse(Transactions transactions) implements TeamUse {
  private static final String DUTY = "team-samples";
  private static final int HOUR = 3600;
  private static final Set<CapsuleStatus> AT_WORK =
      Set.of(CapsuleStatus.STARTING, CapsuleStatus.RUNNING, CapsuleStatus.PAUSING, CapsuleStatus.RESUMING);

  @Override
  public boolean sample(long at, Set<UUID> idle, long mostSeconds) {
    prepare();
    return transactions.call(entities -> {
      // The lock makes it one process at a time.
      DutyEntity duty = entities.find(DutyEntity.class, DUTY, LockModeType.PESSIMISTIC_WRITE);
      if (duty.doneAt() >= at) {
        return false;
      }
      long seconds = Math.min(at - duty.doneAt(), mostSeconds);
      duty.doneAt(at);
      Map<UUID, Use> all = inUse(entities);
      if (!all.keySet().containsAll(idle)) {
        entities.createQuery("select t.id from Team t", UUID.class).getResultStream().filter(idle::contains)
            .forEach(team -> all.putIfAbsent(team, Use.NOTHING));
      }
      note(entities, all, at, seconds);
      return true;
    });
  }

  private void prepare() {
    boolean there = transactions.call(entities -> entities.find(DutyEntity.class, DUTY) != null);
    if (!there) {
      try {
        transactions.run(entities -> entities.persist(new DutyEntity(DUTY, 0)));
      } catch (dev.wrenn.persistence.StoreException e) {
        if (e.code() != dev.wrenn.persistence.StoreException.Code.DUPLICATE) {
          throw e;
        }
      }
    }
  }

  /** Reads all at once what it adds to: there may be many teams. */
  private static void note(EntityManager entities, Map<UUID, Use> all, long at, long seconds) {
    long hour = at - at % HOUR;
    LocalDate day = LocalDate.ofInstant(Instant.ofEpochSecond(at), ZoneOffset.UTC);
    Map<UUID, HourEntity> hours = byTeam(entities.createQuery("select h from Hour h where h.hourAt = :hour", HourEntity.class).setParameter("hour", hour), HourEntity::team);
    Map<UUID, DayEntity> days = byTeam(entities.createQuery("select d from Day d where d.day = :day", DayEntity.class).setParameter("day", day), DayEntity::team);
    all.forEach((team, use) -> {
      entities.persist(new SampleEntity(team, at, use));
      HourEntity greatest = hours.get(team);
      if (greatest == null) {
        entities.persist(new HourEntity(team, hour, use));
      } else {
        greatest.atLeast(use);
      }
      if (!use.equals(Use.NOTHING)) {
        DayEntity sums = days.get(team);
        if (sums == null) {
          sums = new DayEntity(team, day);
          entities.persist(sums);
        }
        sums.add(use, seconds);
      }
    });
  }

  private static <E> Map<UUID, E> byTeam(TypedQuery<E> query, Function<E, UUID> team) {
    return query.getResultStream().collect(Collectors.toMap(team, Function.identity()));
  }

  /** In SQL: the objects' own language has no way to round each half up. @param team one, or none for all */
  private static Map<UUID, Use> inUse(EntityManager entities, UUID... team) {
    Query query = entities.createNativeQuery("select team_id, status, count(*), sum(vcpus), sum(memory_mb), sum((memory_mb + 1) / 2) from capsules"
        + " where ended = false" + (team.length == 0 ? "" : " and team_id = ?") + " group by team_id, status");
    for (UUID one : team) {
      query.setParameter(1, one);
    }
    Map<UUID, Use> all = new HashMap<>();
    for (Object found : query.getResultList()) {
      Object[] row = (Object[]) found;
      CapsuleStatus status = CapsuleStatus.valueOf((String) row[1]);
      Use part = AT_WORK.contains(status) ? new Use((int) number(row[2]), (int) number(row[3]), number(row[4]))
          : status == CapsuleStatus.PAUSED ? new Use(0, 0, number(row[5])) : Use.NOTHING;
      all.merge((UUID) row[0], part, (a, b) -> new Use(a.running() + b.running(), a.vcpus() + b.vcpus(), a.memoryMb() + b.memoryMb()));
    }
    return all;
  }

  private static long number(Object sum) {
    return sum == null ? 0 : ((Number) sum).longValue();
  }

  @Override
  public Use now(UUID team) {
    return transactions.call(entities -> inUse(entities, team)).getOrDefault(team, Use.NOTHING);
  }

  @Override
  public List<Bucket> buckets(UUID team, long since, int width) {
    return buckets("team_samples", "sampled_at", team, since, width);
  }

  @Override
  public List<Bucket> hours(UUID team, long since, int width) {
    return buckets("team_hours", "hour_at", team, since, width);
  }

  /** The width stands in the text, as a parameter would be another one in each place. */
  private List<Bucket> buckets(String table, String time, UUID team, long since, int width) {
    String bucket = time + " - mod(" + time + ", " + width + ")";
    List<?> rows = transactions.call(entities -> entities.createNativeQuery("select " + bucket + ", max(running), max(vcpus), max(memory_mb) from " + table
        + " where team_id = ? and " + time + " >= ? group by " + bucket + " order by 1").setParameter(1, team).setParameter(2, since).getResultList());
    return rows.stream().map(Object[].class::cast).map(row -> new Bucket(number(row[0]), use(row, 1))).toList();
  }

  private static Use use(Object[] row, int first) {
    return new Use((int) number(row[first]), (int) number(row[first + 1]), number(row[first + 2]));
  }

  @Override
  public Use peaks(UUID team, long since) {
    return use(transactions.call(entities -> entities
        .createQuery("select max(s.running), max(s.vcpus), max(s.memoryMb) from Hour s where s.team = :team and s.hourAt >= :since", Object[].class)
        .setParameter("team", team).setParameter("since", since).getSingleResult()), 0);
  }

  @Override
  public List<Day> days(UUID team, LocalDate from, LocalDate to) {
    return transactions.call(entities -> entities
        .createQuery("select d from Day d where d.team = :team and d.day between :from and :to order by d.day", DayEntity.class)
        .setParameter("team", team).setParameter("from", from).setParameter("to", to).getResultList()).stream().map(DayEntity::read).toList();
  }

  @Override
  public int purge(long samplesBefore, long hoursBefore) {
    return transactions.call(entities -> entities.createQuery("delete from Sample s where s.sampledAt < :before").setParameter("before", samplesBefore).executeUpdate()
        + entities.createQuery("delete from Hour s where s.hourAt < :before").setParameter("before", hoursBefore).executeUpdate());
  }
}
