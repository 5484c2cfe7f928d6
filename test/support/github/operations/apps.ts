import { appJson, installationJson } from '../json/account.ts';
import { repositoryJson } from '../json/repository.ts';
import type { Delivery, Permissions } from '../loopback-github.ts';
import { type AnyOperation, operation, tokenOf } from '../operation.ts';
import { GitHubRefusal, notFound } from '../refusal.ts';
import { findRepository, type Installation } from '../state.ts';
import { makeToken } from '../tokens.ts';
import type { World } from '../world.ts';

/** The App, its installations and tokens, and what became of its webhooks. */
export const APP_OPERATIONS: readonly AnyOperation[] = [
  operation('apps/get-authenticated', 'app', ({ world }) => ({ status: 200, body: appJson(world.state) })),

  operation('apps/list-installations', 'app', ({ world }) => ({
    list: [...world.state.installations.values()]
      .filter(({ isGone }) => !isGone)
      .map((installation) => installationJson(world.state, installation)),
  })),

  operation('apps/get-installation', 'app', ({ world, params }) => ({
    status: 200,
    body: installationJson(world.state, installationOf(world, params['installation_id'])),
  })),

  operation('apps/get-repo-installation', 'app', ({ world, params }) => {
    const { installation } = findRepository(world.state, `${params['owner']}/${params['repo']}`) ?? {};
    if (installation == null || installation.isGone) throw notFound();
    return { status: 200, body: installationJson(world.state, installation) };
  }),

  operation('apps/create-installation-access-token', 'app', ({ world, params, body }) => {
    const installation = installationOf(world, params['installation_id']);
    const repositories = repositoriesOf(world, installation);
    const ids = body?.repository_ids;
    const chosen =
      ids === undefined && body?.repositories === undefined
        ? null
        : repositories.filter(
            ({ id, name }) => ids?.includes(id) === true || body?.repositories?.includes(name) === true,
          );
    if (chosen !== null && chosen.length < (ids?.length ?? 0) + (body?.repositories?.length ?? 0))
      throw new GitHubRefusal(
        422,
        'There is at least one repository that does not exist or is not accessible to the parent installation.',
      );
    const permissions = cutDown(world.state.permissions, body?.permissions);
    const expiresAt = new Date(Date.now() + (world.options.tokenSeconds ?? 3600) * 1000);
    const token = makeToken(world.state.app, installation.id, expiresAt);
    world.tokens.set(token, {
      token,
      installation,
      repositoryIds: chosen?.map(({ id }) => id) ?? null,
      permissions,
      expiresAt,
    });
    return {
      status: 201,
      body: {
        token,
        expires_at: expiresAt.toISOString(),
        permissions: { ...permissions },
        repository_selection: chosen === null ? 'all' : 'selected',
        ...(chosen === null ? {} : { repositories: chosen.map((one) => repositoryJson(world.state, one)) }),
      },
    };
  }),

  operation('apps/revoke-installation-access-token', 'installation', (call) => {
    call.world.tokens.delete(tokenOf(call).token);
    return { status: 204, body: null };
  }),

  operation('apps/list-repos-accessible-to-installation', 'installation', (call) => {
    const { installation, repositoryIds } = tokenOf(call);
    return {
      key: 'repositories',
      list: repositoriesOf(call.world, installation)
        .filter(({ id }) => repositoryIds === null || repositoryIds.includes(id))
        .map((repository) => repositoryJson(call.world.state, repository)),
    };
  }),

  operation('apps/list-webhook-deliveries', 'app', ({ world, query }) => {
    const newestFirst = [...world.webhooks.deliveries].reverse();
    const wanted = newestFirst.filter(
      ({ id, status }) =>
        (query.cursor === undefined || id < Number(query.cursor)) &&
        (query.status === undefined || (query.status === 'success') === isSuccess(status)),
    );
    const size = query.per_page ?? 30;
    const next = wanted.length > size ? wanted[size - 1]?.id : undefined;
    return {
      status: 200,
      body: wanted.slice(0, size).map((delivery) => deliveryJson(delivery)),
      ...(next === undefined ? {} : { nextCursor: String(next) }),
    };
  }),

  operation('apps/get-webhook-delivery', 'app', ({ world, params }) => {
    const delivery = world.webhooks.deliveries.find(({ id }) => id === params['delivery_id']);
    if (delivery === undefined) throw notFound();
    return {
      status: 200,
      body: {
        ...deliveryJson(delivery),
        url: '',
        request: { headers: delivery.headers, payload: JSON.parse(delivery.body) },
        response: { headers: {}, payload: null },
      },
    };
  }),

  operation('apps/redeliver-webhook-delivery', 'app', ({ world, params }) => {
    if (world.webhooks.redeliver(Number(params['delivery_id'])) === undefined) throw notFound();
    return { status: 202, body: {} };
  }),
];

/** The repositories that an installation reaches. */
export const repositoriesOf = (world: World, installation: Installation) =>
  [...world.state.repositories.values()].filter((one) => one.installation === installation && !one.isDeleted);

function installationOf(world: World, id: unknown): Installation {
  const installation = world.state.installations.get(Number(id));
  if (installation === undefined || installation.isGone) throw notFound();
  return installation;
}

/** What is asked for, of what was granted. Without a wish it is all. @throws GitHubRefusal 422 for more than was granted */
function cutDown(granted: Permissions, wanted: object | undefined): Permissions {
  if (wanted === undefined) return granted;
  const all: Readonly<Record<string, string>> = { ...granted };
  for (const [name, level] of Object.entries(wanted))
    if (all[name] === undefined || (level === 'write' && all[name] !== 'write'))
      throw new GitHubRefusal(422, 'The permissions requested are not granted to this installation.');
  return { metadata: 'read', ...wanted };
}

const isSuccess = (status: number) => status >= 200 && status < 300;

function deliveryJson(delivery: Delivery) {
  const payload: { installation?: { id?: number }; repository?: { id?: number } } = JSON.parse(delivery.body);
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: delivery.at.toISOString(),
    redelivery: delivery.isRedelivery,
    duration: delivery.durationMs / 1000,
    status: isSuccess(delivery.status)
      ? 'OK'
      : delivery.status === 0
        ? 'failed to connect to host'
        : 'Invalid HTTP Response',
    status_code: delivery.status,
    event: delivery.event,
    action: delivery.action,
    installation_id: payload.installation?.id ?? null,
    repository_id: payload.repository?.id ?? null,
    throttled_at: null,
  };
}
