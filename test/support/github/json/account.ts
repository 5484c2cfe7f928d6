import { type Account, type Installation, type Repository, roleOf, type State } from '../state.ts';

/** A GraphQL id: what kind of thing it is, and which one. */
export const nodeId = (kind: string, id: number): string =>
  `${kind}_${Buffer.from(`loopback:${id}`).toString('base64url')}`;

/** `simple-user` */
export function accountJson(state: State, { id, login, type }: Account) {
  const api = `${state.url}/api/v3/users/${encodeURIComponent(login)}`;
  return {
    login,
    id,
    node_id: nodeId(type === 'Bot' ? 'BOT' : 'U', id),
    avatar_url: `${state.url}/avatars/${id}`,
    gravatar_id: '',
    url: api,
    html_url: `${state.url}/${type === 'Bot' ? `apps/${login.replace('[bot]', '')}` : login}`,
    followers_url: `${api}/followers`,
    following_url: `${api}/following{/other_user}`,
    gists_url: `${api}/gists{/gist_id}`,
    starred_url: `${api}/starred{/owner}{/repo}`,
    subscriptions_url: `${api}/subscriptions`,
    organizations_url: `${api}/orgs`,
    repos_url: `${api}/repos`,
    events_url: `${api}/events{/privacy}`,
    received_events_url: `${api}/received_events`,
    type,
    site_admin: false,
  };
}

/** `public-user` */
export function userJson(state: State, account: Account) {
  const at = state.app.createdAt.toISOString();
  return {
    ...accountJson(state, account),
    name: null,
    company: null,
    blog: null,
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: at,
    updated_at: at,
  };
}

/** `integration` */
export function appJson(state: State) {
  const { app } = state;
  const at = app.createdAt.toISOString();
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    owner: accountJson(state, { id: 1, login: 'the-owner', type: 'User' }),
    name: app.name,
    description: '',
    external_url: `${state.url}/apps/${app.slug}`,
    html_url: `${state.url}/apps/${app.slug}`,
    created_at: at,
    updated_at: at,
    permissions: { ...state.permissions },
    events: ['pull_request', 'issue_comment'],
  };
}

/** `installation` */
export function installationJson(state: State, installation: Installation) {
  const api = `${state.url}/api/v3`;
  const at = installation.createdAt.toISOString();
  return {
    id: installation.id,
    client_id: state.app.clientId,
    // One operation's schema wants an enterprise and an account at once (`allOf`), others one of them: this is both.
    account: {
      ...accountJson(state, installation.account),
      name: installation.account.login,
      slug: installation.account.login,
      created_at: at,
      updated_at: at,
    },
    access_tokens_url: `${api}/app/installations/${installation.id}/access_tokens`,
    repositories_url: `${api}/installation/repositories`,
    html_url: `${state.url}/settings/installations/${installation.id}`,
    app_id: state.app.id,
    app_slug: state.app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: { ...state.permissions },
    events: ['pull_request', 'issue_comment'],
    created_at: at,
    updated_at: at,
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    repository_selection: 'all',
    suspended_by: null,
    suspended_at: null,
  };
}

/** `author_association`: a hint, of which nobody should make a permission. */
export function associationOf(repository: Repository, account: Account): string {
  const role = roleOf(repository, account);
  if (repository.owner.id === account.id) return 'OWNER';
  if (role === 'admin' || role === 'maintain') return 'MEMBER';
  return role === 'write' || role === 'triage' ? 'COLLABORATOR' : 'NONE';
}
