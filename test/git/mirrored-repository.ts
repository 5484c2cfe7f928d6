import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  createMirrors,
  type MirrorSettings,
  type Mirrors,
  type WantedPullRequest,
} from '../../src/git/mirrors.ts';
import { type TempRepository, tempFolder, tempRepository } from '../support/temp-repository.ts';
import { type MirrorServer, mirrorServer } from './mirror-server.ts';
import { KEY } from './mirrored-repository-key.ts';

export { KEY };

/** A repository on a server, with pull request 7 of it: `main` and the head have gone apart. */
export interface MirroredRepository {
  readonly server: MirrorServer;
  readonly source: TempRepository;
  readonly folder: string;
  readonly mirrors: Mirrors;
  readonly fork: string;
  readonly base: string;
  readonly head: string;
  /** Sets a ref on the server to a commit of the source. */
  push(commit: string, ref: string): void;
  wanted(over?: Partial<WantedPullRequest>): WantedPullRequest;
  settings(over?: Partial<MirrorSettings>): MirrorSettings;
}

export async function mirroredRepository(...initOptions: string[]): Promise<MirroredRepository> {
  const server = await mirrorServer(...initOptions);
  const source = tempRepository(...initOptions);
  const push = (commit: string, ref: string): void => {
    source.git('push', '--quiet', '--force', server.path, `${commit}:${ref}`);
  };
  const fork = source.commit({ 'a.ts': 'one\n', 'b.ts': 'one\n' });
  const base = source.commit({ 'b.ts': 'two\n' }, 'main goes on');
  source.git('checkout', '--quiet', '-b', 'topic', fork);
  const head = source.commit({ 'a.ts': 'two\n' }, 'the change');
  push(base, 'refs/heads/main');
  push(head, 'refs/pull/7/head');
  const folder = tempFolder();
  const settings = (over: Partial<MirrorSettings> = {}): MirrorSettings => ({
    folder,
    maxBytes: 1e9,
    env: { PATH: process.env['PATH'] },
    waitMs: 30_000,
    ...over,
  });
  return {
    server,
    source,
    folder,
    mirrors: createMirrors(settings()),
    fork,
    base,
    head,
    push,
    settings,
    wanted: (over = {}) => ({
      key: KEY,
      url: server.url,
      token: null,
      number: 7,
      head,
      base: { ref: 'main', sha: base },
      signal: new AbortController().signal,
      ...over,
    }),
  };
}

/** The folder of its mirror. */
export const placeOf = ({ folder }: MirroredRepository): string => join(folder, 'github.com', String(KEY.id));

/** Text that does not compress well. */
export function randomText(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCharCode(33 + (state % 90));
  }).join('');
}

/** What is not finished in the folder of its mirror, or locked. */
export const unfinished = (at: MirroredRepository): string[] =>
  readdirSync(placeOf(at), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /tmp_|lock|\.keep|removed/.test(name),
  );
