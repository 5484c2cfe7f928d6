import { displayPath, type RepoPath } from '../../change/path.ts';
import type { Check, ReviewedFile } from '../check.ts';
import type { Problem, Severity } from '../finding.ts';
import { isAsidePath } from './test-path.ts';

interface Rule {
  /** Asked of the file's name, or of the whole path where `of` is `path`. */
  readonly pattern: RegExp;
  readonly of: 'name' | 'path';
  readonly title: string;
  readonly body: string;
  readonly severity: Severity;
  /** In tests and examples: null where such files mostly belong there. */
  readonly aside: Severity | null;
}

const KEY = {
  of: 'name',
  severity: 'error',
  aside: 'info',
  body: 'Whoever can read the repository can use it, and it stays in the history. Take it out, and replace the key.',
} as const;
const LEFTOVER = {
  of: 'name',
  severity: 'warning',
  aside: 'warning',
  body: 'A program left it there. Remove it, and add it to .gitignore.',
} as const;

const RULES: readonly Rule[] = [
  { ...KEY, pattern: /^id_(?:rsa|dsa|ecdsa|ed25519|ecdsa_sk|ed25519_sk)$/, title: 'SSH private key' },
  { ...KEY, pattern: /\.ppk$/i, title: 'PuTTY private key' },
  { ...KEY, pattern: /(?<!^debug)\.(?:p12|pfx|jks|keystore|bks)$/i, title: 'Key store' },
  { ...KEY, pattern: /\.(?:kdbx|kdb|agilekeychain|keychain-db)$/i, title: 'Password database' },
  {
    ...KEY,
    pattern: /^(?:\.htpasswd|[._]netrc|\.pgpass|\.git-credentials|\.s3cfg|\.boto)$/,
    title: 'File of passwords',
  },
  {
    ...KEY,
    of: 'path',
    pattern:
      /(?:^|\/)(?:\.aws\/credentials|\.kube\/config|application_default_credentials\.json|client_secret_[^/]{1,200}\.json|credentials\.tfrc\.json)$/,
    title: 'Cloud credentials',
  },
  {
    ...KEY,
    pattern: /\.tfstate(?:\.backup|\.\d{1,20}\.backup)?$/,
    title: 'Terraform state',
    body: 'It holds every secret of the infrastructure in clear text. Keep it in a remote backend.',
  },
  { ...LEFTOVER, pattern: /^(?:\.DS_Store|\._.{1,250}|\.localized)$/, title: 'Leftover of macOS' },
  { ...LEFTOVER, pattern: /^(?:thumbs\.db|ehthumbs\.db|desktop\.ini)$/i, title: 'Leftover of Windows' },
  { ...LEFTOVER, pattern: /^\..{0,250}\.sw[op]$|^\.#|^#.{1,250}#$/, title: 'Leftover of an editor' },
  { ...LEFTOVER, aside: null, pattern: /~$|\.sw[op]$/, title: 'Leftover of an editor' },
  {
    ...LEFTOVER,
    of: 'path',
    pattern:
      /(?:^|\/)(?:\.idea\/(?:workspace\.xml|tasks\.xml|usage\.statistics\.xml|shelf\/.{0,4000})|\.vs\/.{0,4000})$/,
    title: "Somebody's own editor state",
  },
  { ...LEFTOVER, aside: null, pattern: /\.(?:orig|rej)$/, title: 'Leftover of a merge or a patch' },
  {
    ...LEFTOVER,
    pattern: /_(?:BACKUP|BASE|LOCAL|REMOTE)_\d{2,10}(?:\.[^.]{1,40})?$/,
    title: 'Leftover of a merge or a patch',
  },
  {
    ...LEFTOVER,
    pattern: /^(?:npm-debug|yarn-debug|yarn-error|lerna-debug|\.pnpm-debug)\.log/,
    title: 'Log file',
  },
  { ...LEFTOVER, aside: null, pattern: /\.log$/, title: 'Log file' },
  { ...LEFTOVER, aside: null, pattern: /^(?:lcov\.info|coverage-final\.json)$/, title: 'Coverage report' },
  {
    ...LEFTOVER,
    pattern: /^(?:\.coverage|\.eslintcache|\.stylelintcache)$|\.tsbuildinfo$/,
    title: 'Leftover of a tool',
  },
];

/** Folders that a tool fills and that are not committed, by the name of a folder in the path. */
const FOLDERS: ReadonlyMap<string, Severity> = new Map<string, Severity>([
  ['node_modules', 'error'],
  ['bower_components', 'error'],
  ['jspm_packages', 'error'],
  ['.venv', 'error'],
  ['__pycache__', 'error'],
  ['.gradle', 'error'],
  ['.terraform', 'error'],
  ['.tox', 'error'],
  ['.nox', 'error'],
  ['.eggs', 'error'],
  ['.mypy_cache', 'warning'],
  ['.pytest_cache', 'warning'],
  ['.ruff_cache', 'warning'],
  ['.nyc_output', 'warning'],
  ['htmlcov', 'warning'],
  ['lcov-report', 'warning'],
  ['.parcel-cache', 'warning'],
  ['.svelte-kit', 'warning'],
  ['.turbo', 'warning'],
]);

/** What is under tests and examples on purpose is small: more than this many files were installed there. */
const INSTALLED = 200;

/** Files that belong to one machine, and folders that a tool makes anew. */
export const forbiddenFile: Check = {
  id: 'forbidden-file',
  summary: 'Keys, .env files, installed dependencies and what programs leave behind',
  severity: 'error',
  generatedToo: true,
  scope: 'change',
  async *run(files) {
    const added = files.filter(
      ({ path, change }) => change.after !== null && (change.before === null || path !== change.oldPath),
    );
    const environments = new Set(
      added.flatMap(({ path }) =>
        /(?:^|\/)pyvenv\.cfg$/.test(path) ? [path.slice(0, -'pyvenv.cfg'.length)] : [],
      ),
    );
    const folders = new Map<string, Folder>();
    for (const file of added) {
      const found = folderOf(file.path, environments);
      if (found !== null) {
        const known = folders.get(found.name);
        if (known === undefined)
          folders.set(found.name, { ...found, first: file.path, paths: new Set([found.path]), count: 1 });
        else {
          known.paths.add(found.path);
          known.count += 1;
        }
        continue;
      }
      yield* named(file);
    }
    for (const folder of folders.values()) yield* filled(folder);
  },
};

interface Folder {
  readonly name: string;
  readonly first: RepoPath;
  readonly path: RepoPath;
  readonly severity: Severity;
  readonly paths: Set<RepoPath>;
  count: number;
}

/** The outermost folder of the path that is not to be committed. */
function folderOf(
  path: RepoPath,
  environments: ReadonlySet<string>,
): Pick<Folder, 'name' | 'path' | 'severity'> | null {
  for (
    let slash = path.indexOf('/'), start = 0;
    slash !== -1;
    start = slash + 1, slash = path.indexOf('/', start)
  ) {
    const name = path.slice(start, slash);
    const severity = FOLDERS.get(name) ?? (environments.has(path.slice(0, slash + 1)) ? 'error' : undefined);
    if (severity !== undefined) return { name, path: path.slice(0, slash), severity };
  }
  return null;
}

function* filled({ name, first, path, severity, paths, count }: Folder): Generator<Problem> {
  if (isAsidePath(`${path}/`) && count <= INSTALLED) return;
  const where = paths.size === 1 ? `${displayPath(path)}/` : `${paths.size} folders ${displayPath(name)}/`;
  yield {
    path: first,
    place: null,
    title: `${count === 1 ? 'A file' : `${count.toLocaleString('en')} files`} in ${where}`,
    body: `A tool makes this folder anew on every machine. Take it out (git rm -r --cached), and add ${displayPath(name)}/ to .gitignore.`,
    severity,
  };
}

async function* named(file: ReviewedFile): AsyncGenerator<Problem> {
  const { path } = file;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const aside = isAsidePath(path);
  const environment = await environmentSeverity(name, file);
  if (environment !== null) {
    if (aside && environment !== 'error') return;
    yield {
      path,
      place: null,
      title: 'Environment file',
      body: 'It is for one machine and holds its secrets. Take it out, add it to .gitignore, and commit a .env.example without values.',
      severity: aside ? 'warning' : environment,
    };
    return;
  }
  const rule = RULES.find(({ pattern, of }) => pattern.test(of === 'name' ? name : path));
  const severity = aside ? rule?.aside : rule?.severity;
  if (!rule || !severity || (file.change.after?.size === 0 && rule.severity !== 'warning')) return;
  yield { path, place: null, title: rule.title, body: rule.body, severity };
}

const ENVIRONMENT = /^\.env(?:\.[\w-]{1,60}){0,4}$/;
const TEMPLATE =
  /\.(?:example|sample|template|tmpl|tpl|dist|defaults?|test|testing|ci|schema|vault|enc|encrypted|age|gpg|sops|d|[cm]?[jt]s|md|json|ya?ml)(?:\.|$)/;
/** Bundlers write these into what every visitor downloads. */
const PUBLIC =
  /^(?:VITE|NEXT_PUBLIC|NUXT_PUBLIC|REACT_APP|VUE_APP|PUBLIC|EXPO_PUBLIC|GATSBY|STORYBOOK|NODE_ENV|BROWSER|PORT|HOST|TZ)(?:_|$)/;
const SECRET =
  /KEY|SECRET|TOKEN|PASS|PWD|CREDENTIAL|AUTH|PRIVATE|DSN|WEBHOOK|(?:DATABASE|DB|MONGO|REDIS|AMQP)\w{0,20}UR[IL]/i;

/** How bad it is to add the file: by the names of what it sets. Null for a template and for what is public anyway. */
async function environmentSeverity(name: string, file: ReviewedFile): Promise<Severity | null> {
  if (!ENVIRONMENT.test(name) || TEMPLATE.test(name.slice('.env'.length))) return null;
  if (file.change.hunks === null || file.kind !== 'text') return 'error';
  const lines = ((await file.after()) ?? '').split('\n');
  const set = lines.flatMap((text) => {
    const [, key = ''] =
      /^[ \t]{0,40}(?:export )?([A-Za-z_]\w{0,200})[ \t]{0,8}=[ \t]{0,8}[^\s#]/.exec(text) ?? [];
    return key === '' ? [] : [key];
  });
  if (set.some((key) => SECRET.test(key) && !PUBLIC.test(key))) return 'error';
  return set.every((key) => PUBLIC.test(key)) ? null : 'warning';
}
