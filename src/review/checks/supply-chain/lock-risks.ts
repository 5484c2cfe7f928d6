import type { ReviewedFile } from '../../check.ts';
import type { Problem } from '../../finding.ts';
import { type Added, findAdded } from './find-added.ts';
import type { LockEntry, LockReader } from './lock-entry.ts';
import { type Origin, originOf } from './origin.ts';

/**
 * What a change of a lock file makes a later install download that it did not, or not so, before. Of a host that
 * `manifests` (what the change adds to them) name, it is not said once more.
 */
export async function* lockRisks(
  file: ReviewedFile,
  read: LockReader,
  manifests: string,
): AsyncGenerator<Problem> {
  const [textBefore, textAfter] = [await file.before(), await file.after()];
  const before = [...read(textBefore ?? '')];
  const after = [...read(textAfter ?? '')];
  const find = (text: string) => findAdded(file, textAfter ?? '', text);
  const problems = [
    ...newOrigins(before, after, manifests, find),
    ...otherHashes(before, after, find),
    ...lostHashes(before, after, find),
    ...newInstallScripts(before, after, find),
  ];
  for (const problem of problems) yield { path: file.path, ...problem };
}

type Found = Omit<Problem, 'path'>;
type Find = (text: string) => Added | null;

/** Hosts that are one registry, and where a lock file without a past is expected to point. */
const DEFAULT_HOSTS: ReadonlyMap<string, string> = new Map([
  ['registry.npmjs.org', 'npm'],
  ['registry.yarnpkg.com', 'npm'],
  ['pypi.org', 'PyPI'],
  ['files.pythonhosted.org', 'PyPI'],
  ['index.crates.io', 'crates.io'],
  ['github.com/rust-lang/crates.io-index', 'crates.io'],
]);

function* newOrigins(
  before: readonly LockEntry[],
  after: readonly LockEntry[],
  manifests: string,
  find: Find,
): Generator<Found> {
  const [old, now] = [byOrigin(before), byOrigin(after)];
  const known = old.size > 0 ? old : new Map([...now].filter(([, found]) => isExpected(found, after.length)));
  const knownNames = new Set([...known.values()].map(({ origin }) => registryOf(origin)));
  for (const [id, { origin, names }] of [...now].slice(0, MOST_ORIGINS)) {
    if (known.has(id) && !(old.size === 0 && origin.insecure)) continue;
    const added = find(origin.text);
    if (added === null) continue;
    if (origin.insecure) {
      yield {
        ...added,
        title: `Downloaded without encryption: ${listed(names)}`,
        body: `Whoever is between you and ${origin.host} can exchange the package. Use https.`,
        severity: 'error',
      };
    } else if (!knownNames.has(registryOf(origin)) && !manifests.includes(origin.host)) {
      yield {
        ...added,
        title: `From ${origin.git ? 'a git repository at ' : ''}${origin.host}: ${listed(names)}`,
        body: 'Nothing else in this lock file comes from there. Make sure that it is meant to, and not an effect of your own registry settings.',
      };
    }
  }
}

/** An honest lock file has a handful. */
const MOST_ORIGINS = 100;

interface FromOrigin {
  readonly origin: Origin;
  readonly names: Set<string>;
}

function byOrigin(entries: readonly LockEntry[]): Map<string, FromOrigin> {
  const found = new Map<string, FromOrigin>();
  for (const { name, source } of entries) {
    const origin = source === null ? null : originOf(source);
    if (origin === null) continue;
    const same = found.get(origin.id) ?? { origin, names: new Set() };
    found.set(origin.id, same);
    same.names.add(name);
  }
  return found;
}

const registryOf = ({ id, host, git }: Origin): string => (git ? id : (DEFAULT_HOSTS.get(host) ?? host));

/** In a new lock file: the default registry, or the one that most comes from. */
const isExpected = ({ origin, names }: FromOrigin, count: number): boolean =>
  !origin.git && (DEFAULT_HOSTS.has(origin.host) || names.size > count / 2);

