-- Sessions and their events. All stands in a schema of its own, so that a database may be shared.

create table repositories (
  id bigint generated always as identity primary key,
  -- host/owner/name of its remote; without one, what its history begins with.
  identity text not null unique
);

create table sessions (
  id uuid primary key,
  repository_id bigint not null references repositories,
  kind text not null check (kind in ('review', 'task')),
  door text not null check (door in ('hook', 'cli', 'app')),
  tool_version text not null,
  change_id text,
  base_commit text,
  head_commit text,
  -- Sessions of one line follow each other: of a branch in a worktree, of a pull request.
  line text,
  started_at timestamptz not null,
  last_at timestamptz not null,
  last_seq integer not null check (last_seq >= 0),
  -- The link of its journal's chain at last_seq: another journal under this id is told by it.
  link text not null,
  -- From here on null while it has not ended.
  ended_at timestamptz,
  outcome text check (outcome in ('pass', 'fail', 'incomplete', 'completed', 'failed', 'cancelled')),
  ms double precision check (ms >= 0),
  findings_kept integer,
  findings_suppressed integer,
  findings_dropped integer
);

create index sessions_by_repository on sessions (repository_id, started_at desc, id desc);
create index sessions_by_time on sessions (started_at desc, id desc);
create index sessions_by_age on sessions (last_at);
create index sessions_by_end_of_id on sessions (reverse(id::text) text_pattern_ops);

-- What each model was asked in a session, and what it took.
create table session_models (
  session_id uuid not null references sessions on delete cascade,
  model text not null,
  calls integer not null,
  failures integer not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_read_tokens bigint not null,
  cache_write_tokens bigint not null,
  -- US dollars; null when the model has no known price.
  usd numeric,
  primary key (session_id, model)
);

-- json and not jsonb: it is kept to the letter, and holds what jsonb refuses (\u0000, lone surrogates).
create table events (
  session_id uuid not null references sessions on delete cascade,
  seq integer not null check (seq > 0),
  type text not null,
  version smallint not null check (version > 0),
  at timestamptz not null,
  data json not null,
  primary key (session_id, seq)
);

-- Events are added, never changed. They are taken away only by prune_sessions.
create function refuse_change() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  if tg_op = 'DELETE' and current_setting('code_agent.pruning', true) = 'on' then
    return old;
  end if;
  raise exception '% is append-only: % is refused', tg_table_name, lower(tg_op) using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete on events for each row execute function refuse_change();
create trigger no_truncate before truncate on events for each statement execute function refuse_change();

create table artifacts (
  session_id uuid not null references sessions on delete cascade,
  name text not null,
  media_type text not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  content bytea not null,
  made_at timestamptz not null,
  primary key (session_id, name)
);

-- What was answered for a part of a change, by the hash of all that went in.
create table review_results (
  key text primary key check (key ~ '^[0-9a-f]{64}$'),
  repository_id bigint not null references repositories,
  result json not null,
  made_at timestamptz not null default now()
);
create index review_results_by_repository on review_results (repository_id, made_at);
create index review_results_by_age on review_results (made_at);
