/** Where a lock file says that a package comes from, without the path to it. */
export interface Origin {
  /** Two packages from the same place have the same one. */
  readonly id: string;
  readonly host: string;
  /** The text by which the place is found in the file. */
  readonly text: string;
  readonly git: boolean;
  /** Plain http: whoever is on the way can change what arrives. */
  readonly insecure: boolean;
}

/** Cargo's registry is, for older versions of it, a git repository on a host that has others too. */
const CRATES_INDEX = 'github.com/rust-lang/crates.io-index';

const PLAIN = /^https:\/\/([a-z\d.-]{1,255})\/.*\.(?:tgz|whl|gz)$/;

/** Null when the source names no other host: a path, a version, a workspace. */
export function originOf(source: string): Origin | null {
  const scp = /^[\w.-]{1,100}@([\w.-]{1,255}):/.exec(source)?.[1];
  if (scp !== undefined) return { id: `git ${scp}`, host: scp, text: scp, git: true, insecure: false };
  // Nearly all of a lock file, and `URL` takes ten times as long.
  const plain = PLAIN.exec(source)?.[1];
  if (plain !== undefined) return { id: plain, host: plain, text: plain, git: false, insecure: false };
  if (!URL.canParse(source)) return null;
  const { protocol, host: authority, pathname } = new URL(source);
  if (authority === '') return null;
  const schemes = protocol.slice(0, -1).split('+');
  const index = schemes.includes('registry') && `${authority}${pathname}`.startsWith(CRATES_INDEX);
  const host = index ? CRATES_INDEX : authority;
  const insecure = schemes.includes('http');
  const git = schemes.includes('git') || schemes.includes('ssh') || pathname.endsWith('.git');
  const text = insecure ? `http://${host}` : host;
  return { id: `${git ? 'git ' : ''}${text}`, host, text, git, insecure };
}
