import { join } from 'node:path';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { namesIn } from './mirror-lock.ts';
import type { MirrorKey } from './mirrors.ts';

/** Where everything of a mirror is. */
export interface MirrorPlace {
  /** `host/id`. */
  readonly name: string;
  readonly folder: string;
  /** The bare repository. */
  readonly gitDir: string;
  /** Held while it is fetched into, packed or removed. */
  readonly lock: string;
  /** Claims of those who work with it. */
  readonly users: string;
  /** When this file was written last, the mirror was used last. */
  readonly used: string;
  /** It is to go with its last user. */
  readonly doomed: string;
  /** What is being removed. */
  readonly grave: string;
}

/** By host and number, so that another name or owner keeps it. */
export function placeOf(root: string, { identity, id }: MirrorKey): MirrorPlace {
  const host = identity.split('/')[0]?.replace(/[^a-z0-9.-]/g, '_') ?? '';
  if (!/^[a-z0-9_]/.test(host) || !Number.isSafeInteger(id) || id <= 0) {
    throw new CodeAgentError(`there can be no mirror of ${JSON.stringify(identity)}, number ${id}`, {
      exitCode: EXIT.usage,
    });
  }
  return place(root, host, String(id));
}

/** All that there may be mirrors in. */
export const placesIn = (root: string): MirrorPlace[] =>
  namesIn(root).flatMap((host) =>
    namesIn(join(root, host))
      .filter((id) => /^\d+$/.test(id))
      .map((id) => place(root, host, id)),
  );

function place(root: string, host: string, id: string): MirrorPlace {
  const folder = join(root, host, id);
  return {
    name: `${host}/${id}`,
    folder,
    gitDir: join(folder, 'repository.git'),
    lock: join(folder, 'lock'),
    users: join(folder, 'users'),
    used: join(folder, 'used'),
    doomed: join(folder, 'doomed'),
    grave: join(folder, 'removed'),
  };
}

/** How many packs git has to look an object up in. */
export const packsIn = ({ gitDir }: MirrorPlace): number =>
  namesIn(join(gitDir, 'objects/pack')).filter((name) => name.endsWith('.idx')).length;
