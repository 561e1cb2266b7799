-- One schema for H2 and PostgreSQL: only what both understand the same way.

create table settings (
  name        varchar(64) primary key,
  content     varchar(4000) not null,
  updated_at  timestamp(6) with time zone not null
);

create table teams (
  id          uuid primary key,
  name        varchar(128) not null,
  slug        varchar(64) not null,
  created_at  timestamp(6) with time zone not null,
  deleted_at  timestamp(6) with time zone,
  constraint teams_slug unique (slug)
);

create table users (
  id             uuid primary key,
  email          varchar(320) not null,
  password_hash  varchar(512),
  name           varchar(100) not null,
  admin          boolean not null,
  status         varchar(16) not null,
  token_epoch    bigint not null,
  created_at     timestamp(6) with time zone not null,
  updated_at     timestamp(6) with time zone not null,
  deleted_at     timestamp(6) with time zone,
  constraint users_email unique (email),
  constraint users_status check (status in ('INACTIVE', 'ACTIVE', 'DISABLED', 'DELETED'))
);

create table memberships (
  team_id       uuid not null references teams (id),
  user_id       uuid not null references users (id) on delete cascade,
  role          varchar(16) not null,
  default_team  boolean not null,
  created_at    timestamp(6) with time zone not null,
  primary key (team_id, user_id),
  constraint memberships_role check (role in ('MEMBER', 'ADMIN', 'OWNER'))
);
create index memberships_user on memberships (user_id, created_at);

create table api_keys (
  id            uuid primary key,
  team_id       uuid not null references teams (id),
  name          varchar(100) not null,
  secret_hash   varchar(64) not null,
  prefix        varchar(16) not null,
  created_by    uuid references users (id) on delete set null,
  created_at    timestamp(6) with time zone not null,
  last_used_at  timestamp(6) with time zone,
  constraint api_keys_secret unique (secret_hash)
);
create index api_keys_team on api_keys (team_id, created_at, id);

create table capsules (
  id              uuid primary key,
  version         bigint not null,
  team_id         uuid not null references teams (id),
  host_id         varchar(128),
  status          varchar(16) not null,
  ended           boolean not null,
  template        varchar(64) not null,
  vcpus           integer not null,
  memory_mb       integer not null,
  disk_mb         integer not null,
  timeout_sec     integer not null,
  address         varchar(64),
  created_at      timestamp(6) with time zone not null,
  started_at      timestamp(6) with time zone,
  last_active_at  timestamp(6) with time zone,
  last_updated    timestamp(6) with time zone not null,
  reason_step     varchar(64),
  reason          varchar(4000),
  steps           text not null,
  metadata        text not null,
  owner           uuid,
  constraint capsules_status check (status in
    ('PENDING', 'STARTING', 'RUNNING', 'PAUSING', 'PAUSED', 'RESUMING', 'STOPPING', 'STOPPED', 'MISSING', 'ERROR'))
);
create index capsules_team on capsules (team_id, created_at, id);
create index capsules_live on capsules (ended, host_id);

create table idempotency_keys (
  team_id       uuid not null references teams (id),
  name          varchar(255) not null,
  request_hash  varchar(64) not null,
  capsule_id    uuid not null references capsules (id) on delete cascade,
  created_at    timestamp(6) with time zone not null,
  primary key (team_id, name)
);
create index idempotency_keys_age on idempotency_keys (created_at);
create index idempotency_keys_capsule on idempotency_keys (capsule_id);

-- Who works on capsules now; a row of the past means that its work has died.
create table leases (
  owner       uuid primary key,
  held_until  timestamp(6) with time zone not null
);
