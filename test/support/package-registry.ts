import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { tempFolder } from './temp-repository.ts';

/** A registry of npm on loopback, that has what a lock file names and nothing else. Stopped after the test. */
export interface PackageRegistry {
  /** `localhost:4711`. */
  readonly host: string;
  /** What it was asked for, `GET /pace/-/pace-1.0.0.tgz`, by the name that it has. */
  readonly asked: readonly string[];
  /** The `package-lock.json` of a package that depends on all that there is. `from`: where that is said to be; without it, here. */
  lock(name: string, options?: { from?: string; more?: Record<string, unknown> }): string;
}

/** `packages`: their files, by their names; each gets a `package.json`, with what it says there. */
export async function startRegistry(
  packages: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<PackageRegistry> {
  const tarballs = new Map(
    Object.entries(packages).map(([name, files]) => [`/${name}/-/${name}-1.0.0.tgz`, packed(name, files)]),
  );
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const tarball = tarballs.get(request.url ?? '');
    asked.push(`${request.method} ${request.url}`);
    const isRight = request.method === 'GET' && request.headers.host === host;
    if (!isRight || tarball === undefined) response.writeHead(isRight ? 404 : 400).end();
    else response.writeHead(200, { 'Content-Type': 'application/octet-stream' }).end(tarball);
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const host = `localhost:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    ...{ host, asked },
    lock(name, { from = `http://${host}`, more = {} } = {}) {
      const names = Object.keys(packages);
      const entries = [...tarballs].map(([path, bytes], index) => [
        `node_modules/${names[index]}`,
        {
          version: '1.0.0',
          resolved: `${from}${path}`,
          integrity: `sha512-${createHash('sha512').update(bytes).digest('base64')}`,
        },
      ]);
      const dependencies = Object.fromEntries(names.map((one) => [one, '1.0.0']));
      const all = { '': { name, dependencies }, ...Object.fromEntries(entries), ...more };
      return `${JSON.stringify({ name, lockfileVersion: 3, requires: true, packages: all }, null, 2)}\n`;
    },
  };
}

function packed(name: string, files: Readonly<Record<string, string>>): Buffer {
  const folder = tempFolder();
  const { 'package.json': manifest = '{}', ...others } = files;
  const about = JSON.stringify({ name, version: '1.0.0', ...JSON.parse(manifest) });
  for (const [path, text] of Object.entries({ 'package.json': about, ...others })) {
    const file = join(folder, 'package', path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return execFileSync('tar', ['-czf', '-', '-C', folder, 'package']);
}
