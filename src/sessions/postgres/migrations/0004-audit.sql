-- A chain over what an auditor asks for: that sessions began and ended, what was allowed and denied, what was written
-- outside, which findings people dismissed, what was pruned. A link is sha256 over the link before it and the digest of
-- its subject, so that nothing can be changed, left out or put in between without breaking every link behind it.
-- The database makes the links itself: who may add events cannot add them beside the chain.

create table audit (
  -- Without a gap.
  id bigint primary key check (id > 0),
  subject text not null check (subject in ('event', 'finding change', 'prune')),
  repository_id bigint,
  session_id uuid,
  seq integer,
  change_id bigint,
  -- When the event was; of a prune: what it took away ended before this.
  subject_at timestamptz not null,
  at timestamptz not null default clock_timestamp(),
  digest bytea not null,
  link bytea not null
);
create index audit_of_a_session on audit (session_id, seq) where session_id is not null;
create index audit_prunes on audit (subject_at desc) where subject = 'prune';
create trigger append_only before update or delete on audit for each row execute function refuse_change();
create trigger no_truncate before truncate on audit for each statement execute function refuse_change();

-- One row: where the chain ends. Who makes a link locks it until the end of their transaction.
create table audit_head (
  one boolean primary key default true check (one),
  id bigint not null,
  link bytea not null
);
insert into audit_head (id, link) values (0, '');

create function is_audited(type text) returns boolean language sql immutable parallel safe
  return type in ('session-started', 'tool-decided', 'write-begun', 'write-done', 'artifact-made', 'session-ended');

create function exact_time(at timestamptz) returns text language sql stable parallel safe
  return to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');

create function event_digest(session_id uuid, seq integer, type text, version smallint, at timestamptz, data json)
  returns bytea language sql stable parallel safe
  return sha256(convert_to(concat_ws(' ', session_id, seq, type, version, exact_time(at), data::text), 'UTF8'));

create function finding_change_digest(c finding_changes) returns bytea language sql stable parallel safe
  return sha256(convert_to(
    json_build_array(c.id, c.repository_id, c.fingerprint, c.state, exact_time(c.at), c.changed_by, c.because, c.session_id)::text,
    'UTF8'));

create function next_link(before bytea, added audit) returns bytea language sql stable parallel safe
  return sha256(before || added.digest || convert_to(json_build_array(added.id, added.subject, added.repository_id,
    added.session_id, added.seq, added.change_id, exact_time(added.subject_at), exact_time(added.at))::text, 'UTF8'));

-- Adds what is to be audited behind the head, in its order, and moves the head once: what is updated often must leave little
-- behind while somebody reads the whole chain.
create function add_links(subjects audit[]) returns void language plpgsql
  set search_path = code_agent, pg_catalog, pg_temp as $$
declare
  head audit_head;
  added audit;
begin
  -- Who is cut off amid a transaction must not keep everybody from theirs until the kernel notices.
  perform set_config('idle_in_transaction_session_timeout', '60s', true);
  select * into head from audit_head for update;
  foreach added in array subjects loop
    head.id := head.id + 1;
    added.id := head.id;
    added.at := clock_timestamp();
    added.link := next_link(head.link, added);
    head.link := added.link;
    insert into audit select added.*;
  end loop;
  update audit_head set id = head.id, link = head.link;
end $$;

create function chain_events() returns trigger
  language plpgsql security definer set search_path = code_agent, pg_catalog, pg_temp as $$
declare
  subjects audit[];
begin
  select array_agg(row(null, 'event', s.repository_id, e.session_id, e.seq, null, e.at, null,
      event_digest(e.session_id, e.seq, e.type, e.version, e.at, e.data), null)::audit order by e.session_id, e.seq)
    into subjects
    from added e join sessions s on s.id = e.session_id where is_audited(e.type);
  if subjects is not null then
    perform add_links(subjects);
  end if;
  return null;
end $$;
create trigger chained after insert on events
  referencing new table as added for each statement execute function chain_events();

-- Of the life of a finding what people decided.
create function chain_finding_change() returns trigger
  language plpgsql security definer set search_path = code_agent, pg_catalog, pg_temp as $$
declare
  link audit;
begin
  if new.changed_by is null then
    return null;
  end if;
  link.subject := 'finding change';
  link.repository_id := new.repository_id;
  link.change_id := new.id;
  link.subject_at := new.at;
  link.digest := finding_change_digest(new);
  perform add_links(array[link]);
  return null;
