/** Somebody as GraphQL tells of them: the login of a bot is without its `[bot]`, so compare ids. */
export interface GraphqlActor {
  readonly login: string;
  /** The same id as in REST; null when GitHub does not tell it. */
  readonly id: number | null;
  /** `User`, `Bot`, `Organization`, `Mannequin`, `EnterpriseUserAccount`. */
  readonly type: string;
}

export interface ThreadComment {
  /** The id that REST has for it. */
  readonly id: number;
  readonly body: string;
  readonly author: GraphqlActor | null;
  readonly createdAt: Date;
}

/** A thread of review comments: only GraphQL tells of it whether it is resolved. */
export interface ReviewThread {
  /** GraphQL's, for `resolveThread`. */
  readonly id: string;
  readonly isResolved: boolean;
  readonly resolvedBy: GraphqlActor | null;
  readonly path: string;
  /** The first comment and the replies, oldest first; at most the first hundred. */
  readonly comments: readonly ThreadComment[];
}
