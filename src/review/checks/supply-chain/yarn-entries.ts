import type { LockEntry } from './lock-entry.ts';

const FIELD = /^ {2}(version|resolved|integrity|resolution|checksum|cacheKey):? "?([^"\n]{1,5000})"?$/;

/** `yarn.lock`, of Yarn 1 and of the later ones, which write YAML. A block per package, its name at column 1. */
export function* yarnEntries(text: string): Generator<LockEntry> {
  let name: string | null = null;
  let fields = new Map<string, string>();
  let cacheKey = '';
  for (const line of `${text}\n.`.split('\n')) {
    if (/^[^\s#]/.test(line)) {
      cacheKey = fields.get('cacheKey') ?? cacheKey;
      if (name !== null && fields.has('version')) yield entry(name, fields, cacheKey);
      name = /^"?(@?[^@"\s]{1,214})@/.exec(line)?.[1] ?? null;
      fields = new Map();
    } else {
      const [, key, value] = FIELD.exec(line) ?? [];
      if (key !== undefined && value !== undefined) fields.set(key, value);
    }
  }
}

function entry(name: string, fields: ReadonlyMap<string, string>, cacheKey: string): LockEntry {
  const [resolved = null, fragment] = fields.get('resolved')?.split('#') ?? [];
  const [integrity, checksum] = [fields.get('integrity'), fields.get('checksum')];
  const sha1 = fragment !== undefined && /^[0-9a-f]{40}$/.test(fragment) ? [`sha1#-${fragment}`] : [];
  return {
    name,
    key: `${name}@${fields.get('version')}`,
    source: resolved ?? sourceOf(fields.get('resolution') ?? ''),
    hashes: [
      ...(integrity?.split(/\s+/) ?? sha1),
      ...(checksum === undefined ? [] : [yarnHash(checksum, cacheKey)]),
    ],
    installScript: false,
  };
}

/** Of a zip file that Yarn packs itself: another hash with each format of its cache. Yarn 4 writes `10c0/hash`. */
function yarnHash(checksum: string, cacheKey: string): string {
  const [hash, format = cacheKey] = checksum.split('/').reverse();
  return `yarn${format}-${hash}`;
}

/** `a@npm:1.0.0`, `a@npm:1.0.0::__archiveUrl=https%3A%2F%2F…`, `a@https://…`, `a@workspace:…` */
function sourceOf(resolution: string): string | null {
  const archive = /::__archiveUrl=([^&]+)/.exec(resolution)?.[1];
  if (archive !== undefined) return archive.replace(/%3A/gi, ':').replace(/%2F/gi, '/');
  const protocol = /.@((?:https?|ssh|git(?:\+\w+)?):.*|git@.*)$/.exec(resolution)?.[1];
  return protocol ?? null;
}
