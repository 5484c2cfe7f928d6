-- Run at the end of each `db migrate`, when the roles are there. What is not given here, nobody but the owner may.
revoke all on schema code_agent from public;
revoke all on all tables in schema code_agent from public;
revoke execute on all functions in schema code_agent from public;

-- What hooks, commands and workers connect as, or are members of.
grant usage on schema code_agent to code_agent_app, code_agent_auditor;
grant select on all tables in schema code_agent to code_agent_app;
grant insert on repositories, sessions, session_models, events, artifacts, review_results, findings, finding_changes,
  tasks, preferences, conventions to code_agent_app;
grant update on sessions, session_models, findings, tasks, preferences, conventions to code_agent_app;
grant delete on preferences, conventions to code_agent_app;
grant execute on function prune_sessions to code_agent_app;
grant insert, update, delete on deliveries, workers to code_agent_app;
grant insert on github_repositories, pull_requests, pull_request_runs, posted_findings, external_writes,
  app_secrets to code_agent_app;
grant update on github_repositories, pull_requests, pull_request_runs to code_agent_app;
grant insert on task_questions, task_answers to code_agent_app;
-- What was asked stays as it is.
grant update (expires_at, withdrawn, used_at) on task_questions to code_agent_app;
-- A repository that was renamed is the same one.
grant update (identity) on repositories to code_agent_app;

-- Reads everything, changes nothing.
grant select on all tables in schema code_agent to code_agent_auditor;
grant execute on function verify_audit to code_agent_auditor;
grant execute on function is_audited, exact_time, event_digest, finding_change_digest, next_link, write_digest,
  task_answer_digest, verify_sessions_audit, verify_writes_audit to code_agent_auditor;
