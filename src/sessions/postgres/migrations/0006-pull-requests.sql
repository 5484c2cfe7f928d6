-- What the GitHub App knows of repositories and pull requests, and what it has written there.

-- Drawn once. By them we know our own comments; they open nothing.
create table app_secrets (
  name text primary key check (name in ('markers')),
  value text not null
);

-- GitHub's number stays when a repository is renamed or transferred.
create table github_repositories (
  host text not null,
  github_id bigint not null,
  repository_id bigint not null references repositories,
  installation_id bigint not null,
  full_name text not null,
  seen_at timestamptz not null default now(),
  -- When it was deleted, or the App taken out of it.
  removed_at timestamptz,
  primary key (host, github_id)
);
create index github_repositories_by_repository on github_repositories (repository_id);

create table pull_requests (
  repository_id bigint not null references repositories,
  number integer not null check (number > 0),
  -- `paused`: reviewed only when somebody asks. `ignored`: never again.
  state text not null default 'active' check (state in ('active', 'paused', 'ignored', 'closed')),
  state_by text,
  state_at timestamptz not null default now(),
  -- The comment with the summary, edited in place.
  summary_comment bigint,
  primary key (repository_id, number)
);

-- One look at one head. What is counted against limits of a day is here too: questions, and reviews that came to nothing.
create table pull_request_runs (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repositories,
  number integer not null,
  kind text not null check (kind in ('review', 'question')),
  head text not null,
  -- The branch that it was to be merged into, by its name.
  base_ref text not null,
  -- Where the change begins, and where the policy was read.
  merge_base text,
  policy_commit text,
  -- By GitHub's number of the account, which stays when it is renamed.
  asked_by bigint,
  session_id uuid,
  started_at timestamptz not null default now(),
  ended_at timestamptz,
  -- Null while it runs, and for ever when it was killed.
  outcome text check (outcome in ('pass', 'fail', 'incomplete', 'cancelled', 'failed', 'answered')),
  -- What a review has come to, from when that is known on, whether or not it could be said.
  verdict text check (verdict in ('pass', 'fail', 'incomplete')),
  calls integer not null default 0,
  tokens bigint not null default 0,
  usd numeric not null default 0,
  -- The fingerprints that counted, and a digest of each file's patch: what the next review compares with.
  findings json,
  patches json
);
create index pull_request_runs_by_number on pull_request_runs (repository_id, number, id desc);
create index pull_request_runs_by_head on pull_request_runs (repository_id, head, number, id desc) where verdict is not null;
create index pull_request_runs_by_day on pull_request_runs (repository_id, started_at);
create index pull_request_runs_by_person on pull_request_runs (asked_by, started_at) where asked_by is not null;

-- The comments that findings were told in, also those that are gone since.
create table posted_findings (
  repository_id bigint not null references repositories,
  number integer not null,
  comment_id bigint not null,
  fingerprint text not null,
  kind text not null check (kind in ('inline', 'file')),
  path text not null,
  source text not null,
  severity text not null,
  title text not null,
  posted_at timestamptz not null default now(),
  primary key (repository_id, number, comment_id)
);

-- What is written to GitHub is noted before it is done, and what came of it after: the same write is done once, by whatever
-- process, however often it is begun. Added to, never changed.
create table external_writes (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repositories,
  key text not null,
  step text not null check (step in ('begun', 'done')),
  -- Where to, for a person; sha256 of what; what the other side said.
  target text,
  digest text,
  result json,
  at timestamptz not null default clock_timestamp()
);
create index external_writes_by_key on external_writes (repository_id, key collate "C", id);
create unique index external_writes_done on external_writes (repository_id, key) where step = 'done';
create trigger append_only before update or delete on external_writes for each row execute function refuse_change();
create trigger no_truncate before truncate on external_writes for each statement execute function refuse_change();

alter table audit drop constraint audit_subject_check;
alter table audit add constraint audit_subject_check check (subject in ('event', 'finding change', 'prune', 'write'));
-- Below zero `change_id` is the number of a write, so that it is taken for that of no change of a finding.
create index audit_of_a_write on audit (change_id) where subject = 'write';

create function write_digest(w external_writes) returns bytea language sql stable parallel safe
  return sha256(convert_to(
    json_build_array(w.id, w.repository_id, w.key, w.step, w.target, w.digest, w.result::text, exact_time(w.at))::text, 'UTF8'));

create function chain_write() returns trigger
  language plpgsql security definer set search_path = code_agent, pg_catalog, pg_temp as $$
declare
  link audit;
begin
  link.subject := 'write';
  link.repository_id := new.repository_id;
  link.change_id := -new.id;
  link.subject_at := new.at;
  link.digest := write_digest(new);
  perform add_links(array[link]);
  return null;
end $$;
create trigger chained after insert on external_writes for each row execute function chain_write();

alter function verify_audit() rename to verify_sessions_audit;
-- The problems of sessions and findings, and those of writes.
create function verify_audit() returns table (id bigint, problem text)
  language sql stable set search_path = code_agent, pg_catalog, pg_temp as $$
  select * from verify_sessions_audit()
  union all
  select a.id, 'the write ' || -a.change_id || case when w.id is null then ' is missing' else ' has changed' end
  from audit a left join external_writes w on w.id = -a.change_id
  where a.subject = 'write' and (w.id is null or a.digest <> write_digest(w))
  union all
  select null, 'the write ' || w.id || ' is not in the chain'
  from external_writes w where not exists (select from audit a where a.subject = 'write' and a.change_id = -w.id)
  order by 1
$$;
