import { jsonRecord, record } from './json-record.ts';
import { type PackageJson, packageFields } from './package-json.ts';

/** What the checks read of `package-lock.json` or `npm-shrinkwrap.json`. */
export interface NpmLock {
  /** npm's copies of the manifests in the repository, by their folder ('' is the top). None before npm 7. */
  readonly manifests: ReadonlyMap<string, PackageJson>;
  readonly packages: readonly NpmLockedPackage[];
}

export interface NpmLockedPackage {
  readonly name: string;
  readonly version: string;
  /** Where it is downloaded from. Null of one that is bundled, linked or of the repository. */
  readonly resolved: string | null;
  readonly integrity: string | null;
  readonly hasInstallScript: boolean;
}

/** Null when it is not JSON or not an object. Reads `packages` (npm 7), else `dependencies` (npm 5 and 6). */
export function parseNpmLock(text: string): NpmLock | null {
  const lock = jsonRecord(text);
  if (lock === null) return null;
  const manifests = new Map<string, PackageJson>();
  const packages: NpmLockedPackage[] = [];
  const byFolder = record(lock.get('packages'));
  for (const [folder, value] of byFolder ?? []) {
    const fields = record(value);
    if (fields === null || fields.get('link') === true) continue;
    const [, name] = folder.split(/^(?:.*\/)?node_modules\//);
    if (name === undefined) manifests.set(folder, packageFields(fields));
    else packages.push(lockedPackage(name, fields));
  }
  return {
    manifests,
    packages: byFolder === null ? [...nestedPackages(lock.get('dependencies'))] : packages,
  };
}

/** Keeps its own stack: the nesting is as deep as who wrote the file likes. */
function* nestedPackages(dependencies: unknown): Generator<NpmLockedPackage> {
  const left = [dependencies];
  while (left.length > 0) {
    for (const [name, value] of record(left.pop()) ?? []) {
      const fields = record(value);
      if (fields === null) continue;
      yield lockedPackage(name, fields);
      left.push(fields.get('dependencies'));
    }
  }
}

function lockedPackage(alias: string, fields: ReadonlyMap<string, unknown>): NpmLockedPackage {
  const string = (key: string) => {
    const value = fields.get(key);
    return typeof value === 'string' ? value : null;
  };
  return {
    name: string('name') ?? alias,
    version: string('version') ?? '',
    resolved: string('resolved'),
    integrity: string('integrity'),
    hasInstallScript: fields.get('hasInstallScript') === true,
  };
}
