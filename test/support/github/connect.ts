import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import type { LoopbackGitHub, Permissions } from './loopback-github.ts';

/** A client with the App's JWT. */
export function asApp(github: LoopbackGitHub): Octokit {
  return new Octokit({
    baseUrl: github.apiUrl,
    authStrategy: createAppAuth,
    auth: { appId: github.app.id, privateKey: github.app.privateKey },
    log: QUIET,
  });
}

/** A token of the repository's installation, cut down to the repository and to `permissions` (default: all). */
export async function tokenFor(
  github: LoopbackGitHub,
  repository: string,
  permissions?: Permissions,
): Promise<string> {
  const { data } = await asApp(github).rest.apps.createInstallationAccessToken({
    installation_id: github.installationOf(repository),
    repository_ids: [github.repositoryId(repository)],
    ...(permissions === undefined ? {} : { permissions: { ...permissions } }),
  });
  return data.token;
}

/** A client with such a token. */
export async function clientFor(
  github: LoopbackGitHub,
  repository: string,
  permissions?: Permissions,
): Promise<Octokit> {
  return new Octokit({
    baseUrl: github.apiUrl,
    auth: await tokenFor(github, repository, permissions),
    log: QUIET,
  });
}

const nothing = () => undefined;
const QUIET = { debug: nothing, info: nothing, warn: nothing, error: nothing };
