import type { Snapshot } from '../../change/snapshot.ts';
import type { Check, ReviewedFile } from '../check.ts';
import type { Place, Problem } from '../finding.ts';
import { scriptInjection } from './workflow/script-injection.ts';
import { unpinnedActions } from './workflow/unpinned-action.ts';
import { untrustedCheckout } from './workflow/untrusted-checkout.ts';
import type { Text, WorkflowFile } from './workflow/workflow-file.ts';

/** GitHub Actions that let a stranger in, or trust more than they need to. Only what stands on added lines. */
export const workflow: Check = {
  id: 'workflow',
  summary: 'GitHub Actions: script injection, checkout of strangers, unpinned actions, too many rights',
  severity: 'warning',
  generatedToo: false,
  scope: 'files',
  async *run(files, context) {
    /** Actions that were spoken of: the same new one in ten workflows is one decision. */
    const told = new Set<string>();
    for (const file of files) {
      if (file.kind !== 'text' || !PATH.test(file.path) || !WORTH_PARSING.test(file.addedText)) continue;
      yield* risksOf(file, told, context.before);
    }
  },
};

const PATH = /^\.github\/workflows\/[^/]+\.ya?ml$|(?:^|\/)action\.ya?ml$/;
const WORTH_PARSING =
  /\$\{\{|\buses\b|pull_request|workflow_run|issue_comment|checkout|write-all|self-hosted|UNSECURE_COMMANDS|\bgit\s|\*/;

async function* risksOf(file: ReviewedFile, told: Set<string>, base: Snapshot): AsyncGenerator<Problem> {
  const { parseWorkflow } = await import('./workflow/workflow-file.ts');
  const after = parseWorkflow((await file.after()) ?? '');
  if (after === null) return;
  const added = new Set(file.added.map(({ number }) => number));
  const isAdded = ({ startLine, endLine }: Place) => {
    for (let line = startLine; line <= endLine; line += 1) if (added.has(line)) return true;
    return false;
  };
  const problems = [...scriptInjection(after), ...untrustedCheckout(after, isAdded), ...tooMuchTrust(after)];
  for (const problem of problems) {
    if (problem.place !== null && isAdded(problem.place)) yield { path: file.path, ...problem };
  }
  const fresh = [...unpinnedActions(after)]
    .map(([name, { start, source }]) => ({ name, place: after.place(start, start + source.length) }))
    .filter(({ name, place }) => isAdded(place) && !told.has(name));
  if (fresh.length === 0) return;
  const known = await textsOfWorkflows(base, file);
  const unknown = fresh.filter(({ name }) => !isUsedUnpinned(known, name));
  for (const { name } of unknown) told.add(name);
  yield* unpinned(file.path, unknown);
}

/** The workflows before the change, and the file itself where it is an action. */
async function textsOfWorkflows(base: Snapshot, file: ReviewedFile): Promise<string> {
  const entries = await base.list(WORKFLOWS);
  const workflows = entries
    .filter(({ name, kind }) => kind === 'file' && /\.ya?ml$/.test(name))
    .slice(0, 100);
  const texts = await Promise.all(workflows.map(({ name }) => base.read(`${WORKFLOWS}/${name}`)));
  return [...texts, await file.before()].join('\n');
}
const WORKFLOWS = '.github/workflows';

/** Trusted by a tag already, here or in another workflow: a newer tag, or another place, is no news. */
function isUsedUnpinned(workflows: string, name: string): boolean {
  const use = name.startsWith('docker://') ? name : `${name}@`;
  for (let at = workflows.indexOf(use); at !== -1; at = workflows.indexOf(use, at + 1)) {
    if (!/^(?:[0-9a-f]{40}|\S{0,300}@sha256:)/.test(workflows.slice(at + use.length, at + use.length + 400)))
      return true;
  }
  return false;
}

function* tooMuchTrust({
  triggers,
  jobs,
  permissions,
  env,
  place,
}: WorkflowFile): Generator<Omit<Problem, 'path'>> {
  const at = ({ start, source }: Text) => place(start, start + source.length);
  for (const text of permissions.filter(({ value }) => value === 'write-all')) {
    yield {
      place: at(text),
      title: 'The token may write everything',
      body: 'Name the permissions that the workflow needs, and no others.',
    };
  }
  for (const { name, value } of env) {
    if (name.value !== 'ACTIONS_ALLOW_UNSECURE_COMMANDS' || value.value !== 'true') continue;
    yield {
      place: at(name),
      title: 'Allows commands by which any output can set the environment',
      body: 'With them, whatever a step prints can change PATH for the next one (CVE-2020-15228). Write to $GITHUB_ENV and $GITHUB_PATH.',
      severity: 'error',
    };
  }
  if (!triggers.has('pull_request') && !triggers.has('pull_request_target')) return;
  for (const label of jobs.flatMap(({ runsOn }) => runsOn).filter(({ value }) => value === 'self-hosted')) {
    yield {
      place: at(label),
      title: 'Pull requests run on a machine of your own',
      body: 'In a public repository, anybody can run code on it with a pull request, and leave something there. GitHub advises against it.',
    };
  }
}

/** One finding for all of a file's, at the first. */
function* unpinned(path: string, actions: readonly { name: string; place: Place }[]): Generator<Problem> {
  for (const isImage of [false, true]) {
    const found = actions.filter(({ name }) => name.startsWith('docker://') === isImage);
    if (found[0] === undefined) continue;
    yield {
      path,
      place: found[0].place,
      title: `Not pinned to ${isImage ? 'a digest' : 'a commit'}: ${found.map(({ name }) => name).join(', ')}`,
      body: 'A tag can be moved to other code, and then that code has the secrets of this workflow.',
      ...(isImage && { severity: 'info' as const }),
    };
  }
}
