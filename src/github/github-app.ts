import type { HookDelivery, HookDeliveryDetail } from './hook-delivery.ts';
import type { Permissions } from './permissions.ts';
import type { RepositoryClient } from './repository-client.ts';

export interface GitHubAppSettings {
  readonly appId: number;
  /** PEM. */
  readonly privateKey: string;
  /** `https://api.github.com`, or `https://<host>/api/v3` of a GitHub Enterprise Server. http for loopback only. */
  readonly apiUrl: string;
}

/** One exchange with GitHub; a redirect is one of its own. */
export interface ObservedRequest {
  /** As GitHub's OpenAPI description names it: `pulls/get`; `graphql/<name>`. */
  readonly operation: string;
  readonly method: string;
  /** Null without an answer. */
  readonly status: number | null;
  /** Of both bodies. */
  readonly bytes: { readonly sent: number; readonly received: number };
  readonly ms: number;
}

export interface GitHubOptions {
  /** Between two writes of one installation. Default 1,000, GitHub's advice (docs.github.com, "Best practices for using the REST API"). */
  readonly writeGapMs?: number;
  /** For one exchange. Default 30,000. */
  readonly timeoutMs?: number;
  /** Of one list. Default 3,000. */
  readonly maxItems?: number;
  readonly onRequest?: (request: ObservedRequest) => void;
}

/** Who we are on GitHub. */
export interface AppIdentity {
  readonly appId: number;
  readonly slug: string;
  /** Of the bot user: the author of all that we post. */
  readonly userId: number;
}

/** A token, and what it is for. */
export interface InstallationToken {
  readonly token: string;
  readonly expiresAt: Date;
  /** `owner/name` of its one repository. */
  readonly fullName: string;
}

export interface GitHubApp {
  /** Asked once and kept. */
  identity(): Promise<AppIdentity>;
  /**
   * A token for one repository with those permissions only; the same one until five minutes before it expires.
   * `instead`: a token that was refused with a 401, for which a new one is made once.
   */
  token(
    installation: number,
    repository: number,
    permissions: Permissions,
    options?: { readonly instead?: string; readonly signal?: AbortSignal },
  ): Promise<InstallationToken>;
  /** `signal`: ends all that the client does. */
  client(
    installation: number,
    repository: number,
    permissions: Permissions,
    signal?: AbortSignal,
  ): RepositoryClient;
  /** Handed over or not, newest first, as far back as `since` (GitHub keeps them for some days). */
  deliveries(since: Date, signal?: AbortSignal): AsyncIterable<HookDelivery>;
  delivery(id: string, signal?: AbortSignal): Promise<HookDeliveryDetail>;
  /** GitHub sends it again, with the same guid. */
  redeliver(id: string, signal?: AbortSignal): Promise<void>;
}
