-- One schema for H2 and PostgreSQL: only what both understand the same way.

-- What becomes of a capsule when its end has come and when it is idle, and whether its next use wakes it. As it was before for those that are there.
alter table capsules add column on_end varchar(8) default 'END' not null;
alter table capsules add column on_idle varchar(8) default 'PAUSE' not null;
alter table capsules add column wake boolean default false not null;
alter table capsules add column lifetime_sec bigint;
-- Until its end, as it was paused.
alter table capsules add column left_ms bigint;
