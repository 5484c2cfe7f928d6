-- Roles belong to the server, not to a database. These can be members of others and log in as nobody:
-- code_agent_migrator owns the tables, code_agent_app is what hooks, commands and workers are, code_agent_auditor reads.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['code_agent_migrator', 'code_agent_app', 'code_agent_auditor'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin', wanted);
      exception when duplicate_object or unique_violation then
        null; -- Another process was first.
      end;
    end if;
  end loop;
  -- From 16 on who makes a role is a member of it who may not become it, but give themselves that right.
  if not pg_has_role('code_agent_migrator',
    case when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end) then
    execute format('grant code_agent_migrator to %I', current_user);
  end if;
  if not has_database_privilege('code_agent_migrator', current_database(), 'create') then
    execute format('grant create on database %I to code_agent_migrator', current_database());
    -- Who may not give it away is only warned.
    if not has_database_privilege('code_agent_migrator', current_database(), 'create') then
      raise exception 'code_agent_migrator may not make a schema' using errcode = 'insufficient_privilege';
    end if;
  end if;
end $$;
