import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorktreeKind } from './escapes.cases.ts';

/**
 * What a command must not touch: files and a home beside its worktree, servers, a neighbour process, all of the same user. Each is
 * real, and is looked at from outside.
 */
export interface World {
  /** In the environment of the neighbour and of the controller, in files, and nowhere else. */
  readonly canary: string;
  /** A worktree, new. */
  worktree(kind: WorktreeKind): string;
  /** What scripts are told of what they are to reach. */
  variables(controller: number): Record<string, string>;
  /** Begins an attempt. Answers what says which of all that was touched. */
  begin(work: string, controller: number): () => string[];
  remove(): void;
}

/** Listens where no file is (unix(7), abstract), and writes down who comes. */
const NEIGHBOUR = `
use Socket;
socket(my $server, AF_UNIX, SOCK_STREAM, 0) or die;
bind($server, pack('Sa*', AF_UNIX, "\\0" . $ENV{ABSTRACT})) or die;
listen($server, 5);
$| = 1; print "ready\\n";
while (accept(my $client, $server)) { open(my $file, '>>', $ENV{CONTACT}); print $file "abstract\\n"; close $client }
`;

/** A worktree with a repository in it, and a library that is evil, for all worlds. */
export interface Template {
  readonly folder: string;
  remove(): void;
}

