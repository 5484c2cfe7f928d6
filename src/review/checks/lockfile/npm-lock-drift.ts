import type { NpmLock } from '../npm-lock.ts';
import { DEPENDENCY_FIELDS, type PackageJson } from '../package-json.ts';

/**
 * Dependencies that `package.json` and the lock file's copy of it disagree about, by name. The copy's name and
 * version are not compared: npm installs all the same.
 */
export function npmLockDrift(manifest: PackageJson, lock: NpmLock, folder: string): ReadonlySet<string> {
  const copy = lock.manifests.get(folder);
  const names = new Set<string>();
  if (copy === undefined) return names;
  for (const field of DEPENDENCY_FIELDS) {
    const [asked, locked] = [ranges(manifest, field), ranges(copy, field)];
    for (const name of [...asked.keys(), ...locked.keys()]) {
      if (asked.get(name) !== locked.get(name)) names.add(name);
    }
  }
  return names;
}

/** npm moves what is both optional and not into the optional ones. */
function ranges({ dependencies }: PackageJson, field: (typeof DEPENDENCY_FIELDS)[number]) {
  if (field !== 'dependencies') return dependencies[field];
  const { optionalDependencies } = dependencies;
  return new Map([...dependencies.dependencies].filter(([name]) => !optionalDependencies.has(name)));
}
