-- Work that is asked for, and what is known of people and repositories.

create table tasks (
  id bigint generated always as identity primary key,
  repository_id bigint not null references repositories,
  type text not null check (type in ('plan', 'feature', 'bugfix', 'refactor', 'test', 'docs', 'review', 'design')),
  request text not null,
  priority smallint not null default 0,
  permission text not null check (permission in ('autonomous', 'supervised', 'human-required')),
  state text not null default 'pending'
    check (state in ('pending', 'in_progress', 'waiting', 'completed', 'failed', 'cancelled')),
  session_id uuid references sessions on delete set null,
  asked_by text not null,
  asked_at timestamptz not null default now(),
  state_at timestamptz not null default now()
);
create index tasks_by_state on tasks (state, priority desc, id);
create index tasks_of_a_repository on tasks (repository_id, id desc);
create index tasks_of_a_session on tasks (session_id) where session_id is not null;

-- What a person wants to be so, everywhere or in one repository.
create table preferences (
  id bigint generated always as identity primary key,
  person text not null,
  repository_id bigint references repositories,
  name text not null,
  value json not null,
  set_at timestamptz not null default now(),
  unique nulls not distinct (person, repository_id, name)
);

-- What was learned of a repository beside its findings: how things are done there.
create table conventions (
  repository_id bigint not null references repositories,
  name text not null,
  content text not null,
  session_id uuid,
  learned_at timestamptz not null default now(),
  primary key (repository_id, name)
);

-- All of it at once: conventions, and which findings people took for true and which not, and why.
create view project_context as
  select repository_id, 'convention' as kind, name, content, learned_at from conventions
  union all
  select f.repository_id,
    case f.state when 'fixed' then 'accepted finding' else 'dismissed finding' end,
    concat_ws(' ', f.category, f.path),
    concat_ws(': ', f.title, f.state_because),
    f.state_at
  from findings f where f.state in ('fixed', 'dismissed');
