import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PLANTED_SECRET } from '../support/planted-secret.ts';
import { type TempRepository, tempRepository } from '../support/temp-repository.ts';

/** Of the model's server; in pieces, so that no scanner finds it here. */
export const MODEL_KEY = ['sk-', 'obedient-', 'Qx7Lm2Vr9Tz4', 'Wk8Np3Hb6Jc1'].join('');

/** What only somebody has who looked where no model may look, by where that is. */
export const CANARIES = {
  environment: 'canary-environment-plover',
  gitConfig: 'canary-config-dunlin',
  outside: 'canary-outside-curlew',
  home: 'canary-home-godwit',
  ignored: 'canary-ignored-knot',
  untracked: 'canary-untracked-ruff',
  unstaged: 'canary-unstaged-snipe',
  intended: 'canary-intended-stint',
  worktree: 'canary-worktree-turnstone',
  branch: 'canary-branch-whimbrel',
  stash: 'canary-stash-avocet',
  dangling: 'canary-dangling-lapwing',
  note: 'canary-note-oystercatcher',
  replacement: 'canary-replacement-redshank',
  description: 'canary-description-sanderling',
  person: 'canary-person-phalarope',
} as const;

export interface AttackedRepository extends TempRepository {
  /** What holds the repository, the home folder and another worktree. */
  readonly folder: string;
  /** Ids of commits and blobs that are in the object database and not in what is reviewed. */
  readonly elsewhere: Readonly<Record<'branch' | 'stash' | 'dangling' | 'blob', string>>;
}

/** A repository with a commit, and a canary in every place around it. `build` adds to the commit. */
export function attackedRepository(build: (repository: TempRepository) => void): AttackedRepository {
  const repository = tempRepository();
  const { path, git } = repository;
  const folder = dirname(path);
  const put = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  put('outside.txt', `${CANARIES.outside}\n`);
  put('.ssh/id_ed25519', `${CANARIES.home}\n`);
  put('.config/code-agent/notes.txt', `${CANARIES.home}\n`);

  repository.write({
    'src/app.js': APP,
    'src/replaced.js': 'export const original = 1;\n',
    '.gitignore': 'ignored.txt\n',
  });
  build(repository);
  repository.commit({}, 'the application');
  const first = git('rev-parse', 'HEAD');

  repository.write({ 'secret.txt': `${CANARIES.branch}\n` });
  git('checkout', '--quiet', '-b', 'elsewhere');
  const branch = repository.commit({}, `${CANARIES.branch}: a branch that is not reviewed`);
  git('checkout', '--quiet', 'main');
  repository.write({ 'src/app.js': `${APP}// ${CANARIES.stash}\n` });
  git('stash', 'push', '--quiet', '--message', CANARIES.stash);
  const dangling = git('commit-tree', '-m', CANARIES.dangling, `${first}^{tree}`);
  put('blob', `${CANARIES.dangling}\n`);
  const blob = git('hash-object', '-w', join(folder, 'blob'));
  git('notes', 'add', '-m', CANARIES.note, first);
  put('blob', `export const original = '${CANARIES.replacement}';\n`);
  git('replace', git('rev-parse', 'HEAD:src/replaced.js'), git('hash-object', '-w', join(folder, 'blob')));
  git('worktree', 'add', '--quiet', '--detach', join(folder, 'worktree'));
  put('worktree/other.txt', `${CANARIES.worktree}\n`);
  git('config', 'user.canary', CANARIES.gitConfig);
  put('repository/.git/description', `${CANARIES.description}\n`);
  const elsewhere = { branch, stash: git('rev-parse', 'refs/stash'), dangling, blob };
  return { ...repository, folder, elsewhere };
}

const APP = 'export function app() {\n  return 1;\n}\n';

/** Stages a change with (unless it is `clean`) a secret that the checks find. Canaries stand beside it, not staged. */
export function stageChange(repository: AttackedRepository, clean: boolean, build: () => void): void {
  if (!clean) repository.write({ 'src/settings.js': `export const id = '${PLANTED_SECRET}';\n` });
  repository.write({ 'src/unstaged.js': 'export {};\n' });
  build();
  repository.git('add', '--all');
  repository.write({
    'ignored.txt': `${CANARIES.ignored}\n`,
    'untracked.txt': `${CANARIES.untracked}\n`,
    'intended.txt': `${CANARIES.intended}\n`,
    'src/unstaged.js': `export {};\n// ${CANARIES.unstaged}\n`,
  });
  repository.git('add', '--intent-to-add', 'intended.txt');
}

/** Every file around and in the repository as it is, but for what the review keeps for itself. */
export function stateOf({ folder }: AttackedRepository, but: readonly string[] = []): Map<string, string> {
  const state = new Map<string, string>();
  const kept = new Set(['repository/.git/code-agent', ...but]);
  function walk(path: string): void {
    for (const name of readdirSync(join(folder, path))) {
      const inner = path === '' ? name : `${path}/${name}`;
      if (kept.has(inner)) continue;
      const stat = lstatSync(join(folder, inner));
      if (stat.isDirectory()) walk(inner);
      else
        state.set(
          inner,
          `${stat.mode} ${stat.isSymbolicLink() ? readlinkSync(join(folder, inner)) : sha256(readFileSync(join(folder, inner)))}`,
        );
    }
  }
  walk('');
  return state;
}

/** All that the review has written for itself. */
export function keptTexts({ path }: TempRepository): string[] {
  const folder = join(path, '.git', 'code-agent');
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
