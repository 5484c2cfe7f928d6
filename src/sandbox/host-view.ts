import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What of this machine a command may see, all of it read only, at the same place. */
export interface HostView {
  readonly paths: readonly string[];
  /** Links to make: where, and what to. */
  readonly links: readonly (readonly [path: string, target: string])[];
  /** What must not be seen of that: it looks empty. */
  readonly hiddenFiles: readonly string[];
  readonly hiddenFolders: readonly string[];
  /**
   * Files of /proc about the machine that only root may read. To the kernel a command of a controller that is root is root, without
   * any capability: it must not see them either.
   */
  readonly privateProc: readonly string[];
  /** The same, for every user: the names of his keys in the kernel. */
  readonly keyProc: readonly string[];
  /** Where programs are looked for. */
  readonly path: string;
}

/** As they are in /bin of a system that was not merged into /usr (file-hierarchy(7)), else links. */
const ROOT_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** Of /etc: libraries, alternatives, time zone, names of protocols, public certificates. Nothing that may hold a key. */
const SETTINGS = [
  ...['ld.so.cache', 'ld-musl-x86_64.path', 'ld-musl-aarch64.path', 'alternatives'],
  ...['localtime', 'os-release', 'services', 'protocols', 'mime.types', 'fonts'],
  ...['ssl/certs', 'ssl/cert.pem', 'ssl/openssl.cnf', 'ca-certificates/extracted', 'crypto-policies'],
  ...['pki/tls/certs', 'pki/tls/cert.pem', 'pki/tls/openssl.cnf', 'pki/ca-trust/extracted'],
  ...['maven/m2.conf', 'maven/logging'],
];
/** The same, of which the name has a version: links below /usr lead there. */
const VERSIONED_SETTINGS = /^(?:java|php)[-.\d]/;

/** Tokens of npm registries and other settings of programs that an administrator has put there. */
const PRIVATE_FILES = ['/usr/etc/npmrc'];
const PRIVATE_FOLDERS = ['/usr/local/etc'];

const PROGRAM_FOLDERS = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/local/sbin', '/usr/sbin', '/sbin'];

/** Looks at this machine. `node`: the program that runs us (`process.execPath`): commands have the same, and its packages. */
export function viewOfHost(node: string): HostView {
  const links: (readonly [string, string])[] = [];
  const paths = ['/usr'];
  for (const path of ROOT_FOLDERS.map((name) => `/${name}`)) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found?.isSymbolicLink()) links.push([path, readlinkSync(path)]);
    else if (found?.isDirectory()) paths.push(path);
  }
  const settings = [...SETTINGS, ...namesIn('/etc').filter((name) => VERSIONED_SETTINGS.test(name))];
  for (const path of settings.map((name) => join('/etc', name)).filter(existsSync)) {
    // A link costs nothing, a mount does.
    const isLink = lstatSync(path).isSymbolicLink() && realpathSync(path).startsWith('/usr/');
    if (isLink) links.push([path, readlinkSync(path)]);
    else paths.push(path);
  }
  const own = viewOfNode(realpathSync(node));
  return {
    paths: [...paths, ...own.paths],
    links: [...links, ...own.links],
    hiddenFiles: PRIVATE_FILES.filter(existsSync),
    hiddenFolders: PRIVATE_FOLDERS.filter(existsSync),
    privateProc: privateProc(),
    keyProc: ['/proc/keys'].filter(existsSync),
    path: [...own.programs, ...PROGRAM_FOLDERS].join(':'),
  };
}

/**
 * Of an installation of node outside of /usr (nvm, /opt): the program, global packages and headers, and nothing else. It may be a
 * folder like ~/.local, with a person's keys in it.
 */
function viewOfNode(real: string): Pick<HostView, 'paths' | 'links'> & { programs: string[] } {
  const programs = dirname(real);
  if (real.startsWith('/usr/')) {
    const first = PROGRAM_FOLDERS.map((folder) => join(folder, 'node')).find(existsSync);
    const isFirst = first !== undefined && realpathSync(first) === real;
    return { paths: [], links: [], programs: isFirst ? [] : [programs] };
  }
  // There it is linked with what else is in the store.
  if (real.startsWith('/nix/store/')) return { paths: ['/nix/store'], links: [], programs: [programs] };
  const prefix = dirname(programs);
  const packages = join(prefix, 'lib/node_modules');
  const links = namesIn(programs).flatMap((name) => {
    const path = join(programs, name);
    const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() && existsSync(path);
    const leadsToPackage = isLink && realpathSync(path).startsWith(`${packages}/`);
    return leadsToPackage ? [[path, readlinkSync(path)] as const] : [];
  });
  const more = [packages, join(prefix, 'include/node')].filter(existsSync);
  return { paths: [real, ...more], links, programs: [programs] };
}

function privateProc(): string[] {
  const files = namesIn('/proc').filter((name) => {
    const found = lstatSync(join('/proc', name), { throwIfNoEntry: false });
    const isForAll = found !== undefined && (found.mode & 0o004) !== 0;
    return found?.isFile() && !isForAll;
  });
  return files.map((name) => join('/proc', name));
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/**
 * Descriptors above the first three that whoever started us has left open for every program that we start. Node marks only those
 * near the beginning (`uv_disable_stdio_inheritance`); a command could read and write what is behind them.
 */
export function inheritedDescriptors(): number[] {
  return namesIn('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > 2 && !closesOnExec(descriptor));
}

/** proc(5), `/proc/pid/fdinfo`: flags are octal, with O_CLOEXEC. */
function closesOnExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'));
    return (Number.parseInt(flags?.[1] ?? '0', 8) & 0o2000000) !== 0;
  } catch {
    // It was the one for the folder itself.
    return true;
  }
}
