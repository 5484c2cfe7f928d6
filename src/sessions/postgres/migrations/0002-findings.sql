-- A finding has one life, wherever it is seen: in a hook, in a pull request, at a push.

create table findings (
  repository_id bigint not null references repositories,
  fingerprint text not null check (fingerprint ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('open', 'fixed', 'dismissed')),
  title text not null,
  -- As it was last seen; null when all that is known is that a person has dismissed it.
  path text,
  start_line integer,
  end_line integer,
  severity text check (severity in ('error', 'warning', 'info')),
  category text,
  body text,
  source text,
  last_seen timestamptz not null,
  last_session uuid,
  -- Of that session: one that follows it, and does not find it in the same change again, has found it fixed.
  line text,
  base_commit text,
  -- When it came into its state, who brought it there, and why. Reviews are nobody; `inline-ignore` and `baseline` are
  -- what stands in the code.
  state_at timestamptz not null,
  state_by text,
  state_because text,
  primary key (repository_id, fingerprint)
);
create index findings_by_time on findings (repository_id, last_seen desc, fingerprint);
create index findings_by_state on findings (repository_id, state);
create index findings_of_a_line on findings (repository_id, line, base_commit) where state = 'open';

-- How it came there, and by whom. Added to, never changed.
create table finding_changes (
  id bigint generated always as identity primary key,
  repository_id bigint not null,
  fingerprint text not null,
  state text not null check (state in ('open', 'fixed', 'dismissed')),
  at timestamptz not null,
  changed_by text,
  because text,
  session_id uuid,
  foreign key (repository_id, fingerprint) references findings,
  unique (repository_id, fingerprint, at, state)
);
create trigger append_only before update or delete on finding_changes for each row execute function refuse_change();
create trigger no_truncate before truncate on finding_changes for each statement execute function refuse_change();
