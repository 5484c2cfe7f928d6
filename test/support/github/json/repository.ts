import { fullName, type Label, type Repository, type State } from '../state.ts';
import { accountJson, nodeId } from './account.ts';

/** Where the API has a repository. */
export const repositoryApi = (state: State, repository: Repository) =>
  `${state.url}/api/v3/repos/${fullName(repository)}`;

/** `repository`, `full-repository` and what webhooks have. */
export function repositoryJson(state: State, repository: Repository): Record<string, unknown> {
  const api = repositoryApi(state, repository);
  const html = `${state.url}/${fullName(repository)}`;
  const at = repository.createdAt.toISOString();
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: fullName(repository),
    private: repository.isPrivate,
    visibility: repository.isPrivate ? 'private' : 'public',
    owner: accountJson(state, repository.owner),
    html_url: html,
    description: null,
    fork: repository.parent !== null,
    url: api,
    ...Object.fromEntries(Object.entries(URLS).map(([name, rest]) => [`${name}_url`, `${api}${rest}`])),
    git_url: `git:${html.replace(/^\w+:/, '')}.git`,
    ssh_url: `git@localhost:${fullName(repository)}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    mirror_url: null,
    homepage: null,
    language: null,
    forks_count: 0,
    forks: 0,
    stargazers_count: 0,
    watchers_count: 0,
    watchers: 0,
    size: 1,
    default_branch: repository.defaultBranch,
    open_issues_count: 0,
    open_issues: 0,
    is_template: false,
    topics: [],
    has_issues: true,
    has_projects: true,
    has_wiki: true,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    license: null,
    pushed_at: at,
    created_at: at,
    updated_at: at,
    subscribers_count: 0,
    network_count: 0,
  };
}

/** `label` */
export function labelJson(state: State, repository: Repository, { id, name }: Label) {
  return {
    id,
    node_id: nodeId('LA', id),
    url: `${repositoryApi(state, repository)}/labels/${encodeURIComponent(name)}`,
    name,
    description: '',
    color: 'ededed',
    default: false,
  };
}

const URLS = {
  forks: '/forks',
  keys: '/keys{/key_id}',
  collaborators: '/collaborators{/collaborator}',
  teams: '/teams',
  hooks: '/hooks',
  issue_events: '/issues/events{/number}',
  events: '/events',
  assignees: '/assignees{/user}',
  branches: '/branches{/branch}',
  tags: '/tags',
  blobs: '/git/blobs{/sha}',
  git_tags: '/git/tags{/sha}',
  git_refs: '/git/refs{/sha}',
  trees: '/git/trees{/sha}',
  statuses: '/statuses/{sha}',
  languages: '/languages',
  stargazers: '/stargazers',
  contributors: '/contributors',
  subscribers: '/subscribers',
  subscription: '/subscription',
  commits: '/commits{/sha}',
  git_commits: '/git/commits{/sha}',
  comments: '/comments{/number}',
  issue_comment: '/issues/comments{/number}',
  contents: '/contents/{+path}',
  compare: '/compare/{base}...{head}',
  merges: '/merges',
  archive: '/{archive_format}{/ref}',
  downloads: '/downloads',
  issues: '/issues{/number}',
  pulls: '/pulls{/number}',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  labels: '/labels{/name}',
  releases: '/releases{/id}',
  deployments: '/deployments',
};
