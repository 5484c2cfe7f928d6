import { createAppAuth } from '@octokit/auth-app';
import * as z from 'zod/mini';
import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { until } from './abortable.ts';
import { accountSchema } from './account.ts';
import { type Answer, type Basis, createConnection, type Question } from './connection.ts';
import { createRepositoryClient } from './create-repository-client.ts';
import { malformedAnswer } from './failure.ts';
import type {
  AppIdentity,
  GitHubApp,
  GitHubAppSettings,
  GitHubOptions,
  InstallationToken,
} from './github-app.ts';
import { hookDeliveryDetailSchema, hookDeliverySchema } from './hook-delivery.ts';
import { type Access, keepTokens } from './installation-tokens.ts';
import { instantSchema } from './instant.ts';
import { rsaKey } from './rsa-key.ts';
import { parseServerAddress } from './server-address.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

const tokenSchema = z.object({
  token: z.string(),
  expires_at: instantSchema,
  // Optional in the description: it is there when the token was asked for by repositories.
  repositories: z._default(z.array(z.object({ id: z.int(), full_name: z.string() })), []),
});

const installationSchema = z.object({ id: z.int(), suspended_at: z.optional(z.nullable(instantSchema)) });

type Octokit = Parameters<Question<unknown>['send']>[0];
type Send = (octokit: Octokit, basis: Basis) => Promise<{ readonly data: unknown }>;

/**
 * Our App on a GitHub. Asks nothing yet. Throws a CodeAgentError with exit code 2 when the key or an address cannot be used; all
 * that is asked rejects with a GitHubError.
 */
export function createGitHubApp(settings: GitHubAppSettings, options: GitHubOptions = {}): GitHubApp {
  const { appId } = settings;
  const { writeGapMs = 1000, timeoutMs = 30_000, maxItems = 3000, onRequest = () => {} } = options;
  const apiUrl = parseServerAddress(settings.apiUrl, 'GITHUB_API_URL');
  const auth = createAppAuth({ appId, privateKey: usableKey(settings.privateKey) });
  const connection = createConnection(apiUrl, { timeoutMs, onRequest });
  const never = new AbortController().signal;
  const queues = new Map<number, WriteQueue>();
  let known: Promise<AppIdentity> | null = null;

  /** As the App itself: by a JWT, which lives for ten minutes. */
  async function askAsApp<Value>(
    operation: string,
    schema: z.ZodMiniType<Value>,
    send: Send,
    { isWrite = false, signal = never }: { isWrite?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<Answer<Value>> {
    const { token } = await auth({ type: 'app' });
    return connection({ operation, isWrite, secret: token, signal, schema, send });
  }

  /** All pages, as far as they are read. */
  async function* pages<Item>(
    operation: string,
    schema: z.ZodMiniType<readonly Item[]>,
    first: Send,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Item> {
    let send = first;
    for (;;) {
      const { value, next } = await askAsApp(operation, schema, send, { signal });
      yield* value;
      if (next === null) return;
      send = (octokit, basis) => octokit.request({ method: 'GET', url: next, ...basis });
    }
  }

  async function mint({ installation, repository, permissions }: Access): Promise<InstallationToken> {
    const operation = 'apps/create-installation-access-token';
    // A token that nobody got to know of is no harm: it may be asked for again.
    const { value } = await askAsApp(operation, tokenSchema, ({ rest }, basis) =>
      rest.apps.createInstallationAccessToken({
        ...basis,
        installation_id: installation,
        repository_ids: [repository],
        permissions,
      }),
    );
    const [only, ...others] = value.repositories;
    if (only?.id !== repository || others.length > 0)
      throw malformedAnswer(
        { operation, isWrite: false, secret: null },
        201,
        'is a token for other repositories than the one that was asked for',
      );
    return { token: value.token, expiresAt: value.expires_at, fullName: only.full_name };
  }

  /**
   * The user behind the bot can be asked for by any installation; while there is none, as nobody, which a GitHub in private mode
   * refuses. The token may read metadata, of all repositories of that installation, and is forgotten at once.
   */
  async function findIdentity(): Promise<AppIdentity> {
    const app = await askAsApp(
      'apps/get-authenticated',
      z.object({ id: z.int(), slug: z.string() }),
      ({ rest }, basis) => rest.apps.getAuthenticated(basis),
    );
    const { id, slug } = app.value;
    const login = `${slug}[bot]`;
    let secret: string | null = null;
    const installations = pages(
      'apps/list-installations',
      z.array(installationSchema),
      ({ rest }, basis) => rest.apps.listInstallations({ ...basis, per_page: 100 }),
      never,
    );
    for await (const { id: installation, suspended_at } of installations) {
      if (suspended_at != null) continue;
      const made = await askAsApp('apps/create-installation-access-token', tokenSchema, ({ rest }, basis) =>
        rest.apps.createInstallationAccessToken({
          ...basis,
          installation_id: installation,
          permissions: { metadata: 'read' },
        }),
      );
      secret = made.value.token;
      break;
    }
    const user = await connection({
      operation: 'users/get-by-username',
      isWrite: false,
      secret,
      signal: never,
      schema: accountSchema,
      send: ({ rest }, basis) => rest.users.getByUsername({ ...basis, username: login }),
    });
    return { appId: id, slug, userId: user.value.id };
  }

  const token = keepTokens(mint);

  return {
    identity() {
      known ??= findIdentity().catch((error: unknown) => {
        known = null;
        throw error;
      });
      return known;
    },

    token(installation, repository, permissions, { instead, signal = never } = {}) {
      return until(token({ installation, repository, permissions }, instead), signal);
    },

    client(installation, repository, permissions, signal = never) {
      const writeInTurn = queues.get(installation) ?? createWriteQueue(writeGapMs);
      queues.set(installation, writeInTurn);
      return createRepositoryClient({
        connection,
        repositoryId: repository,
        token: (instead) => token({ installation, repository, permissions }, instead),
        writeInTurn,
        maxItems,
        signal,
      });
    },

    async *deliveries(since, signal) {
      const all = pages(
        'apps/list-webhook-deliveries',
        z.array(hookDeliverySchema),
        ({ rest }, basis) => rest.apps.listWebhookDeliveries({ ...basis, per_page: 100 }),
        signal,
      );
      for await (const delivery of all) {
        if (delivery.deliveredAt < since) return;
        yield delivery;
      }
    },

    async delivery(id, signal) {
      const { value } = await askAsApp(
        'apps/get-webhook-delivery',
        hookDeliveryDetailSchema,
        (octokit, basis) => octokit.request({ method: 'GET', url: pathOfDelivery(id), ...basis }),
        { signal },
      );
      return value;
    },

    async redeliver(id, signal) {
      await askAsApp(
        'apps/redeliver-webhook-delivery',
        z.unknown(),
        (octokit, basis) =>
          octokit.request({ method: 'POST', url: `${pathOfDelivery(id)}/attempts`, ...basis }),
        { isWrite: true, signal },
      );
    },
  };
}

/** Octokit's own method takes a number, which has no room for the digits. */
function pathOfDelivery(id: string): string {
  if (!/^\d+$/.test(id)) throw new RangeError('the id of a delivery is digits');
  return `/app/hook/deliveries/${id}`;
}

function usableKey(text: string): string {
  const key = rsaKey(text);
  if (key !== null) return key;
  throw new CodeAgentError('the private key of the GitHub App cannot be read', {
    exitCode: EXIT.usage,
    advice:
      'PRIVATE_KEY or PRIVATE_KEY_PATH: the PEM file that GitHub made in the settings of the App, whole.',
  });
}