export function createTemplate(): Template {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-template-'));
  writeFileSync(join(folder, 'file.txt'), 'one\n');
  const scripts = { postinstall: 'echo ran > postinstalled' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', version: '1.0.0', scripts }));
  const git = (...args: string[]): void => {
    const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' };
    const who = ['-c', 'user.name=A', '-c', 'user.email=a@example.com'];
    execFileSync('git', [...who, ...args], { cwd: folder, env, stdio: 'ignore' });
  };
  // Without examples of hooks: it is copied for each attempt.
  git('init', '--quiet', '--initial-branch=main', '--template=');
  mkdirSync(join(folder, '.git/hooks'));
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
  compileLibrary(join(folder, 'evil.so'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export async function createWorld({ folder: template }: Template, uid: number | null): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'code-agent-world-'));
  const token = randomBytes(8).toString('hex');
  const canary = `canary-${randomBytes(12).toString('hex')}`;
  const outside = join(folder, 'outside');
  const person = join(folder, 'person');
  const contact = join(folder, 'contacts');
  const write = (path: string, text: string): void => {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
  };
  write(join(outside, 'secret'), canary);
  write(join(person, '.ssh/id_ed25519'), canary);
  write(join(person, '.aws/credentials'), canary);
  write(join(person, '.config/gh/hosts.yml'), canary);
  write(join(person, '.bashrc'), '# nothing\n');
  write(contact, '');
  cpSync(join(template, '.git'), join(outside, 'repository.git'), { recursive: true });
  chmodSync(folder, 0o755);
  const give = (path: string): void => {
    if (uid === null) return;
    for (const name of [path, ...everyPath(path)]) chownSync(name, uid, uid);
  };
  give(folder);

  const contacts: string[] = [];
  const servers: Server[] = [];
  const listen = async (what: string, where: ListenOptions): Promise<number> => {
    const server = createServer((socket) => {
      contacts.push(what);
      socket.end(canary);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(where, resolve));
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const port = await listen('a server of this machine', { port: 0, host: '0.0.0.0' });
  await listen('a socket by its path', { path: join(outside, 'socket') });
  chmodSync(join(outside, 'socket'), 0o777);
  const udp = createSocket('udp4');
  udp.on('message', () => contacts.push('UDP'));
  await new Promise<void>((resolve) => udp.bind(0, '127.0.0.1', resolve));
  const neighbour = await startNeighbour(uid, {
    CANARY: canary,
    ABSTRACT: `code-agent-${token}`,
    CONTACT: contact,
  });
  const own = Object.values(networkInterfaces()).flat();
  const address = own.find((found) => found?.family === 'IPv4' && !found.internal)?.address ?? '127.0.0.1';
  let worktrees = 0;

  return {
    canary,
    worktree(kind) {
      worktrees += 1;
      const work = join(folder, `work${worktrees}`);
      cpSync(template, work, { recursive: true });
      if (kind !== 'repository') rmSync(join(work, '.git'), { recursive: true });
      if (kind === 'link') writeFileSync(join(work, '.git'), `gitdir: ${join(outside, 'repository.git')}\n`);
      give(work);
      return work;
    },
    variables: (controller) => ({
      TOKEN: token,
      OUTSIDE: outside,
      PERSON: person,
      CONTROLLER: String(controller),
      NEIGHBOUR: String(neighbour.pid),
      PORT: String(port),
      UDP_PORT: String(udp.address().port),
      ADDRESS: address,
      SOCKET: join(outside, 'socket'),
      ABSTRACT: `code-agent-${token}`,
    }),
    begin(work, controller) {
      const looks = {
        'a file beside the worktree': () => digest(outside) + digest(contact),
        'the home of the person': () => digest(person),
        'the .git of the worktree': () => digest(join(work, '.git')),
        'the settings of the kernel': () => readFileSync('/proc/sys/kernel/core_pattern', 'utf8'),
        'a folder for temporary files': () => namesWith(token),
      };
      const before = Object.entries(looks).map(([what, look]) => ({ what, look, was: look() }));
      return () => {
        const found = [...new Set(contacts.splice(0))];
        for (const { what, look, was } of before) if (look() !== was) found.push(what);
        for (const [what, pid] of [
          ['the controller', controller],
          ['the neighbour', neighbour.pid ?? 0],
        ] as const)
          if (!isAlive(pid)) found.push(`${what}, which is not there any more`);
        for (const process of processesWith(token)) found.push(`the list of processes: ${process} is alive`);
        for (const path of everyPath(work))
          if ((lstatSync(path).mode & 0o6000) !== 0) found.push(`${path}, which runs as its owner`);
        return found;
      };
    },
    remove() {
      for (const pid of processesWith(token)) kill(Number(pid));
      for (const place of PLACES) rmSync(join(place, token), { force: true });
      for (const server of servers) server.close();
      udp.close();
      neighbour.kill('SIGKILL');
      // Also what nobody may look into, and what is deeper than a path may be long.
      execFileSync('chmod', ['-R', 'u+rwX', folder], { stdio: 'ignore' });
      execFileSync('rm', ['-rf', folder]);
    },
  };
}

/** A library that writes a file as soon as a program is started with it. */
function compileLibrary(file: string): void {
  const source = `#include <stdio.h>
#include <stdlib.h>
__attribute__((constructor)) static void start(void) {
  char path[4096];
  snprintf(path, sizeof path, "%s/written", getenv("OUTSIDE") ? getenv("OUTSIDE") : "");
  FILE *file = fopen(path, "w");
  if (file) fclose(file);
}
`;
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-x', 'c', '-o', file, '-'], { input: source, stdio: 'pipe' });
  } catch {
    console.warn('NOT EXERCISED: sandbox: a library for the programs outside (no C compiler)');
  }
}

async function startNeighbour(uid: number | null, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn('perl', ['-e', NEIGHBOUR], {
    env,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(uid !== null && { uid, gid: uid }),
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

/** All below a folder, no link followed, as far as a path reaches. */
function everyPath(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      return path.length > 2000 ? [] : [path, ...(entry.isDirectory() ? everyPath(path) : [])];
    });
  } catch {
    return [];
  }
}

/** Changes when a file, its content, its mode or a link below does. */
function digest(path: string): string {
  const hash = createHash('sha256');
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return 'nothing';
  for (const name of [path, ...everyPath(path)].sort()) {
    const { mode, nlink } = lstatSync(name);
    const isFolder = lstatSync(name).isDirectory();
    hash.update(`${name} ${mode} ${isFolder ? '' : nlink}\n`);
    if (lstatSync(name).isFile()) hash.update(readFileSync(name));
    if (lstatSync(name).isSymbolicLink()) hash.update(readlinkSync(name));
  }
  return hash.digest('hex');
}

const PLACES = ['/tmp', '/var/tmp', '/dev/shm'];

const namesWith = (token: string): string =>
  PLACES.flatMap((folder) => readdirSync(folder).filter((name) => name.includes(token))).join();

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** Those that a script has started: they have the token in their environment or their arguments. */
function processesWith(token: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
        const args = readFileSync(`/proc/${pid}/cmdline`, 'latin1');
        return environment.includes(`TOKEN=${token}`) || args.includes(token);
      } catch {
        return false;
      }
    });
}
