import { jsonRecord, record, stringEntries } from './json-record.ts';

/** What the checks read of a `package.json`. Whatever has another type than npm's documentation says is left out. */
export interface PackageJson {
  readonly name: string | null;
  /** In one map by field, so that `react` of `devDependencies` and of `peerDependencies` stay apart. */
  readonly dependencies: Readonly<Record<DependencyField, ReadonlyMap<string, string>>>;
  /** Versions forced on the whole tree, by npm's, Yarn's or pnpm's name for it. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly scripts: ReadonlyMap<string, string>;
}

export const DEPENDENCY_FIELDS = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;
export type DependencyField = (typeof DEPENDENCY_FIELDS)[number];

/** Null when it is not JSON or not an object. */
export function parsePackageJson(text: string): PackageJson | null {
  const fields = jsonRecord(text);
  return fields === null ? null : packageFields(fields);
}

/** The same fields where they stand in another file: npm's lock file has a copy for each workspace. */
export function packageFields(fields: ReadonlyMap<string, unknown>): PackageJson {
  const name = fields.get('name');
  const overrides = [
    fields.get('overrides'),
    fields.get('resolutions'),
    record(fields.get('pnpm'))?.get('overrides'),
  ];
  return {
    name: typeof name === 'string' ? name : null,
    dependencies: {
      dependencies: stringEntries(fields.get('dependencies')),
      devDependencies: stringEntries(fields.get('devDependencies')),
      optionalDependencies: stringEntries(fields.get('optionalDependencies')),
      peerDependencies: stringEntries(fields.get('peerDependencies')),
    },
    overrides: new Map(overrides.flatMap((forced) => [...forcedVersions(forced)])),
    scripts: stringEntries(fields.get('scripts')),
  };
}

/** Overrides may be nested (`{ a: { b: '1' } }` is of `b` below `a`), though not as deep as who wrote the file likes. */
function* forcedVersions(value: unknown, path = '', depth = 0): Generator<[string, string]> {
  for (const [name, entry] of record(value) ?? []) {
    if (typeof entry === 'string') yield [path + name, entry];
    else if (depth < 10) yield* forcedVersions(entry, `${path}${name} > `, depth + 1);
  }
}
