-- Tasks that are asked for on an issue or a pull request, from the request to what comes of it, and what people are asked
-- meanwhile. Nothing has written to `tasks` before.

alter table tasks
  -- Its session is stored when events of it are; and pruned, while the task stays.
  drop constraint tasks_session_id_fkey,
  drop constraint tasks_state_check,
  -- By GitHub's number of the account, which stays when it is renamed.
  alter column asked_by type bigint using asked_by::bigint,
  add column asked_login text not null,
  -- Null: by a label or an assignment.
  add column asked_comment bigint,
  -- Of the issue or the pull request that it is asked for on.
  add column number integer not null check (number > 0),
  add column on_pull boolean not null,
  add column branch text,
  -- The pull request that it has come to.
  add column pull integer check (pull > 0),
  -- The commit that it began at, and its own last one.
  add column base text,
  add column head text,
  -- How often it was begun, but for being gone on with.
  add column attempts integer not null default 0 check (attempts >= 0),
  -- Why it is over.
  add column reason text,
  add column cancelled_by bigint,
  -- json and not jsonb: kept to the letter.
  add column plan json,
  add column report json,
  -- Of its last attempt.
  add column started_at timestamptz,
  add column ended_at timestamptz,
  -- From when it is asked for, or asked for again, until its deadline; null: it has none.
  add column time_allowed interval check (time_allowed > interval '0'),
  add column deadline_at timestamptz,
  -- `dead`: it failed as often as it may, and nobody tries it again by themselves.
  add constraint tasks_state_check
    check (state in ('pending', 'in_progress', 'waiting', 'completed', 'failed', 'cancelled', 'dead')),
  add constraint tasks_started_check
    check (state not in ('in_progress', 'waiting') or (started_at is not null and session_id is not null)),
  add constraint tasks_ended_check
    check ((state in ('completed', 'failed', 'cancelled', 'dead')) = (ended_at is not null)),
  add constraint tasks_deadline_check check ((time_allowed is null) = (deadline_at is null));

-- One at a time for each number, and for each branch.
create unique index tasks_active_number on tasks (repository_id, number)
  where state in ('pending', 'in_progress', 'waiting');
create unique index tasks_active_branch on tasks (repository_id, branch)
  where state in ('pending', 'in_progress', 'waiting');
-- A comment asks once. With the number: comments of issues and of lines are counted apart.
create unique index tasks_by_comment on tasks (repository_id, number, asked_comment);
create index tasks_of_a_number on tasks (repository_id, number, id desc);

-- What a person is asked: bound to what exactly it is about, and where.
create table task_questions (
  id bigint generated always as identity primary key,
  task_id bigint not null references tasks,
  kind text not null check (kind in ('plan', 'question', 'approval', 'changes')),
  text text not null,
  choices json not null,
  -- Canonical JSON, to the letter.
  subject text not null,
  -- The commit or the tree that it is about.
  head text check (head ~ '^\S+$'),
  sha256 bytea not null
    check (sha256 = sha256(convert_to(task_id || E'\n' || coalesce(head, '') || E'\n' || subject, 'UTF8'))),
  asked_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at >= asked_at),
  -- The task was begun anew before anybody answered: it is no question until it is asked again.
  withdrawn boolean not null default false,
  -- When something was first done on its answer.
  used_at timestamptz
);
-- What people call it by: nobody can name one and mean another. It is the only index that an insert can run into, for with two
-- of them one that comes second at the same moment would be refused and not told which one was first.
create unique index task_questions_by_name on task_questions (task_id, left(encode(sha256, 'hex'), 8));

-- One for each question. Added, never changed, and in the chain: who said yes to what.
create table task_answers (
  question_id bigint primary key references task_questions,
  answer text not null,
  answered_by bigint not null,
  answered_login text not null,
  at timestamptz not null default clock_timestamp()
);
create trigger append_only before update or delete on task_answers for each row execute function refuse_change();
create trigger no_truncate before truncate on task_answers for each statement execute function refuse_change();

alter table audit drop constraint audit_subject_check;
alter table audit add constraint audit_subject_check
  check (subject in ('event', 'finding change', 'prune', 'write', 'answer'));
-- Below zero `change_id` is the number of a question, as it is that of a write.
create index audit_of_an_answer on audit (change_id) where subject = 'answer';

-- With all that was asked.
create function task_answer_digest(a task_answers, q task_questions) returns bytea language sql stable parallel safe
  return sha256(convert_to(
    json_build_array(q.id, q.task_id, q.kind, q.text, q.choices::text, q.subject, q.head,
      a.answer, a.answered_by, a.answered_login, exact_time(a.at))::text, 'UTF8'));

create function chain_task_answer() returns trigger
  language plpgsql security definer set search_path = code_agent, pg_catalog, pg_temp as $$
declare
  link audit;
begin
  select 'answer', t.repository_id, -q.id, new.at, task_answer_digest(new, q)
    into link.subject, link.repository_id, link.change_id, link.subject_at, link.digest
    from task_questions q join tasks t on t.id = q.task_id where q.id = new.question_id;
  perform add_links(array[link]);
  return null;
end $$;
create trigger chained after insert on task_answers for each row execute function chain_task_answer();

alter function verify_audit() rename to verify_writes_audit;
-- The problems of sessions, findings and writes, and those of answers.
create function verify_audit() returns table (id bigint, problem text)
  language sql stable set search_path = code_agent, pg_catalog, pg_temp as $$
  select * from verify_writes_audit()
  union all
  select l.id, 'the answer to the question ' || -l.change_id ||
    case when a.question_id is null then ' is missing' else ', or what was asked, has changed' end
  from audit l left join task_answers a on a.question_id = -l.change_id left join task_questions q on q.id = a.question_id
  where l.subject = 'answer' and (q.id is null or l.digest <> task_answer_digest(a, q))
  union all
  select null, 'the answer to the question ' || a.question_id || ' is not in the chain'
  from task_answers a where not exists (select from audit l where l.subject = 'answer' and l.change_id = -a.question_id)
  order by 1
$$;

-- Tasks count against the limits of a day.
alter table pull_request_runs drop constraint pull_request_runs_kind_check;
alter table pull_request_runs add constraint pull_request_runs_kind_check check (kind in ('review', 'question', 'task'));
