import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { branchesOf } from './pull-requests.ts';
import { askGit, runGit } from './run-git.ts';
import type { Repository } from './state.ts';

/** What a client of git wants to have pushed (gitprotocol-pack(5), "Reference Update Request"). */
export interface SentPush {
  readonly commands: readonly PushCommand[];
  readonly capabilities: ReadonlySet<string>;
  readonly pack: Buffer;
}

export interface PushCommand {
  readonly before: string;
  readonly after: string;
  readonly ref: string;
}

/** Why a ref is not changed: what the client shows behind it, and the lines that it is told besides. */
export interface PushRefusal {
  readonly reason: string;
  readonly says: readonly string[];
}

/** The body of a `git-receive-pack` request. Without commands: it only asks whether it may. */
export function readPush(body: Buffer, encoding: string | undefined): SentPush {
  const bytes = encoding === 'gzip' ? gunzipSync(body) : body;
  const commands: PushCommand[] = [];
  let capabilities: ReadonlySet<string> = new Set();
  let at = 0;
  for (;;) {
    const length = Number.parseInt(bytes.toString('latin1', at, at + 4), 16);
    at += 4;
    // A flush, or the end of what is no push at all.
    if (!(length > 4)) break;
    const [line = '', listed] = bytes.toString('utf8', at, at + length - 4).split('\0');
    at += length - 4;
    const [before = '', after = '', ref = ''] = line.trimEnd().split(' ');
    if (/^[0-9a-f]+$/.test(before)) commands.push({ before, after, ref });
    if (listed !== undefined) capabilities = new Set(listed.trim().split(' '));
  }
  return { commands, capabilities, pack: bytes.subarray(at) };
}

/**
 * What GitHub does not let an App push, ref by ref, in its own words; nothing when it takes all of it. What is no matter of
 * rules, as a branch that has moved meanwhile, is git's own to refuse.
 */
export async function pushRefusals(
  repository: Repository,
  { commands, pack }: SentPush,
): Promise<ReadonlyMap<string, PushRefusal>> {
  const refused = new Map<string, PushRefusal>();
  const workflow =
    commands.length > 0 && pack.length > 0 ? await newWorkflow(repository, commands, pack) : null;
  for (const { ref, after } of commands) {
    const refusal = hookRefusal(repository) ?? protectionRefusal(repository, ref, after) ?? nameRefusal(ref);
    if (refusal !== null) refused.set(ref, refusal);
    else if (workflow?.ref === ref)
      refused.set(ref, {
        reason: `refusing to allow a GitHub App to create or update workflow \`${workflow.path}\` without \`workflows\` permission`,
        says: [],
      });
  }
  if (refused.size > 0)
    for (const { ref } of commands)
      if (!refused.has(ref)) refused.set(ref, { reason: 'pre-receive hook declined', says: [] });
  return refused;
}

/** What is answered to a push that is refused (gitprotocol-pack(5), "Report Status"). */
export function refusalReport({ capabilities }: SentPush, refused: ReadonlyMap<string, PushRefusal>): Buffer {
  const status = [...refused].map(([ref, { reason }]) => packet(`ng ${ref} ${reason}\n`));
  const report = Buffer.concat([packet('unpack ok\n'), ...status, FLUSH]);
  if (!capabilities.has('side-band-64k')) return report;
  const said = [...refused.values()].flatMap(({ says }) => says);
  return Buffer.concat([
    ...said.map((line) => packet(`\x02${line}\n`)),
    packet(Buffer.concat([Buffer.from('\x01'), report])),
    FLUSH,
  ]);
}

const FLUSH = Buffer.from('0000');

function packet(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes]);
}

const hookRefusal = ({ pushRefusal }: Repository): PushRefusal | null =>
  pushRefusal === null
    ? null
    : { reason: 'pre-receive hook declined', says: pushRefusal.split('\n').map((line) => `error: ${line}`) };

function protectionRefusal({ protections }: Repository, ref: string, after: string): PushRefusal | null {
  const because = /^0+$/.test(after)
    ? 'Cannot delete this branch.'
    : 'Changes must be made through a pull request.';
  switch (protections.get(ref.replace(/^refs\/heads\//, ''))) {
    case 'branch-protection':
      return {
        reason: 'protected branch hook declined',
        says: [`error: GH006: Protected branch update failed for ${ref}.`, `error: ${because}`],
      };
    case 'ruleset':
      return {
        reason: 'push declined due to repository rule violations',
        says: [`error: GH013: Repository rule violations found for ${ref}.`, '', `- ${because}`, ''],
      };
    default:
      return null;
  }
}

const nameRefusal = (ref: string): PushRefusal | null =>
  /^refs\/heads\/[0-9a-f]{40}$/.test(ref)
    ? {
        reason: 'pre-receive hook declined',
        says: [
          'error: GH002: Sorry, branch or tag names consisting of 40 hex characters are not allowed.',
          `error: Invalid branch or tag name "${ref.slice(11)}"`,
        ],
      }
    : null;

/**
 * A workflow that a push makes or changes, for which an App needs `workflows: write`, which ours is not given. One that another
 * branch has in the same place may come along (docs.github.com, "Scopes for OAuth apps", `workflow`).
 */
async function newWorkflow(
  repository: Repository,
  commands: readonly PushCommand[],
  pack: Buffer,
): Promise<{ readonly ref: string; readonly path: string } | null> {
  const { path } = repository;
  const workflows = async (commit: string, env: NodeJS.ProcessEnv = {}) =>
    (await runGit(path, ['ls-tree', '-r', '-z', commit, '--', '.github/workflows/'], { env }))
      .toString()
      .split('\0')
      .filter((entry) => entry !== '');
  const folder = await mkdtemp(join(tmpdir(), 'loopback-push-'));
  try {
    const env = {
      GIT_OBJECT_DIRECTORY: folder,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: join(path, 'objects'),
    };
    // What cannot be unpacked is git's own to refuse.
    const isWhole = await runGit(path, ['unpack-objects', '-q'], { input: pack, env }).then(
      () => true,
      () => false,
    );
    if (!isWhole) return null;
    const known = new Set<string>();
    for (const commit of (await branchesOf(repository)).values())
      for (const entry of await workflows(commit)) known.add(entry);
    for (const { ref, after } of commands) {
      if (/^0+$/.test(after) || (await askGit(path, ['cat-file', '-t', after], env)) !== 'commit') continue;
      const entry = (await workflows(after, env)).find((one) => !known.has(one));
      if (entry !== undefined) return { ref, path: entry.slice(entry.indexOf('\t') + 1) };
    }
    return null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
