/**
 * A session that has everything: two runs of a model with tools, findings, and three writes to another server, of which one
 * result is told to the model. Begins it, or goes on with it where it was killed, and prints what it came to:
 *
 *     node … <common directory> <id of the session> <address of the model> <address of the other server>
 */
import { createHash } from 'node:crypto';
import { createBudget, NO_USAGE } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import { runAgent } from '../../src/agent/loop.ts';
import { decide, REVIEWER_EFFECTS } from '../../src/agent/policy.ts';
import { createToolRegistry } from '../../src/agent/tool-registry.ts';
import { createAnthropicModel } from '../../src/models/anthropic.ts';
import { redactSecrets } from '../../src/review/redact.ts';
import { createJournal, journalIds, openJournal } from '../../src/sessions/journal.ts';
import { createRecorder, type Recorder } from '../../src/sessions/recorder.ts';
import { createFinishReview } from '../../src/tools/finish-review.ts';
import { createReadFile } from '../../src/tools/read-file.ts';
import { createReportFinding, type ReportedFinding } from '../../src/tools/report-finding.ts';
import { PLANTED_SECRET } from './planted-secret.ts';

const [, , commonDir = '', id = '', modelUrl = '', otherUrl = ''] = process.argv;

const redact = (text: string) => redactSecrets(text, async () => [], [PLANTED_SECRET]);
const model = createAnthropicModel({ id: 'claude-sonnet-5-5', apiKey: 'none', baseUrl: modelUrl });
const file = Buffer.from('export const upload = (file) => backoff(1) && put(file);\n');
const snapshot = {
  read: async () => file,
  list: async () => [{ name: 'upload.js', kind: 'file' as const }],
};

main();

async function main(): Promise<void> {
  const isNew = !journalIds(commonDir).includes(id);
  const journal = isNew ? createJournal(commonDir, id) : openJournal(commonDir, id);
  const recorder = createRecorder(journal, redact);
  recorder.note(
    {
      type: 'session-started',
      data: {
        ...{ kind: 'review', door: 'app', tool: { name: 'code-agent', version: '0.1.0' }, change: null },
        ...{ models: [{ id: model.id, ...model.limits }], nonce: 'n', line: null },
      },
    },
    { durable: true },
  );
  const check = await write(recorder, 'check', 'The review has begun.');
  const found = [
    ...(await review(recorder, 'unit 1', 'Review the first half of upload.js.')),
    ...(await review(recorder, 'unit 2', `Review the other half of upload.js, for check ${check}.`)),
  ];
  for (const { path, severity, category, title, body, confidence } of found) {
    const fingerprint = createHash('sha256').update(title).digest('hex');
    const finding = { fingerprint, path, severity, category, title, body, confidence };
    recorder.note({
      type: 'finding-made',
      data: { finding: { ...finding, place: null, source: model.id, suppressed: null } },
    });
  }
  const comments: number[] = [];
  for (const { title } of found) comments.push(await write(recorder, `comment on ${title}`, title));
  recorder.note(
    {
      type: 'session-ended',
      data: {
        ...{ outcome: 'fail', ms: 0, usage: NO_USAGE, usd: null, coverage: null },
        findings: { kept: found.length, suppressed: 0, dropped: 0 },
      },
    },
    { durable: true },
  );
  journal.close();
  console.log(JSON.stringify({ found, check, comments }));
}

/** Answers the id that the other side gave it. */
function write({ writeOnce }: Recorder, name: string, payload: string): Promise<number> {
  const addressOf = (key: string) => `${otherUrl}/${encodeURIComponent(key)}`;
  return writeOnce({
    key: `${id} ${name}`,
    target: `${name} of pull request 7`,
    payload,
    async find(key) {
      const response = await fetch(addressOf(key));
      return response.status === 404 ? undefined : response.json();
    },
    async write(key) {
      const response = await fetch(addressOf(key), { method: 'PUT', body: payload });
      return response.json();
    },
    parse(result) {
      if (typeof result === 'object' && result !== null && 'id' in result && typeof result.id === 'number')
        return result.id;
      throw new TypeError(`no result of a write: ${JSON.stringify(result)}`);
    },
  });
}

async function review(recorder: Recorder, run: string, prompt: string): Promise<ReportedFinding[]> {
  const found: ReportedFinding[] = [];
  let isFinished = false;
  const tools = [
    createReadFile(snapshot),
    createReportFinding((finding) => {
      found.push(finding);
      return 'Noted.';
    }),
    createFinishReview(() => {
      isFinished = true;
    }),
  ];
  const persona = { name: 'the reviewer', tools: tools.map(({ name }) => name), effects: REVIEWER_EFFECTS };
  recorder.started({ run, persona: persona.name, paths: ['upload.js'] });
  const events = runAgent({
    model: recorder.record(model),
    system: 'You review one file.',
    prompt,
    toolbox: createToolRegistry(tools, { decide: (use) => decide(use, { persona, door: 'app' }), redact }),
    budget: createBudget({ usd: null, tokens: null, deadline: monotonicMs() + 60_000 }),
    limits: { turns: 5, outputTokens: 4_000 },
    isFinished: () => isFinished,
    nudge: 'Go on.',
    signal: new AbortController().signal,
  });
  for (;;) {
    const { done, value } = await events.next();
    if (!done) {
      recorder.happened(run, value);
      continue;
    }
    recorder.ended(run, value);
    if (value.ended !== 'finished') throw new Error(`${run} ${value.ended}: ${value.reason}`);
    return found;
  }
}
