import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ToolFailure } from '../../src/agent/tool.ts';
import { createApplyPatch } from '../../src/tools/apply-patch.ts';
import { createDeleteFile } from '../../src/tools/delete-file.ts';
import { createEditFile } from '../../src/tools/edit-file.ts';
import { createMoveFile } from '../../src/tools/move-file.ts';
import { createTurns } from '../../src/tools/take-turns.ts';
import { WorkFileError } from '../../src/tools/work-file-error.ts';
import type { WorkFiles } from '../../src/tools/work-files.ts';
import { createWriteFile } from '../../src/tools/write-file.ts';
import { openWorkFiles } from '../../src/worktree/work-files.ts';
import { run } from '../support/temp-repository.ts';
import { ESCAPE_ATTEMPTS } from './escape-attempts.ts';
import { everythingIn, SECRET, type WorkPlace, workPlace } from './work-place.ts';

/** Every way to use one path. Each answers what it was told, if anything. */
const WAYS: readonly ((files: WorkFiles, path: string) => Promise<unknown>)[] = [
  async (files, path) => (await files.read(path))?.toString(),
  (files, path) => files.isExecutable(path),
  (files, path) => files.write(path, Buffer.from('written')),
  (files, path) => files.write(path, Buffer.from('#!/bin/sh\n'), { executable: true }),
  (files, path) => files.move('README.md', path),
  (files, path) => files.move(path, 'stolen.txt'),
  (files, path) => files.remove(path),
];

const { signal } = new AbortController();
const toolWays = (files: WorkFiles): readonly ((path: string) => Promise<unknown>)[] => {
  const changes = { files, turns: createTurns(), changed: () => {} };
  const context = { signal };
  return [
    (path) => createWriteFile(changes).run({ path, content: 'written' }, context),
    (path) => createEditFile(changes).run({ path, old_text: 'nobody', new_text: 'everybody' }, context),
    (path) => createMoveFile(changes).run({ from: 'README.md', to: path }, context),
    (path) => createMoveFile(changes).run({ from: path, to: 'stolen.txt' }, context),
    (path) => createDeleteFile(changes).run({ path }, context),
    (path) =>
      createApplyPatch({ ...changes, deletes: true }).run(
        { patch: `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+written\n` },
        context,
      ),
    (path) =>
      createApplyPatch({ ...changes, deletes: true }).run(
        { patch: `--- a/${path}\n+++ /dev/null\n@@ -1 +0,0 @@\n-${SECRET}` },
        context,
      ),
  ];
};

/** What happened, as far as it is told: the answer, or the failure. */
const outcome = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

describe.each(ESCAPE_ATTEMPTS.map((attempt, index) => [index + 1, attempt.name, attempt] as const))(
  '%i: %s',
  (_, __, { arrange, paths, submodules = [], mayBeDone = false }) => {
    async function arranged(skip: (why: string) => void): Promise<WorkPlace> {
      const place = workPlace();
      if ((await arrange?.(place)) === false) skip('cannot be arranged by this user on this machine');
      return place;
    }

    it.for([
      ['with descriptors', {}],
      ['by paths alone', { descriptors: null }],
    ] as const)('leads nowhere %s', async ([, how], { skip }) => {
      const place = await arranged(skip);
      const { folder, backup } = place;
      const files = await openWorkFiles({ folder, backup, maxBytes: 1e6, submodules, ...how });
      const [outside, inside] = [place.seen(), everythingIn(folder)];
      for (const path of paths(place)) {
        for (const way of WAYS) {
          const result = await outcome(way(files, path));
          if (!mayBeDone) {
            expect(result, `${way} ${path.slice(0, 80)}`).toBeInstanceOf(WorkFileError);
            expect(String(result).length).toBeLessThan(1_000);
            expect(everythingIn(folder)).toEqual(inside);
          }
          expect(place.seen()).toEqual(outside);
        }
      }
    });

    it('leads nowhere through a tool', async ({ skip }) => {
      const place = await arranged(skip);
      const { folder, backup } = place;
      const files = await openWorkFiles({ folder, backup, maxBytes: 1e6, submodules });
      const outside = place.seen();
      for (const path of paths(place)) {
        for (const way of toolWays(files)) {
          const result = await outcome(way(path));
          if (result instanceof Error) expect(result).toBeInstanceOf(ToolFailure);
          expect(JSON.stringify(result)).not.toContain(SECRET.slice(0, 12));
          expect(place.seen()).toEqual(outside);
        }
      }
    });
  },
);

