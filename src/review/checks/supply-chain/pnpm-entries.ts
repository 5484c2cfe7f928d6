import type { LockEntry } from './lock-entry.ts';

const KEY = /^ {2}['"]?([^\s'"][^'"\n]{0,500}?)['"]?:$/;
const IN_RESOLUTION = /\b(integrity|tarball|repo): ([^\s,}]+)/g;

/** The `packages:` of a `pnpm-lock.yaml`, which pnpm writes with one line for each `resolution`. */
export function* pnpmEntries(text: string): Generator<LockEntry> {
  let inPackages = false;
  let key: string | undefined;
  let lines: string[] = [];
  for (const line of `${text}\n.`.split('\n')) {
    const nextKey = KEY.exec(line)?.[1];
    if (nextKey === undefined && /^(?: |$)/.test(line)) {
      lines.push(line);
      continue;
    }
    if (inPackages && key !== undefined) yield entry(key, lines);
    if (nextKey === undefined) inPackages = line.startsWith('packages:');
    key = nextKey;
    lines = [];
  }
}

function entry(key: string, lines: readonly string[]): LockEntry {
  const resolution = lines.find((line) => line.startsWith('    resolution:')) ?? '';
  const fields = new Map(
    [...resolution.matchAll(IN_RESOLUTION)].map(([, field = '', value = '']) => [field, value]),
  );
  const [integrity, repository] = [fields.get('integrity'), fields.get('repo')];
  return {
    name: packageName(key),
    key,
    source: fields.get('tarball') ?? (repository === undefined ? null : `git+${repository}`),
    hashes: integrity === undefined ? [] : [integrity],
    installScript: lines.includes('    requiresBuild: true'),
  };
}

/** `/a/1.0.0` up to lock version 5, `/a@1.0.0` in 6, `a@1.0.0` from 9 on; `@scope/a` likewise. */
const packageName = (key: string): string => /^\/?((?:@[^/]+\/)?[^@/]+)/.exec(key)?.[1] ?? key;
