import { commitOf } from '../bare-repository.ts';
import { annotationJson, checkRunJson } from '../json/check-run.ts';
import { type AnyOperation, checkRunOf, operation } from '../operation.ts';
import { GitHubRefusal, invalidField } from '../refusal.ts';
import { LIMITS } from '../review-rules.ts';
import type { Annotation, CheckRun } from '../state.ts';

const READ = { checks: 'read' } as const;
const WRITE = { checks: 'write' } as const;

/** What is sent of a check run, by either endpoint. */
interface SentRun {
  readonly name?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly started_at?: string;
  readonly completed_at?: string;
  readonly output?: {
    readonly title?: string;
    readonly summary?: string;
    readonly text?: string;
    readonly annotations?: readonly SentAnnotation[];
    readonly images?: readonly unknown[];
  };
}

type SentAnnotation = {
  readonly [Key in keyof Annotation]?: NonNullable<Annotation[Key]>;
} & Pick<Annotation, 'path' | 'start_line' | 'end_line' | 'annotation_level' | 'message'>;

/** Check runs. All of them are our App's. */
export const CHECK_OPERATIONS: readonly AnyOperation[] = [
  operation('checks/create', WRITE, async ({ world, repository, body, bot }) => {
    const problem = checkRunProblem(body, null);
    if (problem !== null) throw problem;
    const headSha = await commitOf(repository().path, body.head_sha);
    if (headSha === null || headSha !== body.head_sha)
      throw new GitHubRefusal(422, `No commit found for SHA: ${body.head_sha}`);
    const run: CheckRun = {
      id: world.state.nextId(),
      repository: repository(),
      headSha,
      name: body.name,
      externalId: null,
      detailsUrl: null,
      status: 'queued',
      conclusion: null,
      startedAt: new Date(),
      completedAt: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
    };
    change(run, body);
    repository().checkRuns.set(run.id, run);
    const about = { repository: repository(), by: bot, checkRun: run };
    world.emit('check_run', 'created', about);
    if (run.status === 'completed') world.emit('check_run', 'completed', about);
    return { status: 201, body: checkRunJson(world.state, run) };
  }),

  operation('checks/update', WRITE, (call) => {
    const run = checkRunOf(call);
    const problem = checkRunProblem(call.body, run);
    if (problem !== null) throw problem;
    const wasCompleted = run.status === 'completed';
    change(run, call.body);
    if (run.status === 'completed' && !wasCompleted)
      call.world.emit('check_run', 'completed', { repository: run.repository, by: call.bot, checkRun: run });
    return { status: 200, body: checkRunJson(call.world.state, run) };
  }),

  operation('checks/get', READ, (call) => ({
    status: 200,
    body: checkRunJson(call.world.state, checkRunOf(call)),
  })),

  operation('checks/list-annotations', READ, (call) => {
    const run = checkRunOf(call);
    return { list: run.annotations.map((annotation) => annotationJson(call.world.state, run, annotation)) };
  }),

  operation('checks/list-for-ref', READ, async ({ world, repository, params, query }) => {
    const head = await commitOf(repository().path, String(params['ref']));
    if (head === null) throw new GitHubRefusal(422, `No commit found for SHA: ${params['ref']}`);
    const found = [...repository().checkRuns.values()].filter(
      (run) =>
        run.headSha === head &&
        (query.check_name === undefined || run.name === query.check_name) &&
        (query.status === undefined || run.status === query.status) &&
        (query.app_id === undefined || query.app_id === world.state.app.id),
    );
    // GitHub's default: the newest of each name.
    const latest = new Map(found.map((run) => [run.name, run]));
    const shown = query.filter === 'all' ? found : [...latest.values()];
    return { key: 'check_runs', list: shown.reverse().map((run) => checkRunJson(world.state, run)) };
  }),
];

/** Why GitHub refuses a check run, or null (docs.github.com/rest/checks/runs). */
export function checkRunProblem(sent: SentRun, before: CheckRun | null): GitHubRefusal | null {
  const refuse = (field: string, message: string) => invalidField('CheckRun', field, message);
  if (sent.status === 'completed' && sent.conclusion === undefined && before?.conclusion == null)
    return refuse('conclusion', 'is missing: status is completed');
  if (sent.status !== undefined && sent.status !== 'completed' && sent.conclusion !== undefined)
    return refuse('status', 'is not completed, but there is a conclusion');
  const { output } = sent;
  if (output === undefined) return null;
  if (output.summary === undefined) return refuse('summary', 'is missing');
  if (output.title === undefined && before?.title == null) return refuse('title', 'is missing');
  for (const [field, text] of [
    ['summary', output.summary],
    ['text', output.text ?? ''],
  ] as const)
    if ([...text].length > LIMITS.output)
      return refuse(field, `exceeds a maximum of ${LIMITS.output} characters`);
  const annotations = output.annotations ?? [];
  if (annotations.length > LIMITS.annotations)
    return refuse('annotations', `exceeds a maximum quantity of ${LIMITS.annotations}`);
  for (const one of annotations) {
    if (one.start_line < 1 || one.end_line < one.start_line)
      return refuse('annotations', `end_line ${one.end_line} is before start_line ${one.start_line}`);
    if (one.start_column !== undefined && one.start_line !== one.end_line)
      return refuse('annotations', 'start_column is for annotations on one line');
    if (one.message.trim() === '' || Buffer.byteLength(one.message) > 65_536)
      return refuse('annotations', 'message is blank or larger than 64 kB');
    if ((one.title ?? '').length > 255) return refuse('annotations', 'title is longer than 255 characters');
    if (Buffer.byteLength(one.raw_details ?? '') > 65_536)
      return refuse('annotations', 'raw_details is larger than 64 kB');
  }
  return null;
}

function change(run: CheckRun, sent: SentRun): void {
  run.name = sent.name ?? run.name;
  run.externalId = sent.external_id ?? run.externalId;
  run.detailsUrl = sent.details_url ?? run.detailsUrl;
  run.conclusion = sent.conclusion ?? run.conclusion;
  // A conclusion completes it; a status without one begins it anew.
  run.status = sent.status ?? (sent.conclusion === undefined ? run.status : 'completed');
  if (run.status !== 'completed') run.conclusion = null;
  if (sent.started_at !== undefined) run.startedAt = new Date(sent.started_at);
  run.completedAt = run.status === 'completed' ? new Date(sent.completed_at ?? Date.now()) : null;
  if (sent.output === undefined) return;
  run.title = sent.output.title ?? run.title;
  run.summary = sent.output.summary ?? run.summary;
  run.text = sent.output.text ?? run.text;
  for (const one of sent.output.annotations ?? [])
    run.annotations.push({
      start_column: null,
      end_column: null,
      title: null,
      raw_details: null,
      ...one,
    });
}
