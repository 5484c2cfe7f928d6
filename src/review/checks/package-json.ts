import { jsonRecord, stringEntries } from './json-record.ts';

/** What the checks read of a `package.json`. Whatever has another type than npm's documentation says is left out. */
export interface PackageJson {
  readonly name: string | null;
  /** In one map by field, so that `react` of `devDependencies` and of `peerDependencies` stay apart. */
  readonly dependencies: Readonly<Record<DependencyField, ReadonlyMap<string, string>>>;
  /** Versions forced on the whole tree, by npm's, Yarn's or pnpm's name for it. Nested ones as JSON. */
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
  const overrides = [fields.get('overrides'), fields.get('resolutions'), pnpmOverrides(fields.get('pnpm'))];
  return {
    name: typeof name === 'string' ? name : null,
    dependencies: {
      dependencies: stringEntries(fields.get('dependencies')),
      devDependencies: stringEntries(fields.get('devDependencies')),
      optionalDependencies: stringEntries(fields.get('optionalDependencies')),
      peerDependencies: stringEntries(fields.get('peerDependencies')),
    },
    overrides: new Map(overrides.flatMap((forced) => [...jsonEntries(forced)])),
    scripts: stringEntries(fields.get('scripts')),
  };
}

const pnpmOverrides = (pnpm: unknown): unknown =>
  typeof pnpm === 'object' && pnpm !== null && 'overrides' in pnpm ? pnpm.overrides : undefined;

function* jsonEntries(value: unknown): Generator<[string, string]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, entry] of Object.entries(value)) yield [name, JSON.stringify(entry)];
}
