import { record } from '../json-record.ts';
import type { Ecosystem, RequirementChange } from './ecosystem.ts';
import { scalarText, subTable, tomlTable } from './toml-table.ts';

/** `Cargo.toml`. The lock records versions, not ranges: a range that the recorded version satisfies is in step. */
export const CARGO: Ecosystem = {
  async requirements(text) {
    const manifest = await tomlTable(text);
    return manifest === null ? null : new Map(cargoRequirements(manifest));
  },
  locks: [
    {
      file: 'Cargo.lock',
      command: 'cargo update --workspace',
      speaksFor: (lock, _folder, manifest) => {
        const name = /^\s*name\s*=\s*"([^"]{1,100})"/m.exec(manifest)?.[1];
        return name !== undefined && lock.includes(`\nname = "${name}"\n`);
      },
      lacks: cargoLacks,
    },
  ],
};

const SECTIONS = ['dependencies', 'dev-dependencies', 'build-dependencies'];

function* cargoRequirements(manifest: ReadonlyMap<string, unknown>): Generator<[string, string]> {
  // Not the workspace's own table: of that, the crates may use nothing, and then it is not in the lock.
  const targets = [...(subTable(manifest, 'target')?.values() ?? [])];
  for (const table of [manifest, ...targets.map(record)]) {
    for (const section of SECTIONS) {
      for (const [alias, value] of (table && subTable(table, section)) ?? []) {
        const details = record(value);
        const asked = details?.get('version') ?? details?.get('git') ?? details?.get('path') ?? 'workspace';
        yield [scalarText(details?.get('package') ?? alias), scalarText(details === null ? value : asked)];
      }
    }
  }
}

function cargoLacks(lock: string, { name, after }: RequirementChange): boolean {
  if (after === null) return false;
  if (!lock.includes(`name = "${name}"`)) return true;
  const recorded = [...lock.matchAll(/^name = "([^"\n]{1,100})"\r?\nversion = "([^"\n]{1,100})"/gm)]
    .filter(([, locked]) => locked === name)
    .map(([, , version = '']) => version);
  const wanted = /^\^?(\d+(?:\.\d+){0,2})$/.exec(after)?.[1];
  return (
    recorded.length === 0 || (wanted !== undefined && !recorded.some((version) => satisfies(version, wanted)))
  );
}

/** Cargo's default requirement: equal up to the first number that is not 0, and not less after it. */
function satisfies(version: string, wanted: string): boolean {
  const [has, asks] = [version.split(/[.+-]/).map(Number), wanted.split('.').map(Number)];
  const fixed = asks.findIndex((part) => part !== 0);
  for (const [index, part] of asks.entries()) {
    const given = has[index] ?? 0;
    if (given === part) continue;
    return given > part && fixed !== -1 && index > fixed;
  }
  return true;
}
