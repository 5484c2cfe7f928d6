import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noteReview, runningReviews } from '../../src/sessions/running-reviews.ts';
import { tempFolder } from '../support/temp-repository.ts';

const COMMIT = '1'.repeat(40);

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
    const note = noteReview(folder);
    expect(runningReviews(folder)).toMatchObject([{ pid: process.pid, commit: null }]);
    note.names(COMMIT);
    expect(runningReviews(folder)).toMatchObject([{ pid: process.pid, commit: COMMIT }]);
    note.remove();
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder)).toEqual([]);
  });

  it('several at once do not hide each other', async () => {
    const folder = tempFolder();
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    onTestFinished(() => void other.kill('SIGKILL'));
    const note = noteReview(folder);
    const startedAt = new Date().toISOString();
    leave(folder, `${other.pid}.json`, JSON.stringify({ pid: other.pid, commit: COMMIT, startedAt }));
    expect(runningReviews(folder).map(({ pid }) => pid)).toEqual(
      expect.arrayContaining([process.pid, other.pid]),
    );
    other.kill('SIGKILL');
    await once(other, 'exit');
    expect(runningReviews(folder)).toMatchObject([{ pid: process.pid }]);
    expect(left(folder)).toEqual([`${process.pid}.json`]);
    note.remove();
  });

  it('of a process that is gone is taken away', () => {
    const folder = tempFolder();
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    leave(folder, `${pid}.json`, JSON.stringify({ pid, commit: COMMIT, startedAt: '' }));
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder)).toEqual([]);
  });

  it('another process that has the number of one that was killed is not taken for it', () => {
    const folder = tempFolder();
    const { pid } = process;
    leave(folder, `${pid}.json`, JSON.stringify({ pid, commit: COMMIT, startedAt: '' }), 61);
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder)).toEqual([]);
  });

  it('half of a note, and what is none, is not read; it is taken away when nobody writes it any more', () => {
    const folder = tempFolder();
    const whole = JSON.stringify({ pid: process.pid, commit: COMMIT, startedAt: '' });
    leave(folder, '1.json', whole.slice(0, -5));
    leave(folder, '2.json.new', whole);
    leave(folder, '3.json', '{"pid":"x"}', 61);
    expect(runningReviews(folder)).toEqual([]);
    expect(left(folder).sort()).toEqual(['1.json', '2.json.new']);
  });
});
