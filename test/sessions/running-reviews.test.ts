import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  announceReview,
  noteReview,
  type RunningReview,
  runningReviews,
} from '../../src/sessions/running-reviews.ts';
import { tempFolder } from '../support/temp-repository.ts';

const COMMIT = '1'.repeat(40);
const BASE = '2'.repeat(40);
const AWAITED = { gitDir: '/repository/.git', base: BASE };
const note = (fields: Partial<RunningReview> = {}): string =>
  JSON.stringify({ ...AWAITED, pid: process.pid, commit: COMMIT, startedAt: '', ...fields });

/** Another process, which does nothing until the test is over. */
function otherProcess() {
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  onTestFinished(() => void other.kill('SIGKILL'));
  if (other.pid === undefined) throw new Error('no process could be started');
  return { other, pid: other.pid };
}

/** Writes a note as another process would have. */
function leave(folder: string, name: string, text: string, secondsAgo = 0): void {
  const running = join(folder, 'code-agent/running');
  mkdirSync(running, { recursive: true });
  writeFileSync(join(running, name), text);
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(join(running, name), at, at);
}

const left = (folder: string): string[] => readdirSync(join(folder, 'code-agent/running'));

describe('reviews that are going on', () => {
  it('are seen with their commit as soon as there is one, and no longer when they are over', () => {
    const folder = tempFolder();
    expect(runningReviews(folder)).toEqual([]);
    const review = noteReview(folder, AWAITED);
    expect(runningReviews(folder)).toMatchObject([{ ...AWAITED, pid: process.pid, commit: null }]);
    review.names(COMMIT);
    expect(runningReviews(folder)).toMatchObject([{ ...AWAITED, pid: process.pid, commit: COMMIT }]);
    review.remove();
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder)).toEqual([]);
  });

  it('several at once do not hide each other', async () => {
    const folder = tempFolder();
    const { other, pid } = otherProcess();
    const review = noteReview(folder, AWAITED);
    leave(folder, `${pid}.json`, note({ pid }));
    expect(runningReviews(folder).map((running) => running.pid)).toEqual(
      expect.arrayContaining([process.pid, pid]),
    );
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(runningReviews(folder)).toMatchObject([{ pid: process.pid }]);
    expect(left(folder)).toEqual([`${process.pid}.json`]);
    review.remove();
  });

  it('are seen before they have said anything themselves, when who started them has', () => {
    const folder = tempFolder();
    const { pid } = otherProcess();
    announceReview(folder, pid, AWAITED);
    expect(runningReviews(folder)).toMatchObject([{ ...AWAITED, pid, commit: null }]);
  });

  it('of two that await the same commit the one that began earlier is overtaken', () => {
    const folder = tempFolder();
    const { pid } = otherProcess();
    const review = noteReview(folder, AWAITED);
    onTestFinished(() => review.remove());
    const isOvertakenBy = (fields: Partial<RunningReview>): boolean => {
      leave(folder, `${pid}.json`, note({ pid, commit: null, ...fields }));
      return review.isOvertaken();
    };
    const [earlier, later] = ['2000-01-01T00:00:00.000Z', '9999-01-01T00:00:00.000Z'];
    expect(review.isOvertaken()).toBe(false);
    expect(isOvertakenBy({ startedAt: later })).toBe(true);
    expect(isOvertakenBy({ startedAt: later, commit: COMMIT })).toBe(true);
    expect(isOvertakenBy({ startedAt: earlier })).toBe(false);
    expect(isOvertakenBy({ startedAt: later, base: null })).toBe(false);
    expect(isOvertakenBy({ startedAt: later, gitDir: '/repository/.git/worktrees/other' })).toBe(false);
  });

  it('of a process that is gone is taken away', () => {
    const folder = tempFolder();
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    leave(folder, `${pid}.json`, note({ pid }));
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder)).toEqual([]);
  });

  it('another process that has the number of one that was killed is not taken for it', () => {
    const folder = tempFolder();
    leave(folder, `${process.pid}.json`, note(), 61);
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder)).toEqual([]);
  });

  it('half of a note, and what is none, is not read; it is taken away when nobody writes it any more', () => {
    const folder = tempFolder();
    leave(folder, '1.json', note().slice(0, -5));
    leave(folder, '2.json.1', note());
    leave(folder, '3.json', '{"pid":"x"}', 61);
    leave(folder, '4.json', 'null');
    leave(folder, '5.json', note({ commit: '\u001b[31m' }));
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder).sort()).toEqual(['1.json', '2.json.1', '4.json', '5.json']);
  });
});
