import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { fetchFailure } from '../../src/git/fetch-failure.ts';
import { createMirrors } from '../../src/git/mirrors.ts';
import { claimName } from '../../src/git/process-claim.ts';
import { tempFolder } from '../support/temp-repository.ts';
import {
  type MirroredRepository,
  mirroredRepository,
  placeOf,
  randomText,
  unfinished,
} from './mirrored-repository.ts';

const USER = resolve(import.meta.dirname, '../../node_modules/.mirror-user.mjs');

beforeAll(async () => {
  await build({
    entryPoints: [join(import.meta.dirname, 'mirror-user.ts')],
    outfile: USER,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'warning',
  });
});

afterAll(() => rmSync(USER, { force: true }));

interface User {
  readonly child: ChildProcess;
  /** The first line that it says; '' when it was killed before. */
  readonly said: Promise<string>;
  readonly ended: Promise<void>;
}

/** A process of its own that uses the mirror. */
function user({ folder, server, head, base }: MirroredRepository, hold = false): User {
  const args = [USER, folder, server.url, head, base, hold ? 'hold' : ''];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  const said = new Promise<string>((done) => {
    child.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) done(text.trim());
    });
    child.on('close', () => done(text.trim()));
  });
  return { child, said, ended: new Promise((done) => child.on('close', () => done())) };
}

/** The processes of git that work in the folder. */
const gitsIn = (folder: string): string[] =>
  readdirSync('/proc').filter((pid) => {
    try {
      return (
        /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`GIT_DIR=${folder}`)
      );
    } catch {
      return false;
    }
  });

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 400) throw new Error('it never came to be');
    await sleep(25);
  }
}

const expected = ({ fork, head }: MirroredRepository): string => `${fork}..${head}`;

/** As {@link mirroredRepository}, with a head that takes some packets to send. */
async function bigRepository(bytes = 400_000): Promise<MirroredRepository> {
  const at = await mirroredRepository();
  const head = at.source.commit({ big: randomText(bytes) });
  at.push(head, 'refs/pull/7/head');
  return { ...at, head, wanted: (over) => at.wanted({ head, ...over }) };
}

/** The claim of a process of this machine that is gone: no number of a process is so large. */
const deadClaim = (): string => claimName().replace(/^\d+/, '4194305');

