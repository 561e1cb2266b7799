-- One schema for H2 and PostgreSQL: only what both understand the same way.

-- What a capsule used before it was paused; nobody searches in it.
create table capsule_metrics (
  capsule_id  uuid not null references capsules (id) on delete cascade,
  tier        varchar(16) not null,
  points      text not null,
  primary key (capsule_id, tier)
);
