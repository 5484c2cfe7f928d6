import type { LockEntry } from './lock-entry.ts';

const FIELD = /^(name|version|source|checksum|url|type) = (.{1,2000})$/;
const DOWNLOAD = /\b(?:url|file) = "([^"\n]{1,2000})"(?:, hash = "([^"\n]{1,200})")?/;
const SOURCE = /\b(?:registry|git|url) = "([^"\n]{1,2000})"/;

/**
 * `Cargo.lock`, `uv.lock` and `poetry.lock`: a `[[package]]` each, written by programs one value to a line. In the
 * Python ones each download has its own hash, and new ones are added to an old version as time goes by.
 */
export function* tomlLockEntries(text: string): Generator<LockEntry> {
  for (const block of text.split(/^\[\[package\]\]\r?$/m).slice(1)) yield* packageEntries(block.split('\n'));
}

function* packageEntries(lines: readonly string[]): Generator<LockEntry> {
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, key, value] = FIELD.exec(line.trimEnd()) ?? [];
    if (key !== undefined && value !== undefined && !fields.has(key))
      fields.set(key, value.replace(/^"|"$/g, ''));
  }
  const name = fields.get('name');
  if (name === undefined) return;
  const checksum = fields.get('checksum');
  yield {
    name,
    key: `${name}@${fields.get('version') ?? ''}`,
    source: sourceOf(fields),
    hashes: checksum === undefined ? [] : [`sha256-${checksum}`],
    installScript: false,
  };
  for (const line of lines) {
    const [, file, hash] = DOWNLOAD.exec(line) ?? [];
    if (file === undefined || hash === undefined) continue;
    yield {
      name,
      key: `${name} ${file.slice(file.lastIndexOf('/') + 1)}`,
      source: file.includes('://') ? file : null,
      hashes: [hash.replace(':', '-')],
      installScript: false,
    };
  }
}

/** Cargo: `source = "registry+https://…"`. uv: `source = { registry = "https://…" }`. Poetry: `type` and `url`. */
function sourceOf(fields: ReadonlyMap<string, string>): string | null {
  const [source, url] = [fields.get('source'), fields.get('url')];
  if (source?.startsWith('{')) {
    const inner = SOURCE.exec(source)?.[1] ?? null;
    return inner !== null && /\bgit = /.test(source) ? `git+${inner}` : inner;
  }
  return source ?? (url === undefined ? null : fields.get('type') === 'git' ? `git+${url}` : url);
}
