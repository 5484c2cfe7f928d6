import type { InstallationToken } from './github-app.ts';
import type { Permissions } from './permissions.ts';

/** One repository of an installation, and what is to be done there. */
export interface Access {
  readonly installation: number;
  readonly repository: number;
  readonly permissions: Permissions;
}

/** A token; `instead`: of one that is of no use any more. */
export type TokenSource = (access: Access, instead?: string) => Promise<InstallationToken>;

/** For a job to end with the token that it began a request with. */
const EARLY_MS = 5 * 60_000;

/** Keeps the tokens that `mint` makes, in memory only: those who ask for the same at once get the same. */
export function keepTokens(mint: (access: Access) => Promise<InstallationToken>): TokenSource {
  const kept = new Map<string, Promise<InstallationToken>>();

  return async function token(access, instead) {
    const key = keyOf(access);
    const asked = kept.get(key);
    if (asked !== undefined) {
      const one = await asked;
      if (isFresh(one) && one.token !== instead) return one;
      // Another one who waited has a new one made already.
      if (kept.get(key) !== asked) return token(access, instead);
    }
    const made = mint(access);
    kept.set(key, made);
    const forget = () => {
      if (kept.get(key) === made) kept.delete(key);
    };
    made.then(({ expiresAt }) => {
      setTimeout(forget, Math.max(0, expiresAt.getTime() - Date.now())).unref();
    }, forget);
    return made;
  };
}

const isFresh = ({ expiresAt }: InstallationToken): boolean => expiresAt.getTime() - Date.now() > EARLY_MS;

function keyOf({ installation, repository, permissions }: Access): string {
  const sorted = Object.entries(permissions).sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify([installation, repository, sorted]);
}
