-- Saved capsules from which others start. host_key is the name under which the host keeps it.

create table templates (
  id          uuid primary key,
  team_id     uuid not null references teams (id),
  name        varchar(64) not null,
  host_id     varchar(128) not null,
  host_key    varchar(64) not null,
  vcpus       integer not null,
  memory_mb   integer not null,
  disk_mb     integer not null,
  size_bytes  bigint not null,
  metadata    text not null,
  created_at  timestamp(6) with time zone not null,
  constraint templates_name unique (team_id, name)
);
create index templates_team on templates (team_id, created_at, id);
