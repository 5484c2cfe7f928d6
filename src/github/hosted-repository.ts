import * as z from 'zod/mini';

/** A repository on GitHub. */
export interface HostedRepository {
  /** Stays when it is renamed or moved. */
  readonly id: number;
  /** `owner/name`, as it is now. */
  readonly fullName: string;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly archived: boolean;
}

export const hostedRepositorySchema = z.pipe(
  z.object({
    id: z.int(),
    full_name: z.string(),
    name: z.string(),
    owner: z.object({ login: z.string() }),
    private: z.boolean(),
    default_branch: z.string(),
    archived: z.boolean(),
  }),
  z.transform(
    ({ id, full_name, name, owner, default_branch, archived, ...one }): HostedRepository => ({
      id,
      fullName: full_name,
      owner: owner.login,
      name,
      private: one.private,
      defaultBranch: default_branch,
      archived,
    }),
  ),
);
