import { DEPENDENCY_FIELDS, type PackageJson, parsePackageJson } from '../package-json.ts';
import { type Ecosystem, type RequirementChange, speaksForNoOther } from './ecosystem.ts';

const OVERRIDE = 'override of ';
/** Nothing may follow from an override that goes, or that moves to `pnpm-workspace.yaml`. */
const mayFollow = (_lock: string, { name, after }: RequirementChange): boolean =>
  after !== null || !name.startsWith(OVERRIDE);

const npmLockSpeaksFor = (lock: string, folder: string): boolean => lock.includes(`"${folder}": {`);

/** `package.json`. All of its lock files but Yarn 1's copy the ranges. */
export const NPM: Ecosystem = {
  requirements(text) {
    const manifest = parsePackageJson(text);
    return manifest === null ? null : new Map(npmRequirements(manifest));
  },
  locks: [
    { file: 'package-lock.json', command: 'npm install', speaksFor: npmLockSpeaksFor, lacks: mayFollow },
    { file: 'npm-shrinkwrap.json', command: 'npm install', speaksFor: npmLockSpeaksFor, lacks: mayFollow },
    {
      file: 'pnpm-lock.yaml',
      command: 'pnpm install',
      speaksFor: (lock, folder) => lock.includes(`\n  ${folder}:\n`) || lock.includes(`\n  '${folder}':\n`),
      lacks: mayFollow,
    },
    {
      file: 'yarn.lock',
      command: 'yarn install',
      speaksFor: (lock, folder) => YARN_1.test(lock) || lock.includes(`@workspace:${folder}"`),
      lacks: (lock, change, inSubfolder) =>
        YARN_1.test(lock) ? yarn1Lacks(lock, change, inSubfolder) : mayFollow(lock, change),
    },
    { file: 'bun.lock', command: 'bun install', speaksFor: npmLockSpeaksFor, lacks: mayFollow },
    { file: 'bun.lockb', command: 'bun install', speaksFor: speaksForNoOther },
  ],
};

/** Peer dependencies are left out: whether they are in the lock file depends on the tool and its settings. */
function* npmRequirements({ dependencies, overrides }: PackageJson): Generator<[string, string]> {
  for (const field of DEPENDENCY_FIELDS) {
    if (field === 'peerDependencies') continue;
    for (const [name, range] of dependencies[field]) yield [name, range];
  }
  for (const [name, version] of overrides) yield [OVERRIDE + name, version];
}

const YARN_1 = /^# yarn lockfile v1$/m;

/** Yarn 1 records `name@range`, of any dependent, and nothing of the packages in the repository itself. */
function yarn1Lacks(lock: string, { name, after }: RequirementChange, inSubfolder: boolean): boolean {
  if (after === null || !PLAIN_RANGE.test(after)) return false;
  if (inSubfolder && !lock.includes(`${name}@`)) return false;
  return !['"', ',', ':'].some((end) => lock.includes(`${name}@${after}${end}`));
}
const PLAIN_RANGE = /^[\d^~<>=*]/;
