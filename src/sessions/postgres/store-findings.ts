import type { TransactionSql } from 'postgres';
import type { SessionState } from '../../agent/fold-session.ts';
import { storable } from './storable.ts';
import { textArray } from './text-array.ts';

/** What says in the code that a finding does not count, and says nothing any more once it is gone. */
const IN_CODE = ['inline-ignore', 'baseline'];

/**
 * What a review that has ended means for the life of findings. What it has found is open, unless a person has dismissed it.
 * What the code says does not count is dismissed by that. What the review before it on the same line has found in a
 * change of the same commit, or in the same pull request, is fixed when this one has looked at the same file, with models when it is a model's
 * finding, and has not found it. Reviews come in as they come: what a later one has said stands.
 */
export async function storeFindings(
  step: TransactionSql,
  repository: string,
  session: string,
  state: SessionState,
): Promise<void> {
  const known = new Map(state.findings.map((finding) => [finding.fingerprint, finding]));
  const open = [...known.values()].filter(({ suppressed }) => suppressed === null);
  const made = await storeOpen(step, repository, session, state, open);
  const isMade = new Set(made);
  const seen = open.filter(({ fingerprint }) => !isMade.has(fingerprint));
  const changed = [
    ...made,
    ...(await storeReopened(step, repository, state, seen)),
    ...(await storeInCode(step, repository, state)),
    ...(await storeFixed(step, repository, state)),
  ];
  await storeChanges(step, repository, changed, session);
}

/** Keeps the step that these findings have come to. A step is kept once. */
export async function storeChanges(
  step: TransactionSql,
  repository: string,
  fingerprints: readonly string[],
  session: string | null,
): Promise<void> {
  if (fingerprints.length === 0) return;
  await step`
    insert into code_agent.finding_changes (repository_id, fingerprint, state, at, changed_by, because, session_id)
    select repository_id, fingerprint, state, state_at, state_by, state_because, ${session}
    from code_agent.findings
    where repository_id = ${repository} and fingerprint = any(${textArray(fingerprints)}::text[])
    order by fingerprint
    on conflict do nothing`;
}

type Found = SessionState['findings'];
type Fingerprints = Promise<string[]>;
const fingerprintsOf = (rows: readonly { readonly fingerprint: string }[]): string[] =>
  rows.map(({ fingerprint }) => fingerprint);

/** Of one statement: PostgreSQL takes 65,535 parameters. */
const ROWS = 2_000;

/** Answers those that nobody knew. */
async function storeOpen(
  step: TransactionSql,
  repository: string,
  session: string,
  { started, startedAt }: SessionState,
  found: Found,
): Fingerprints {
  // In one order, so that two reviews that have found the same do not wait for each other.
  const rows = [...found]
    .sort((one, other) => (one.fingerprint < other.fingerprint ? -1 : 1))
    .map(({ fingerprint, path, place, severity, category, title, body, source }) => ({
      ...{ repository_id: repository, fingerprint, state: 'open', state_at: startedAt },
      ...{ title: storable(title), path: storable(path), body: storable(body) },
      ...{ start_line: place?.startLine ?? null, end_line: place?.endLine ?? null },
      ...{ severity, category: storable(category), source: storable(source) },
      ...{ last_seen: startedAt, last_session: session },
      ...{ line: started.line, base_commit: started.change?.base ?? null },
    }));
  const made: string[] = [];
  for (let at = 0; at < rows.length; at += ROWS) {
    const stored = await step<{ fingerprint: string; isNew: boolean }[]>`
      insert into code_agent.findings ${step(rows.slice(at, at + ROWS))}
      on conflict (repository_id, fingerprint) do update set
        title = excluded.title, path = excluded.path, start_line = excluded.start_line, end_line = excluded.end_line,
        severity = excluded.severity, category = excluded.category, body = excluded.body, source = excluded.source,
        last_seen = excluded.last_seen, last_session = excluded.last_session, line = excluded.line,
        base_commit = excluded.base_commit
      where findings.last_seen <= excluded.last_seen
      returning fingerprint, xmax = 0 as "isNew"`;
    made.push(...fingerprintsOf(stored.filter(({ isNew }) => isNew)));
  }
  return made;
}

async function storeReopened(
  step: TransactionSql,
  repository: string,
  { startedAt }: SessionState,
  found: Found,
): Fingerprints {
  if (found.length === 0) return [];
  return fingerprintsOf(
    await step<{ fingerprint: string }[]>`
      update code_agent.findings set state = 'open', state_at = ${startedAt}, state_by = null, state_because = null
      where repository_id = ${repository} and fingerprint = any(${textArray(fingerprintsOf(found))}::text[])
        and (state = 'fixed' or state_by = any(${textArray(IN_CODE)}::text[])) and state_at < ${startedAt}
      returning fingerprint`,
  );
}

async function storeInCode(
  step: TransactionSql,
  repository: string,
  { startedAt, findings }: SessionState,
): Fingerprints {
  const ignored = findings.flatMap(({ fingerprint, suppressed }) =>
    suppressed !== null && IN_CODE.includes(suppressed.by)
      ? [{ fingerprint, by: suppressed.by, because: storable(suppressed.reason) }]
      : [],
  );
  if (ignored.length === 0) return [];
  return fingerprintsOf(
    await step<{ fingerprint: string }[]>`
      update code_agent.findings f
      set state = 'dismissed', state_at = ${startedAt}, state_by = one.by, state_because = one.because
      from unnest(${textArray(fingerprintsOf(ignored))}::text[], ${textArray(ignored.map(({ by }) => by))}::text[],
        ${textArray(ignored.map(({ because }) => because))}::text[]) as one (fingerprint, by, because)
      where f.repository_id = ${repository} and f.fingerprint = one.fingerprint
        and f.state = 'open' and f.state_at < ${startedAt}
      returning f.fingerprint`,
  );
}

async function storeFixed(
  step: TransactionSql,
  repository: string,
  { started, startedAt, ended, findings }: SessionState,
): Fingerprints {
  const { line, change, models } = started;
  const coverage = ended?.coverage ?? null;
  if (line === null || coverage === null || coverage.failures.length > 0) return [];
  const reviewed = coverage.files.filter(({ outcome }) => outcome === 'reviewed').map(({ path }) => path);
  const sources = ['check', ...(ended?.usage == null ? [] : models.map(({ id }) => id))];
  return fingerprintsOf(
    await step<{ fingerprint: string }[]>`
      update code_agent.findings
      set state = 'fixed', state_at = ${startedAt}, state_by = null, state_because = null
      where repository_id = ${repository} and state = 'open' and line = ${line}
        and (base_commit is not distinct from ${change?.base ?? null} or starts_with(line, 'pull/')) and last_seen < ${startedAt}
        and state_at < ${startedAt} and source = any(${textArray(sources.map(storable))}::text[])
        and path = any(${textArray(reviewed.map(storable))}::text[])
        and not fingerprint = any(${textArray(fingerprintsOf(findings))}::text[])
      returning fingerprint`,
  );
}
