import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { addPullRequest } from './add-pull-request.ts';
import {
  commitFiles,
  commitOf,
  copyBare,
  initBare,
  mergeCommits,
  rebaseCommits,
  takeBranches,
  takeCommit,
} from './bare-repository.ts';
import {
  aboutOf,
  addIssueComment,
  addReaction,
  addReply,
  addReviewComment,
  changeComment,
  removeComment,
  resolveThread,
} from './conversation.ts';
import type { By, LoopbackGitHub, PushSource } from './loopback-github.ts';
import { makePayload } from './payloads.ts';
import { followBranches, moveHead, tellPush } from './pull-requests.ts';
import { runGit } from './run-git.ts';
import { seenIssue, seenPullRequest } from './seen-pull-request.ts';
import {
  type Account,
  type Conversation,
  conversationIn,
  conversationsIn,
  findAccount,
  findRepository,
  fullName,
  type Installation,
  type Issue,
  type IssueComment,
  isPull,
  type Label,
  nextNumber,
  type PullRequest,
  type Repository,
  type ReviewComment,
} from './state.ts';
import type { World } from './world.ts';

type Actions = Pick<
  LoopbackGitHub,
  | 'addUser'
  | 'addRepository'
  | 'fork'
  | 'installationOf'
  | 'repositoryId'
  | 'barePath'
  | 'setPermission'
  | 'renameRepository'
  | 'deleteRepository'
  | 'uninstall'
  | 'expireTokens'
  | 'setAppPermissions'
  | 'push'
  | 'forcePush'
  | 'deleteBranch'
  | 'protectBranch'
  | 'refusePushes'
  | 'resolve'
  | 'openIssue'
  | 'editIssue'
  | 'openPullRequest'
  | 'editPullRequest'
  | 'mergeBaseInto'
  | 'rebase'
  | 'close'
  | 'reopen'
  | 'merge'
  | 'comment'
  | 'editComment'
  | 'deleteComment'
  | 'commentOnLine'
  | 'replyInThread'
  | 'resolveThread'
  | 'unresolveThread'
  | 'react'
  | 'removeReaction'
  | 'rerequestCheckRun'
  | 'payload'
  | 'pullRequest'
  | 'issue'
>;

/** Who does what nobody is named for. */
export const DEFAULT_PERSON = 'mona';