function* otherHashes(
  before: readonly LockEntry[],
  after: readonly LockEntry[],
  find: Find,
): Generator<Found> {
  const old = hashesByKey(before);
  const changed: string[] = [];
  const weaker: string[] = [];
  for (const [key, now] of hashesByKey(after)) {
    const then = old.get(key);
    if (then === undefined || then.size === 0 || now.size === 0 || [...now].some((hash) => then.has(hash)))
      continue;
    if ([...now].some((hash) => hasAlgorithm(then, algorithmOf(hash)))) changed.push(key);
    else if (hasAlgorithm(then, 'sha512') && hasAlgorithm(now, 'sha1')) weaker.push(key);
  }
  const hashOf = (key = '') => [...(hashesByKey(after).get(key) ?? [])][0]?.split('-').at(-1) ?? '';
  const [first] = changed;
  const added = first === undefined ? null : find(hashOf(first));
  if (added !== null) {
    yield {
      ...added,
      title: `Other content under the same version: ${listed(changed)}`,
      body: 'The hash changed and the version did not. A registry never does that by itself: compare what is downloaded before you trust it.',
      severity: 'error',
    };
  }
  const addedWeaker = weaker.length === 0 ? null : find(hashOf(weaker[0]));
  if (addedWeaker !== null) {
    yield {
      ...addedWeaker,
      title: `SHA-512 replaced by SHA-1: ${listed(weaker)}`,
      body: 'SHA-1 no longer proves that it is the same content. Let the package manager write the entry anew.',
    };
  }
}

function hashesByKey(entries: readonly LockEntry[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { key, hashes, source } of entries) {
    // npm's hash of a git dependency is that of a tarball which it packs itself, and differs from time to time.
    if (source !== null && originOf(source)?.git) continue;
    const same = found.get(key) ?? new Set();
    found.set(key, same);
    for (const hash of hashes) same.add(hash);
  }
  return found;
}

const algorithmOf = (hash: string): string => hash.slice(0, hash.indexOf('-'));
const hasAlgorithm = (hashes: ReadonlySet<string>, algorithm: string): boolean =>
  [...hashes].some((hash) => algorithmOf(hash) === algorithm);

function* lostHashes(
  before: readonly LockEntry[],
  after: readonly LockEntry[],
  find: Find,
): Generator<Found> {
  // Of what is bundled, linked or from git there need not be any.
  const unhashed = (entries: readonly LockEntry[]) =>
    entries.filter(
      ({ hashes, source }) => hashes.length === 0 && source !== null && originOf(source)?.git === false,
    );
  const old = new Set(unhashed(before).map(({ name }) => name));
  const hashed = new Set(before.filter(({ hashes }) => hashes.length > 0).map(({ name }) => name));
  const lost = unhashed(after).filter(({ name }) => hashed.has(name) && !old.has(name));
  const added = find(lost[0]?.source ?? '');
  if (lost.length === 0 || added === null) return;
  yield {
    ...added,
    title: `Without a hash now: ${listed(new Set(lost.map(({ name }) => name)))}`,
    body: 'Nothing proves any more that what is downloaded is what was locked. Let the package manager write the entry anew.',
  };
}

function* newInstallScripts(
  before: readonly LockEntry[],
  after: readonly LockEntry[],
  find: Find,
): Generator<Found> {
  const scripted = (entries: readonly LockEntry[]) =>
    new Set(entries.filter(({ installScript }) => installScript).map(({ name }) => name));
  const old = scripted(before);
  const names = [...scripted(after)].filter((name) => !old.has(name));
  const added = names.length === 0 ? null : (find('hasInstallScript') ?? find('requiresBuild'));
  if (added === null) return;
  yield {
    ...added,
    title: `Runs a script when it is installed: ${listed(names)}`,
    body: 'Such a script runs with all rights of whoever installs. Make sure that it is needed and that you know what it does.',
    ...(before.length === 0 && { severity: 'info' as const }),
  };
}

function listed(found: Iterable<string>): string {
  const names = [...found];
  return names.length > 10
    ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more`
    : names.join(', ');
}
