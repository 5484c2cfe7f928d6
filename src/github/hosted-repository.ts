import * as z from 'zod/mini';

/** A repository on GitHub. */
export interface HostedRepository {
  /** Stays when it is renamed or moved. */
  readonly id: number;
  /** `owner/name`, as it is now. */
  readonly fullName: string;
  /** Without `refs/heads/`. It need not be there: an empty repository has none. */
  readonly defaultBranch: string;
}

export const hostedRepositorySchema = z.pipe(
  z.object({ id: z.int(), full_name: z.string(), default_branch: z.string() }),
  z.transform(
    ({ id, full_name, default_branch }): HostedRepository => ({
      id,
      fullName: full_name,
      defaultBranch: default_branch,
    }),
  ),
);
