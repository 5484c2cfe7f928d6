import { LOOPBACK_OPERATIONS, type OperationId } from '../loopback-operations.ts';
import type { AnyOperation } from '../operation.ts';
import { APP_OPERATIONS } from './apps.ts';
import { CHECK_OPERATIONS } from './checks.ts';
import { ISSUE_OPERATIONS } from './issues.ts';
import { PULL_OPERATIONS } from './pulls.ts';
import { REACTION_OPERATIONS } from './reactions.ts';
import { REPOSITORY_OPERATIONS } from './repositories.ts';
import { REVIEW_OPERATIONS } from './reviews.ts';

/** What is answered, by name: all that the extract describes. */
export const OPERATIONS: ReadonlyMap<OperationId, AnyOperation> = new Map(
  [
    ...APP_OPERATIONS,
    ...CHECK_OPERATIONS,
    ...ISSUE_OPERATIONS,
    ...PULL_OPERATIONS,
    ...REACTION_OPERATIONS,
    ...REPOSITORY_OPERATIONS,
    ...REVIEW_OPERATIONS,
  ].map((one) => [one.id, one]),
);

for (const id of LOOPBACK_OPERATIONS)
  if (!OPERATIONS.has(id)) throw new Error(`nothing answers ${id}, which is in the extract`);