describe('several processes', () => {
  it('eight at once on one mirror: one fetches, all have it', async () => {
    const at = await bigRepository();
    const users = Array.from({ length: 8 }, () => user(at));
    expect(new Set(await Promise.all(users.map(({ said }) => said)))).toEqual(new Set([expected(at)]));
    await Promise.all(users.map(({ ended }) => ended));
    // One for the list of refs, one for the pack.
    expect(at.server.requests.filter(({ line }) => line.startsWith('POST'))).toHaveLength(2);
    expect(unfinished(at)).toEqual([]);
  });

  it('one that works with it keeps it from the others, until it is killed', async () => {
    const at = await mirroredRepository();
    const holder = user(at, true);
    expect(await holder.said).toBe(expected(at));
    const everything = { maxTotalBytes: 0, olderThanMs: -1 };
    expect(await at.mirrors.prune(everything)).toEqual([]);
    expect(await at.mirrors.list()).toEqual([expect.objectContaining({ inUse: true })]);
    holder.child.kill('SIGKILL');
    await holder.ended;
    expect(await at.mirrors.prune(everything)).toEqual(['github.com/4711']);
    expect(readdirSync(join(at.folder, 'github.com'))).toEqual([]);
  });

  it('57 a lock that another process holds is waited for, not for ever', async () => {
    const at = await mirroredRepository();
    let go = (): void => {};
    const blocked = new Promise<void>((done) => {
      go = done;
    });
    at.server.part = () => blocked;
    const first = user(at);
    await until(() => at.server.requests.length > 0);
    const impatient = createMirrors(at.settings({ waitMs: 200 }));
    const work = async () => 'done';
    await expect(impatient.withPullRequest(at.wanted(), work)).rejects.toMatchObject({
      kind: 'busy',
      retryable: true,
    });
    const stop = new AbortController();
    const stopped = at.mirrors.withPullRequest(at.wanted({ signal: stop.signal }), work);
    setTimeout(() => stop.abort(), 100);
    await expect(stopped).rejects.toMatchObject({ exitCode: 4 });
    const second = at.mirrors.withPullRequest(at.wanted(), work);
    go();
    expect([await first.said, await second]).toEqual([expected(at), 'done']);
    await first.ended;
    expect(unfinished(at)).toEqual([]);
  });

  it('49 killed at any moment of a fetch: the next one works, and nothing is left', async () => {
    for (let step = 1; ; step += step < 6 ? 1 : 5) {
      const at = await bigRepository(100_000);
      let steps = 0;
      let victim: User | undefined;
      const count = async (): Promise<void> => {
        steps += 1;
        if (steps !== step) return;
        victim?.child.kill('SIGKILL');
        await victim?.ended;
      };
      at.server.intercept = async () => {
        await count();
        return false;
      };
      at.server.part = count;
      victim = user(at);
      const said = await victim.said;
      await victim.ended;
      if (said !== '') {
        expect(said).toBe(expected(at));
        expect(step).toBeGreaterThan(6);
        return;
      }
      victim = undefined;
      expect(await at.mirrors.withPullRequest(at.wanted(), async ({ range }) => range)).toBe(expected(at));
      await until(() => gitsIn(at.folder).length === 0);
      expect(unfinished(at)).toEqual([]);
      expect(await at.mirrors.list()).toEqual([expect.objectContaining({ inUse: false, packs: 1 })]);
    }
  }, 60_000);

  it.each([0, 5, 10, 15, 20, 30])('49 killed %i ms after all of it came: the next one works', async (ms) => {
    const at = await bigRepository();
    let victim: User | undefined;
    at.server.intercept = ({ method }, response) => {
      const posts = at.server.requests.filter(({ line }) => line.startsWith('POST')).length;
      if (method === 'POST' && posts === 2) {
        response.on('finish', () => setTimeout(() => victim?.child.kill('SIGKILL'), ms));
      }
      return false;
    };
    victim = user(at);
    await victim.ended;
    expect(await at.mirrors.withPullRequest(at.wanted(), async ({ range }) => range)).toBe(expected(at));
    await until(() => gitsIn(at.folder).length === 0);
    expect(unfinished(at)).toEqual([]);
  });

  it('what one that was killed has left is taken away: locks, parts of packs, kept packs', async () => {
    const at = await mirroredRepository();
    await at.mirrors.withPullRequest(at.wanted(), async () => undefined);
    const place = placeOf(at);
    const dead = deadClaim();
    const left = [
      `lock/${dead}`,
      `lock.${dead}/${dead}`,
      'repository.git/packed-refs.lock',
      'repository.git/refs/code-agent/pull/7/head.lock',
      'repository.git/objects/pack/tmp_pack_abc',
      'repository.git/objects/pack/pack-1.keep',
      'repository.git/objects/pack/pack-1.pack',
      'removed/config',
    ];
    for (const name of left) {
      mkdirSync(join(place, name, '..'), { recursive: true });
      writeFileSync(join(place, name), '');
    }
    const head = at.source.commit({ 'c.ts': 'c\n' });
    at.push(head, 'refs/pull/7/head');
    await at.mirrors.withPullRequest(at.wanted({ head }), async () => undefined);
    expect(left.filter((name) => existsSync(join(place, name)))).toEqual([]);
    // It was not made anew for them.
    expect(await at.mirrors.list()).toEqual([expect.objectContaining({ packs: 2 })]);
  });

  it('a lock of one that is gone goes to exactly one of many', async () => {
    const at = await mirroredRepository();
    const dead = deadClaim();
    mkdirSync(join(placeOf(at), 'lock'), { recursive: true });
    writeFileSync(join(placeOf(at), 'lock', dead), '');
    let atOnce = 0;
    let most = 0;
    at.server.intercept = async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await sleep(30);
      atOnce -= 1;
      return false;
    };
    const users = Array.from({ length: 6 }, () => user(at));
    for (const { said } of users) expect(await said).toBe(expected(at));
    expect(most).toBe(1);
  });
});

describe('52 a disk that is full', () => {
  it('is told as such, and what came is removed', async () => {
    const at = await bigRepository();
    // No file of git may grow over 50 kB: the nearest to a full disk that needs no rights.
    const programs = tempFolder();
    const found = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
    const limited = `#!/bin/sh\ntrap '' XFSZ\nulimit -f 100\nexec ${found} "$@"\n`;
    writeFileSync(join(programs, 'git'), limited, { mode: 0o755 });
    const full = createMirrors(at.settings({ env: { PATH: `${programs}:${process.env['PATH']}` } }));
    await expect(full.withPullRequest(at.wanted(), async () => undefined)).rejects.toMatchObject({
      kind: 'no-space',
      retryable: true,
      message: expect.stringContaining('there is no room for it'),
    });
    expect(unfinished(at)).toEqual([]);
    expect(await at.mirrors.withPullRequest(at.wanted(), async ({ range }) => range)).toBe(expected(at));
  });

  it.each([
    'fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output',
    'error: file write error: Disk quota exceeded\nfatal: unpack-objects error',
    "fatal: unable to create '/x/refs/code-agent/newest.lock': No space left on device",
  ])('by what git says: %s', (stderr) => {
    expect(fetchFailure(stderr, 'github.com/owner/name')).toMatchObject({
      kind: 'no-space',
      retryable: true,
    });
  });
});
