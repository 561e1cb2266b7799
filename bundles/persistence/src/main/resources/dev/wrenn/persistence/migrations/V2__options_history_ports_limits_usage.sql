-- One schema for H2 and PostgreSQL: only what both understand the same way.

alter table capsules add column labels text default '{}' not null;
alter table capsules add column egress boolean default true not null;
alter table capsules add column public_ports boolean default true not null;
alter table capsules add column secured boolean default true not null;
alter table capsules add column end_at timestamp(6) with time zone;
create index capsules_end on capsules (ended, end_at);
create index capsules_retired on capsules (ended, last_updated);
create index capsules_team_live on capsules (team_id, ended);

create table capsule_changes (
  capsule_id   uuid not null references capsules (id) on delete cascade,
  version      bigint not null,
  happened_at  timestamp(6) with time zone not null,
  status       varchar(16) not null,
  reason_step  varchar(64),
  reason       varchar(4000),
  steps        text not null,
  primary key (capsule_id, version)
);

create table capsule_ports (
  capsule_id  uuid not null references capsules (id) on delete cascade,
  port        integer not null,
  is_open     boolean not null,
  primary key (capsule_id, port)
);

create table team_limits (
  team_id          uuid primary key references teams (id),
  vcpus            integer not null,
  memory_mb        integer not null,
  disk_mb          integer not null,
  timeout_sec      integer not null,
  running          integer not null,
  total_vcpus      integer not null,
  total_memory_mb  bigint not null
);

-- What recurs and is done once, by whichever control plane comes first. Times below are seconds since 1970: their buckets are arithmetic.
create table duties (
  name     varchar(64) primary key,
  done_at  bigint not null
);

create table team_samples (
  team_id     uuid not null references teams (id),
  sampled_at  bigint not null,
  running     integer not null,
  vcpus       integer not null,
  memory_mb   bigint not null,
  primary key (team_id, sampled_at)
);
create index team_samples_age on team_samples (sampled_at);

-- The greatest of each hour: what is left of samples after some days.
create table team_hours (
  team_id     uuid not null references teams (id),
  hour_at     bigint not null,
  running     integer not null,
  vcpus       integer not null,
  memory_mb   bigint not null,
  primary key (team_id, hour_at)
);
create index team_hours_age on team_hours (hour_at);

create table team_days (
  team_id            uuid not null references teams (id),
  usage_day          date not null,
  cpu_seconds        bigint not null,
  memory_mb_seconds  bigint not null,
  primary key (team_id, usage_day)
);