end $$;
create trigger chained after insert on finding_changes for each row execute function chain_finding_change();

-- Takes away the sessions whose events are all older, with all that was in them, and says so in the chain. Of one
-- repository, or of all. Answers how many there were. What is younger than a day only the owner takes away: who comes by the
-- rights of the app cannot wipe out their traces. Events say how old they are, for nobody changes one; last_at may be changed.
create function prune_sessions(older_than timestamptz, of_repository bigint default null) returns integer
  language plpgsql security definer set search_path = code_agent, pg_catalog, pg_temp as $$
declare
  taken integer;
  link audit;
begin
  if older_than > now() - interval '1 day' and not pg_has_role(session_user, current_user, 'member') then
    raise exception 'only the owner of the tables prunes what is younger than a day'
      using errcode = 'insufficient_privilege';
  end if;
  perform set_config('code_agent.pruning', 'on', true);
  delete from sessions
  where last_at < older_than and (of_repository is null or repository_id = of_repository)
    and not exists (select from events e where e.session_id = sessions.id and e.at >= older_than);
  get diagnostics taken = row_count;
  delete from review_results
  where made_at < older_than and (of_repository is null or repository_id = of_repository);
  perform set_config('code_agent.pruning', '', true);
  if taken > 0 then
    link.subject := 'prune';
    link.repository_id := of_repository;
    link.subject_at := older_than;
    link.digest := sha256(convert_to(taken::text, 'UTF8'));
    perform add_links(array[link]);
  end if;
  return taken;
end $$;

-- What is wrong with the chain, in its order; no row when it is whole. Reads all of it and every event that is in it.
create function verify_audit() returns table (id bigint, problem text)
  language sql stable set search_path = code_agent, pg_catalog, pg_temp as $$
  with links as (
    select a.*, lag(a.link, 1, ''::bytea) over by_id as before, lag(a.id, 1, 0::bigint) over by_id as id_before
    from audit a window by_id as (order by a.id)
  )
  select l.id, 'links ' || l.id_before + 1 || ' to ' || l.id - 1 || ' are missing' from links l where l.id <> l.id_before + 1
  union all
  select l.id, 'the link does not follow from the one before it' from links l
  where l.link <> next_link(l.before, (select a from audit a where a.id = l.id))
  union all
  select l.id, 'event ' || l.seq || ' of session ' || l.session_id || ' has changed'
  from links l join events e using (session_id, seq)
  where l.subject = 'event' and l.digest <> event_digest(e.session_id, e.seq, e.type, e.version, e.at, e.data)
  union all
  select l.id, 'event ' || l.seq || ' of session ' || l.session_id || ' is missing'
  from links l left join events e using (session_id, seq)
  where l.subject = 'event' and e.session_id is null and l.subject_at < (
    -- That reached furthest: nearly always the first that is looked at. Each prune for each link would be quadratic.
    select p.subject_at from audit p where p.subject = 'prune' and p.id > l.id
      and (p.repository_id is null or p.repository_id = l.repository_id) order by p.subject_at desc limit 1) is not true
  union all
  select l.id, 'the change ' || l.change_id || ' of a finding ' ||
    case when c.id is null then 'is missing' else 'has changed' end
  from links l left join finding_changes c on c.id = l.change_id
  where l.subject = 'finding change' and (c.id is null or l.digest <> finding_change_digest(c))
  union all
  select h.id, 'links after ' || coalesce(max(a.id), 0) || ' are missing'
  from audit_head h left join audit a on true group by h.id, h.link
  having h.id <> coalesce(max(a.id), 0) or h.link <> coalesce((select link from audit order by id desc limit 1), ''::bytea)
  union all
  select null::bigint, 'event ' || e.seq || ' of session ' || e.session_id || ' is not in the chain'
  from events e left join audit a using (session_id, seq) where is_audited(e.type) and a.id is null
  union all
  select null, 'the change ' || c.id || ' of a finding is not in the chain'
  from finding_changes c where c.changed_by is not null and not exists (select from audit a where a.change_id = c.id)
  union all
  select null, 'the finding ' || f.fingerprint || ' is ' || f.state || ' by ' || f.state_by || ' without a change that says so'
  from findings f where f.state_by is not null and not exists (
    select from finding_changes c
    where (c.repository_id, c.fingerprint, c.at, c.state, c.changed_by) =
      (f.repository_id, f.fingerprint, f.state_at, f.state, f.state_by)
      and c.because is not distinct from f.state_because)
  order by 1
$$;