/** What people do. Each throws an Error for what is not there: that is a fault of the test. */
export function createActions(world: World, folder: string): Actions {
  const { state } = world;
  const settled = () => world.webhooks.settled();

  const repositoryOf = (name: string): Repository => {
    const repository = findRepository(state, name);
    if (repository === undefined) throw new Error(`there is no repository ${name}`);
    return repository;
  };
  const pullOf = (name: string, number: number): PullRequest => {
    const pull = repositoryOf(name).pulls.get(number);
    if (pull === undefined) throw new Error(`there is no pull request ${name}#${number}`);
    return pull;
  };
  const conversationOf = (name: string, number: number): Conversation => {
    const on = conversationIn(repositoryOf(name), number);
    if (on === undefined) throw new Error(`there is no issue or pull request ${name}#${number}`);
    return on;
  };
  const issueOf = (name: string, number: number): Issue => {
    const issue = conversationOf(name, number);
    if (isPull(issue)) throw new Error(`${name}#${number} is a pull request`);
    return issue;
  };
  const account = (login: string, type: Account['type'] = 'User', id?: number): Account => {
    const there = findAccount(state, login);
    if (there !== undefined) return there;
    const made = { id: id ?? state.nextId(), login, type };
    state.accounts.set(login, made);
    return made;
  };
  const person = ({ by = DEFAULT_PERSON }: By = {}): Account => account(by);

  const installationFor = (owner: Account): Installation => {
    const there = [...state.installations.values()].find((one) => one.account === owner && !one.isGone);
    if (there !== undefined) return there;
    const made = { id: state.nextId(), account: owner, createdAt: new Date(), isGone: false };
    state.installations.set(made.id, made);
    return made;
  };

  const makeRepository = (
    name: string,
    options: {
      readonly isPrivate: boolean;
      readonly defaultBranch: string;
      readonly parent: Repository | null;
      readonly isInstalled: boolean;
      readonly hasDrafts: boolean;
    },
  ): Repository => {
    const [ownerLogin = '', ownName = ''] = name.split('/');
    if (ownName === '' || findRepository(state, name) !== undefined)
      throw new Error(`${name} is there already, or is not owner/name`);
    const owner = account(ownerLogin, 'Organization');
    const id = state.nextId();
    const repository: Repository = {
      id,
      owner,
      name: ownName,
      isPrivate: options.isPrivate,
      defaultBranch: options.defaultBranch,
      path: join(folder, `${id}.git`),
      parent: options.parent,
      createdAt: new Date(),
      installation: options.isInstalled ? installationFor(owner) : null,
      isDeleted: false,
      roles: new Map([[account(DEFAULT_PERSON).login, 'write']]),
      labels: new Map(),
      pulls: new Map(),
      issues: new Map(),
      checkRuns: new Map(),
      protections: new Map(),
      pushRefusal: null,
      hasDrafts: options.hasDrafts,
    };
    state.repositories.set(id, repository);
    // A name that is used again no longer leads elsewhere.
    state.formerNames.delete(name.toLowerCase());
    return repository;
  };

  const labelOf = (repository: Repository, name: string): Label => {
    const label = repository.labels.get(name) ?? { id: state.nextId(), name };
    repository.labels.set(name, label);
    return label;
  };

  /** The commit that a push brings, as yet without its branch. */
  const bring = async (
    repository: Repository,
    parent: string | null,
    source: PushSource,
    by: Account,
  ): Promise<string> => {
    if ('files' in source)
      return commitFiles(repository.path, parent, source.files, source.message ?? 'change', by.login);
    const ref = `refs/loopback/${process.hrtime.bigint()}`;
    const commit = await takeCommit(repository.path, source.from, source.ref, ref);
    await runGit(repository.path, ['update-ref', '-d', ref]);
    return commit;
  };

  const setBranch = async (
    repository: Repository,
    branch: string,
    commit: string,
    by: Account,
    isQuiet = false,
  ): Promise<void> => {
    const before = await commitOf(repository.path, `refs/heads/${branch}`);
    await runGit(repository.path, ['update-ref', `refs/heads/${branch}`, commit]);
    if (!isQuiet) tellPush(world, repository, by, branch, before, commit);
    await followBranches(world, repository, new Map([[branch, commit]]), by, { isQuiet });
  };

  const commentOf = (
    name: string,
    id: number,
  ): { readonly on: Conversation; readonly comment: IssueComment | ReviewComment } => {
    for (const on of conversationsIn(repositoryOf(name))) {
      const comments = [...on.issueComments, ...(isPull(on) ? on.reviewComments : [])];
      const comment = comments.find((one) => one.id === id);
      if (comment !== undefined) return { on, comment };
    }
    throw new Error(`there is no comment ${id} in ${name}`);
  };
  const reviewCommentOf = (name: string, number: number, id: number): ReviewComment => {
    const comment = pullOf(name, number).reviewComments.find((one) => one.id === id);
    if (comment === undefined) throw new Error(`there is no review comment ${id} in ${name}#${number}`);
    return comment;
  };

  const tellPull = (pull: PullRequest, action: string, by: Account, more: Record<string, unknown> = {}) => {
    pull.updatedAt = new Date();
    world.emit('pull_request', action, { repository: pull.repository, pull, by, more });
  };

  /** Labels and assignees that are there now, each with its webhook. */
  const mark = (
    on: Conversation,
    { labels, assignees }: { readonly labels?: readonly string[]; readonly assignees?: readonly string[] },
    by: Account,
  ) => {
    const tell = (action: string, more: { readonly label: Label } | { readonly assignee: Account }) =>
      world.emit(isPull(on) ? 'pull_request' : 'issues', action, { ...aboutOf(on), by, ...more });
    if (labels !== undefined) {
      const before = on.labels;
      on.labels = labels.map((label) => labelOf(on.repository, label));
      for (const label of on.labels.filter((one) => !before.includes(one))) tell('labeled', { label });
      for (const label of before.filter((one) => !on.labels.includes(one))) tell('unlabeled', { label });
    }
    if (assignees !== undefined) {
      const before = on.assignees;
      on.assignees = assignees.map((login) => account(login));
      for (const assignee of on.assignees.filter((one) => !before.includes(one)))
        tell('assigned', { assignee });
      for (const assignee of before.filter((one) => !on.assignees.includes(one)))
        tell('unassigned', { assignee });
    }
  };

  const headRepositoryOf = (pull: PullRequest): Repository => {
    if (pull.headRepository === null) throw new Error(`the fork of #${pull.number} was deleted`);
    return pull.headRepository;
  };

  return {
    addUser: (login, options = {}) => account(login, options.type, options.id),

    async addRepository(name, options = {}) {
      const repository = makeRepository(name, {
        isPrivate: options.private ?? false,
        defaultBranch: options.defaultBranch ?? 'main',
        parent: null,
        isInstalled: options.installed ?? true,
        hasDrafts: options.drafts ?? true,
      });
      await initBare(repository.path, repository.defaultBranch);
      if (options.from !== undefined) await takeBranches(repository.path, options.from);
      else {
        const files = options.files ?? { 'README.md': `# ${repository.name}\n` };
        const commit = await commitFiles(repository.path, null, files, 'first', DEFAULT_PERSON);
        await runGit(repository.path, ['update-ref', `refs/heads/${repository.defaultBranch}`, commit]);
      }
      for (const label of options.labels ?? []) labelOf(repository, label);
      return { id: repository.id, installation: repository.installation?.id ?? 0 };
    },

    async fork(name, forkName, by) {
      const parent = repositoryOf(name);
      account(forkName.split('/')[0] ?? '', 'User');
      const fork = makeRepository(forkName, {
        isPrivate: parent.isPrivate,
        defaultBranch: parent.defaultBranch,
        parent,
        isInstalled: false,
        hasDrafts: true,
      });
      fork.roles.set(person(by).login, 'write');
      await copyBare(parent.path, fork.path);
      return { id: fork.id };
    },

    installationOf(name) {
      const { installation } = repositoryOf(name);
      if (installation === null) throw new Error(`the App is not installed in ${name}`);
      return installation.id;
    },
    repositoryId: (name) => repositoryOf(name).id,
    barePath: (name) => repositoryOf(name).path,

    setPermission(name, login, role) {
      repositoryOf(name).roles.set(account(login).login, role);
    },

    async renameRepository(name, newName, by) {
      const repository = repositoryOf(name);
      const before = repository.name;
      state.formerNames.set(fullName(repository).toLowerCase(), repository);
      repository.name = newName;
      world.emit('repository', 'renamed', {
        repository,
        by: person(by),
        more: { changes: { repository: { name: { from: before } } } },
      });
      await settled();
    },

    async deleteRepository(name, by) {
      const repository = repositoryOf(name);
      world.emit('repository', 'deleted', { repository, by: person(by) });
      repository.isDeleted = true;
      for (const other of state.repositories.values())
        for (const pull of other.pulls.values())
          if (pull.headRepository === repository) pull.headRepository = null;
      await rm(repository.path, { recursive: true, force: true });
      await settled();
    },

    async uninstall(name, by) {
      const repository = repositoryOf(name);
      const { installation } = repository;
      if (installation === null) throw new Error(`the App is not installed in ${name}`);
      world.emit('installation', 'deleted', { repository, by: person(by) });
      installation.isGone = true;
      for (const one of state.repositories.values())
        if (one.installation === installation) one.installation = null;
      await settled();
    },

    expireTokens() {
      for (const token of world.tokens.values()) token.expiresAt = new Date(0);
    },
    setAppPermissions(permissions) {
      state.permissions = permissions;
    },

    async push(name, branch, source, by) {
      const repository = repositoryOf(name);
      const before = await commitOf(repository.path, `refs/heads/${branch}`);
      const parent = before ?? (await commitOf(repository.path, repository.defaultBranch));
      const commit = await bring(repository, parent, source, person(by));
      if (
        before !== null &&
        (await runGit(repository.path, ['merge-base', before, commit])).toString().trim() !== before
      )
        throw new Error(`${branch} of ${name} would lose commits: use forcePush`);
      await setBranch(repository, branch, commit, person(by));
      await settled();
      return commit;
    },

    async forcePush(name, branch, source, by) {
      const repository = repositoryOf(name);
      const onto = await commitOf(repository.path, source.onto ?? repository.defaultBranch);
      const commit = await bring(repository, onto, source, person(by));
      await setBranch(repository, branch, commit, person(by));
      await settled();
      return commit;
    },

    async deleteBranch(name, branch, by) {
      const repository = repositoryOf(name);
      const before = await commitOf(repository.path, `refs/heads/${branch}`);
      if (before === null) throw new Error(`${name} has no branch ${branch}`);
      await runGit(repository.path, ['update-ref', '-d', `refs/heads/${branch}`]);
      tellPush(world, repository, person(by), branch, before, null);
      await followBranches(world, repository, new Map([[branch, null]]), person(by));
      await settled();
    },

    protectBranch(name, branch, by = 'branch-protection') {
      const { protections } = repositoryOf(name);
      if (by === null) protections.delete(branch);
      else protections.set(branch, by);
    },
    refusePushes(name, says) {
      repositoryOf(name).pushRefusal = says;
    },

    async resolve(name, revision) {
      const commit = await commitOf(repositoryOf(name).path, revision);
      if (commit === null) throw new Error(`${name} has no ${revision}`);
      return commit;
    },

    async openPullRequest(name, options) {
      const repository = repositoryOf(name);
      const headRepository =
        options.headRepository === undefined ? repository : repositoryOf(options.headRepository);
      const author = account(options.author ?? DEFAULT_PERSON);
      const baseRef = options.base ?? repository.defaultBranch;
      const baseSha = await commitOf(repository.path, `refs/heads/${baseRef}`);
      if (baseSha === null) throw new Error(`${name} has no branch ${baseRef}`);
      if (options.push !== undefined) {
        const there = await commitOf(headRepository.path, `refs/heads/${options.head}`);
        const parent = there ?? (await commitOf(headRepository.path, `refs/heads/${baseRef}`));
        const commit = await bring(headRepository, parent, options.push, author);
        await setBranch(headRepository, options.head, commit, author, true);
      }
      const headSha = await commitOf(headRepository.path, `refs/heads/${options.head}`);
      if (headSha === null) throw new Error(`${fullName(headRepository)} has no branch ${options.head}`);
      const pull = await addPullRequest(world, repository, author, {
        title: options.title ?? 'A change',
        body: options.body ?? null,
        isDraft: options.draft ?? false,
        labels: (options.labels ?? []).map((label) => labelOf(repository, label)),
        ...{ baseRef, baseSha, headRepository, headRef: options.head, headSha },
      });
      await settled();
      return pull.number;
    },

    async openIssue(name, options = {}) {
      const repository = repositoryOf(name);
      const author = account(options.author ?? DEFAULT_PERSON);
      const now = new Date();
      const issue: Issue = {
        id: state.nextId(),
        number: nextNumber(repository),
        ...{ repository, author, createdAt: now, updatedAt: now, labels: [], assignees: [] },
        title: options.title ?? 'An issue',
        body: options.body ?? null,
        ...{ state: 'open', closedAt: null, issueComments: [], reactions: [] },
      };
      repository.issues.set(issue.number, issue);
      world.emit('issues', 'opened', { repository, issue, by: author });
      mark(issue, options, author);
      await settled();
      return issue.number;
    },

    async editIssue(name, number, { state: wanted, ...change }, by) {
      const issue = issueOf(name, number);
      const who = person(by);
      const tell = (action: string, more: Record<string, unknown> = {}) =>
        world.emit('issues', action, { repository: issue.repository, issue, by: who, more });
      const { title = issue.title, body = issue.body } = change;
      const changes = {
        ...(title !== issue.title && { title: { from: issue.title } }),
        ...(body !== issue.body && { body: { from: issue.body } }),
      };
      Object.assign(issue, { title, body, updatedAt: new Date() });
      if (Object.keys(changes).length > 0) tell('edited', { changes });
      mark(issue, change, who);
      if (wanted !== undefined && wanted !== issue.state) {
        issue.state = wanted;
        issue.closedAt = wanted === 'closed' ? new Date() : null;
        tell(wanted === 'closed' ? 'closed' : 'reopened');
      }
      await settled();
    },

    async editPullRequest(name, number, change, by) {
      const pull = pullOf(name, number);
      const who = person(by);
      const changes: Record<string, unknown> = {};
      if (change.title !== undefined) {
        changes['title'] = { from: pull.title };
        pull.title = change.title;
      }
      if (change.body !== undefined) {
        changes['body'] = { from: pull.body };
        pull.body = change.body;
      }
      if (change.base !== undefined) {
        const baseSha = await commitOf(pull.repository.path, `refs/heads/${change.base}`);
        if (baseSha === null) throw new Error(`${name} has no branch ${change.base}`);
        changes['base'] = { ref: { from: pull.baseRef }, sha: { from: pull.baseSha } };
        pull.baseRef = change.base;
        pull.baseSha = baseSha;
        await moveHead(pull, pull.headSha);
      }
      if (Object.keys(changes).length > 0) tellPull(pull, 'edited', who, { changes });
      if (change.draft !== undefined && change.draft !== pull.isDraft) {
        pull.isDraft = change.draft;
        tellPull(pull, change.draft ? 'converted_to_draft' : 'ready_for_review', who);
      }
      mark(pull, change, who);
      await settled();
    },

    async mergeBaseInto(name, number, by) {
      const pull = pullOf(name, number);
      const head = headRepositoryOf(pull);
      const merged = await mergeCommits(
        pull.repository.path,
        pull.headSha,
        pull.baseSha,
        `Merge branch '${pull.baseRef}' into ${pull.headRef}`,
      );
      if (head !== pull.repository)
        await takeCommit(head.path, pull.repository.path, merged, `refs/heads/${pull.headRef}`);
      await setBranch(head, pull.headRef, merged, person(by));
      await settled();
      return merged;
    },

    async rebase(name, number, by) {
      const pull = pullOf(name, number);
      const head = headRepositoryOf(pull);
      const rebased = await rebaseCommits(pull.repository.path, pull.headSha, pull.baseSha, folder);
      if (head !== pull.repository)
        await takeCommit(head.path, pull.repository.path, rebased, `refs/heads/${pull.headRef}`);
      await setBranch(head, pull.headRef, rebased, person(by));
      await settled();
      return rebased;
    },

    async close(name, number, by) {
      const pull = pullOf(name, number);
      pull.state = 'closed';
      pull.closedAt = new Date();
      tellPull(pull, 'closed', person(by));
      await settled();
    },

    async reopen(name, number, by) {
      const pull = pullOf(name, number);
      pull.state = 'open';
      pull.closedAt = null;
      const [base, head] = await Promise.all([
        commitOf(pull.repository.path, `refs/heads/${pull.baseRef}`),
        commitOf(headRepositoryOf(pull).path, `refs/heads/${pull.headRef}`),
      ]);
      pull.baseSha = base ?? pull.baseSha;
      await moveHead(pull, head ?? pull.headSha);
      tellPull(pull, 'reopened', person(by));
      await settled();
    },

    async merge(name, number, by) {
      const pull = pullOf(name, number);
      const who = person(by);
      const merged = await mergeCommits(
        pull.repository.path,
        pull.baseSha,
        pull.headSha,
        `Merge pull request #${number} from ${pull.headRef}`,
      );
      // Its base stays where it was: closed first.
      pull.state = 'closed';
      pull.closedAt = pull.mergedAt = new Date();
      pull.mergeCommit = merged;
      tellPull(pull, 'closed', who);
      await setBranch(pull.repository, pull.baseRef, merged, who);
      await settled();
    },

    async comment(name, number, body, by) {
      const { id } = addIssueComment(world, conversationOf(name, number), person(by), body);
      await settled();
      return id;
    },
    async editComment(name, id, body, by) {
      const { on, comment } = commentOf(name, id);
      changeComment(world, on, comment, body, person(by));
      await settled();
    },
    async deleteComment(name, id, by) {
      const { on, comment } = commentOf(name, id);
      removeComment(world, on, comment, person(by));
      await settled();
    },
    async commentOnLine(name, number, { path, line, startLine, side = 'RIGHT' }, body, by) {
      const pull = pullOf(name, number);
      const { id } = await addReviewComment(world, pull, person(by), {
        commit_id: pull.headSha,
        path,
        line,
        side,
        body,
        start_line: startLine ?? null,
      });
      await settled();
      return id;
    },
    async replyInThread(name, number, commentId, body, by) {
      const to = reviewCommentOf(name, number, commentId);
      const { id } = addReply(world, pullOf(name, number), person(by), to, body);
      await settled();
      return id;
    },
    async resolveThread(name, number, commentId, by) {
      const { thread } = reviewCommentOf(name, number, commentId);
      resolveThread(world, pullOf(name, number), thread, person(by), true);
      await settled();
    },
    async unresolveThread(name, number, commentId, by) {
      const { thread } = reviewCommentOf(name, number, commentId);
      resolveThread(world, pullOf(name, number), thread, person(by), false);
      await settled();
    },
    react(name, id, content, by) {
      addReaction(world, commentOf(name, id).comment.reactions, person(by), content);
    },
    removeReaction(name, id, content, by) {
      const { reactions } = commentOf(name, id).comment;
      const at = reactions.findIndex((one) => one.user === person(by) && one.content === content);
      if (at >= 0) reactions.splice(at, 1);
    },
    async rerequestCheckRun(name, id, by) {
      const repository = repositoryOf(name);
      const checkRun = repository.checkRuns.get(id);
      if (checkRun === undefined) throw new Error(`there is no check run ${id} in ${name}`);
      world.emit('check_run', 'rerequested', { repository, by: person(by), checkRun });
      await settled();
    },

    payload(event, action, { repository: name, number, commentId, checkRunId, reviewId, by, changes }) {
      const repository = repositoryOf(name);
      const found = commentId === undefined ? undefined : commentOf(name, commentId);
      const on = number === undefined ? found?.on : conversationOf(name, number);
      const pull = on !== undefined && isPull(on) ? on : undefined;
      const checkRun = checkRunId === undefined ? undefined : repository.checkRuns.get(checkRunId);
      const review = pull?.reviews.find(({ id }) => id === reviewId);
      const comment = found?.comment;
      return makePayload(state, event, action, {
        repository,
        by: person(by === undefined ? {} : { by }),
        ...(on === undefined ? {} : aboutOf(on)),
        ...(checkRun === undefined ? {} : { checkRun }),
        ...(review === undefined ? {} : { review }),
        ...(comment === undefined
          ? {}
          : 'thread' in comment
            ? {
                reviewComment: comment,
                ...(event === 'pull_request_review_thread' ? { thread: comment.thread } : {}),
              }
            : { issueComment: comment }),
        ...(changes === undefined ? {} : { more: { changes } }),
      });
    },

    pullRequest: (name, number) => seenPullRequest(pullOf(name, number)),
    issue: (name, number) => seenIssue(issueOf(name, number)),
  };
}