/** Runs in another process: puts a link where the folder or the file is, and takes it away again, without an end. */
const SWAPPER = `
const fs = require('node:fs');
const [at, target, aside] = process.argv.slice(1);
const attempt = (work) => { try { work(); } catch {} };
process.stdout.write('begun');
for (;;) {
  attempt(() => fs.renameSync(at, aside));
  attempt(() => fs.symlinkSync(target, at));
  for (let wait = 0; wait < 2000; wait += 1);
  attempt(() => fs.unlinkSync(at));
  attempt(() => fs.rmSync(at, { recursive: true }));
  attempt(() => fs.renameSync(aside, at));
  for (let wait = 0; wait < 2000; wait += 1);
}
`;

async function swapping(at: string, target: string, aside: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['-e', SWAPPER, at, target, aside], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the swapper has ended')));
  });
  return child;
}

const ROUNDS = 2_000;

interface Swap {
  readonly what: string;
  /** What is swapped for a link, in the worktree. */
  readonly at: string;
  /** To what, outside. */
  readonly target: string;
  readonly paths: readonly string[];
}

const SWAPS: readonly Swap[] = [
  { what: 'the only folder', at: 'src', target: 'src', paths: ['src/canary.txt', 'src/new.txt'] },
  {
    what: 'the first of three folders',
    at: 'src',
    target: '.',
    paths: ['src/src/deep/canary.txt', 'src/src/deep/new.txt'],
  },
  {
    what: 'the last of three folders',
    at: 'src/one/deep',
    target: 'src/deep',
    paths: ['src/one/deep/canary.txt', 'src/one/deep/new.txt'],
  },
  { what: 'the file', at: 'src/canary.txt', target: 'src/canary.txt', paths: ['src/canary.txt'] },
];

describe.each(SWAPS)('$what is swapped for a link between check and use', ({ at, target, paths }) => {
  it(`leads nowhere in ${ROUNDS} rounds of each`, { timeout: 180_000 }, async () => {
    const place = workPlace();
    const { folder, backup, outside } = place;
    const isFile = at.endsWith('.txt');
    if (!isFile) mkdirSync(join(folder, at, at === 'src' ? 'src/deep' : '.'), { recursive: true });
    writeFileSync(join(folder, isFile ? at : `${at}/x`), 'mine\n');
    const files = await openWorkFiles({ folder, backup, maxBytes: 1e6 });
    const before = place.seen();
    const child = await swapping(join(folder, at), join(outside, target), join(folder, 'aside'));
    const told = { done: 0, refused: 0 };
    const note = async (work: Promise<unknown>): Promise<void> => {
      const result = await outcome(work);
      if (result instanceof Error) expect(result).toBeInstanceOf(WorkFileError);
      if (result instanceof Error) told.refused += 1;
      else told.done += 1;
      if (Buffer.isBuffer(result)) expect(result.toString()).not.toBe(SECRET);
    };
    for (let round = 0; round < ROUNDS; round += 1) {
      const path = paths[round % paths.length] ?? '';
      await note(files.write(path, Buffer.from(`round ${round}\n`)));
      await note(files.read(path));
      if (round % 4 === 1) await note(files.remove(path));
      if (round % 4 === 3) await note(files.move(path, 'moved.txt').then(() => files.remove('moved.txt')));
    }
    child.kill('SIGKILL');
    expect(place.seen()).toEqual(before);
    // The other process came in between, and not always.
    expect(told.done).toBeGreaterThan(0);
    expect(told.refused).toBeGreaterThan(0);
  });
});

describe('what is mounted in the worktree', () => {
  it("is not git's own folder under another name, and no other file system", async ({ skip }) => {
    const place = workPlace();
    const { folder, backup } = place;
    for (const name of ['alias', 'src/other']) mkdirSync(join(folder, name), { recursive: true });
    const before = place.seen();
    const script = `mount --bind "$0/.git" "$0/alias" && mount -t tmpfs none "$0/src/other" && echo mounted && exec "$@"`;
    const program = [process.execPath, 'scripts/run.mjs', join(import.meta.dirname, 'try-paths.ts')];
    const paths = ['alias/config', 'alias/hooks/pre-commit', 'alias/new', 'src/other/new', 'src/fine'];
    const ran = await run(
      'unshare',
      ['--mount', '--map-root-user', 'sh', '-c', script, folder, ...program, folder, backup, ...paths],
      { cwd: join(import.meta.dirname, '../..'), env: { PATH: process.env['PATH'] } },
    );
    if (!ran.stdout.startsWith('mounted')) skip('no name space of mounts can be made here');
    expect([ran.stderr, ran.stdout.trimEnd().split('\n').slice(1)]).toEqual([
      '',
      [
        "alias/config: alias/config lies in git's own folder.",
        "alias/hooks/pre-commit: alias/hooks/pre-commit lies in git's own folder.",
        "alias/new: alias/new lies in git's own folder.",
        'src/other/new: src/other is on another file system.',
        'src/fine: written',
      ],
    ]);
    expect(place.seen()).toEqual(before);
  });
});
