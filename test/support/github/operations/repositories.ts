import { commitOf } from '../bare-repository.ts';
import { accountJson, nodeId, userJson } from '../json/account.ts';
import { labelJson, repositoryApi, repositoryJson } from '../json/repository.ts';
import { type AnyOperation, operation } from '../operation.ts';
import { branchesOf } from '../pull-requests.ts';
import { GitHubRefusal, notFound } from '../refusal.ts';
import { findAccount, type Role, roleOf } from '../state.ts';

/** Repositories, who may do what in them, users, and the rate limit. */
export const REPOSITORY_OPERATIONS: readonly AnyOperation[] = [
  operation('repos/get', { metadata: 'read' }, ({ world, repository }) => ({
    status: 200,
    body: repositoryJson(world.state, repository()),
  })),

  operation('git/get-ref', { contents: 'read' }, async ({ world, params, repository }) => {
    const ref = `refs/${params['ref']}`;
    const sha = await commitOf(repository().path, ref);
    if (sha === null && (await branchesOf(repository())).size === 0)
      throw new GitHubRefusal(409, 'Git Repository is empty.');
    if (sha === null) throw notFound();
    const api = `${repositoryApi(world.state, repository())}/git`;
    return {
      status: 200,
      body: {
        ref,
        node_id: nodeId('REF', repository().id),
        url: `${api}/${ref}`,
        object: { type: 'commit', sha, url: `${api}/commits/${sha}` },
      },
    };
  }),

  operation(
    'repos/get-collaborator-permission-level',
    { metadata: 'read' },
    ({ world, params, repository }) => {
      const account = findAccount(world.state, String(params['username']));
      if (account === undefined) throw notFound();
      const role = roleOf(repository(), account);
      const permission = legacyPermission(role);
      const roleName = typeof role === 'string' ? role : role.name;
      return {
        status: 200,
        body: {
          permission,
          role_name: roleName,
          user: {
            ...accountJson(world.state, account),
            permissions: {
              admin: permission === 'admin',
              maintain: role === 'admin' || role === 'maintain',
              push: permission === 'admin' || permission === 'write',
              triage: permission === 'admin' || permission === 'write' || role === 'triage',
              pull: permission !== 'none',
            },
            role_name: roleName,
          },
        },
      };
    },
  ),

  operation('issues/list-labels-for-repo', [{ issues: 'read' }, { pull_requests: 'read' }], (call) => {
    const repository = call.repository();
    return {
      list: [...repository.labels.values()].map((label) => labelJson(call.world.state, repository, label)),
    };
  }),

  operation('users/get-by-username', 'anyone', ({ world, params }) => {
    const account = findAccount(world.state, String(params['username']));
    if (account === undefined) throw notFound();
    return { status: 200, body: userJson(world.state, account) };
  }),

  operation('users/get-by-id', 'anyone', ({ world, params }) => {
    const account = [...world.state.accounts.values()].find(({ id }) => id === params['account_id']);
    if (account === undefined) throw notFound();
    return { status: 200, body: userJson(world.state, account) };
  }),

  operation('rate-limit/get', 'anyone', () => {
    const limit = { limit: 5000, remaining: 4999, reset: Math.ceil(Date.now() / 1000) + 3600, used: 1 };
    return { status: 200, body: { resources: { core: limit, search: limit, graphql: limit }, rate: limit } };
  }),
];

/** `maintain` is write there and `triage` is read; a custom role is what it is based on. */
function legacyPermission(role: Role): 'admin' | 'write' | 'read' | 'none' {
  if (typeof role !== 'string') return role.base;
  if (role === 'maintain') return 'write';
  return role === 'triage' ? 'read' : role;
}
