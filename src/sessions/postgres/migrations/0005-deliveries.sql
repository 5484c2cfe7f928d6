-- What GitHub has told us by webhooks, and who works on it. The jobs themselves stand in the schema graphile_worker.

create table deliveries (
  -- GitHub's id of it (X-GitHub-Delivery). It is not signed: anyone who has seen a body may send it again under another one.
  id uuid primary key,
  event text not null,
  -- Of the body, to the byte.
  sha256 bytea not null check (length(sha256) = 32),
  state text not null default 'queued' check (state in ('queued', 'done', 'failed')),
  received_at timestamptz not null default now(),
  state_at timestamptz not null default now(),
  -- Why it failed.
  error text,
  -- json and not jsonb: it is kept to the letter. Null when it is done and a day old.
  payload json
);
-- The same body again, under another id.
create index deliveries_by_body on deliveries (sha256, event, received_at);
create index deliveries_by_age on deliveries (received_at);
create index deliveries_with_payload on deliveries (state_at) where payload is not null;

-- Workers that live say so here; jobs of one that does not are freed (src/tasks/worker-locks.ts).
create table workers (
  id text primary key,
  began_at timestamptz not null default now(),
  beat_at timestamptz not null default now()
);
