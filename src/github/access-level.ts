import * as z from 'zod/mini';

/** What somebody may do in a repository, as far as it matters here. */
export type AccessLevel = 'write' | 'read' | 'none';

/** The answer of `repos/get-collaborator-permission-level`. `userId`: whose it is; null when GitHub does not tell. */
export const accessSchema = z.pipe(
  z.object({
    permission: z.string(),
    role_name: z._default(z.string(), ''),
    user: z._default(z.nullable(z.object({ id: z.int() })), null),
  }),
  z.transform(({ permission, role_name, user }) => ({
    // A role of an organization's own has a name of its own: then what it is built upon.
    level: LEVEL_OF_ROLE.get(role_name) ?? LEVEL_OF_PERMISSION.get(permission) ?? 'none',
    userId: user?.id ?? null,
  })),
);

const LEVEL_OF_ROLE: ReadonlyMap<string, AccessLevel> = new Map([
  ['admin', 'write'],
  ['maintain', 'write'],
  ['write', 'write'],
  ['triage', 'read'],
  ['read', 'read'],
  ['none', 'none'],
]);

/** docs.github.com/en/rest/collaborators: here `maintain` is `write`, and `triage` is `read`. */
const LEVEL_OF_PERMISSION: ReadonlyMap<string, AccessLevel> = new Map([
  ['admin', 'write'],
  ['write', 'write'],
  ['read', 'read'],
  ['none', 'none'],
]);
