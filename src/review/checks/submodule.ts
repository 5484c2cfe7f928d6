import { isSubmodule } from '../../change/change-set.ts';
import { isDotGit } from '../../change/dot-git.ts';
import { displayPath } from '../../change/path.ts';
import type { Snapshot } from '../../change/snapshot.ts';
import type { Check, ReviewedFile } from '../check.ts';
import type { Problem, Severity } from '../finding.ts';
import { parseGitmodules, type SubmoduleSetting } from './gitmodules.ts';

const GITMODULES = '.gitmodules';

/** Other repositories inside this one: which come, go and move, and where they are fetched from. */
export const submodule: Check = {
  id: 'submodule',
  summary: 'Submodules that are added, moved or removed, and unsafe lines in .gitmodules',
  severity: 'info',
  generatedToo: true,
  scope: 'change',
  async *run(files, context) {
    const links = files.filter(({ change }) => isSubmodule(change.before) || isSubmodule(change.after));
    const written = files.find(({ path, change }) => path === GITMODULES && change.after !== null);
    if (links.length === 0 && written === undefined) return;
    const now = await settings(context.after);
    for (const file of links) yield* linkProblems(file, now);
    if (written !== undefined) yield* settingProblems(now, await settings(context.before));
  },
};

async function settings(tree: Snapshot): Promise<readonly SubmoduleSetting[]> {
  return parseGitmodules((await tree.read(GITMODULES))?.toString('utf8') ?? '');
}

function* linkProblems({ path, change }: ReviewedFile, now: readonly SubmoduleSetting[]): Generator<Problem> {
  const { before, after } = change;
  const tell = (title: string, body: string, severity: Severity = 'info'): Problem => ({
    path,
    place: null,
    title,
    body,
    severity,
  });
  const commit = (oid: string) => oid.slice(0, 7);
  if (!isSubmodule(after)) {
    yield tell(after === null ? 'Submodule removed' : 'A submodule became a file', '');
  } else if (before !== null && isSubmodule(before)) {
    if (before.oid === after?.oid) return;
    yield tell(
      `Submodule moved from ${commit(before.oid)} to ${commit(after?.oid ?? '')}`,
      'What is in the other repository is not reviewed here.',
    );
  } else {
    const name = now.find(({ key, value }) => key === 'path' && value === path)?.name;
    const url = now.find((one) => one.key === 'url' && one.name === name)?.value;
    const what = before === null ? 'Submodule added' : 'A file became a submodule';
    if (name === undefined || url === undefined) {
      yield tell(
        `${what} without an entry in .gitmodules`,
        'A repository inside this one was added as a link, and nobody can clone it. Add it with git submodule add, or take it out (git rm --cached).',
        'warning',
      );
    } else {
      yield tell(
        `${what}: ${displayUrl(url)} at ${commit(after?.oid ?? '')}`,
        'What is in the other repository is not reviewed here.',
        before === null ? 'info' : 'warning',
      );
    }
  }
}

function* settingProblems(
  now: readonly SubmoduleSetting[],
  old: readonly SubmoduleSetting[],
): Generator<Problem> {
  for (const setting of now) {
    const { name, key, value, line } = setting;
    const before = old.filter((one) => one.name === name && one.key === key);
    if (before.some((one) => one.value === value)) continue;
    const wrong = unsafe(setting) ?? elsewhere(setting, before.at(-1)?.value);
    if (wrong === null) continue;
    yield {
      path: GITMODULES,
      place: { startLine: line, endLine: line },
      title: wrong.title,
      body: wrong.body,
      severity: wrong.severity,
    };
  }
}

type Wrong = { readonly title: string; readonly body: string; readonly severity: Severity };

/** What git itself came to refuse (CVE-2018-11235, -17456, 2019-19604, 2020-11008): older ones execute it. */
function unsafe({ name, key, value }: SubmoduleSetting): Wrong | null {
  const error = (title: string, body: string): Wrong => ({ title, body, severity: 'error' });
  if (name.split(/[/\\]/).includes('..')) {
    return error(
      'Submodule name leaves .git/modules',
      'Its repository would be written elsewhere (CVE-2018-11235).',
    );
  }
  if (key === 'update' && value.startsWith('!')) {
    return error('Submodule update runs a command', 'Older versions of git execute it (CVE-2019-19604).');
  }
  if ((key === 'url' || key === 'path') && value.startsWith('-')) {
    return error(`Submodule ${key} begins with a dash`, 'It is taken for an option (CVE-2018-17456).');
  }
  if (key === 'path') {
    const parts = value.split(/[/\\]/);
    if (/^(?:[/\\]|[A-Za-z]:)/.test(value) || parts.includes('..')) {
      return error(
        'Submodule path leaves the repository',
        'It is checked out over files that are not its own.',
      );
    }
    return parts.some(isDotGit)
      ? error('Submodule path leads into .git', 'It is checked out over hooks and configuration.')
      : null;
  }
  return key === 'url' ? unsafeUrl(value) : null;
}

function unsafeUrl(url: string): Wrong | null {
  const shown = displayUrl(url);
  if (/^[A-Za-z][A-Za-z0-9+.-]{0,40}::/.test(url)) {
    return {
      title: `Submodule url runs a remote helper: ${shown}`,
      body: 'ext:: and the like execute what follows.',
      severity: 'error',
    };
  }
  if (/^(?:file:|[/\\]|[A-Za-z]:[/\\])/i.test(url)) {
    return {
      title: `Submodule url is a path of one machine: ${shown}`,
      body: 'Nobody else can clone it.',
      severity: 'error',
    };
  }
  if (/[\n\r]|%0[ad]/i.test(url) || /^(?:[a-z+]{1,20}:\/\/)?(?:[^@/]{0,200}@)?-/i.test(url)) {
    return {
      title: `Submodule url smuggles an option or a line: ${shown}`,
      body: 'It reaches ssh or a credential helper (CVE-2017-1000117, CVE-2020-11008).',
      severity: 'error',
    };
  }
  if (/^(?:http|git|ftp):\/\//i.test(url)) {
    return {
      title: `Submodule url is not encrypted: ${shown}`,
      body: 'Whoever is on the way can answer. Use https or ssh.',
      severity: 'warning',
    };
  }
  if (/^(?:\.\.\/){3}/.test(url)) {
    return {
      title: `Submodule url leaves the group of this repository: ${shown}`,
      body: 'What it means depends on where the clone came from.',
      severity: 'warning',
    };
  }
  return null;
}

function elsewhere({ key, value }: SubmoduleSetting, before: string | undefined): Wrong | null {
  if (key !== 'url' || before === undefined) return null;
  const [from, to] = [hostOf(before), hostOf(value)];
  if (from === to || to === null) return null;
  return {
    title: `Submodule now comes from ${displayPath(to)}${from === null ? '' : `, not ${displayPath(from)}`}`,
    body: 'Every clone will fetch and run what that host answers. Is it meant?',
    severity: 'error',
  };
}

/** Of `https://user@host:1/x` and `user@host:x`. Null of a relative url. */
function hostOf(url: string): string | null {
  const [, host = null] =
    /^(?:[a-z+]{1,20}:\/\/)(?:[^/]{0,300}@)?([^/:@]{1,255})/i.exec(url) ??
    /^(?:[^@/:]{0,300}@)?([^/:@]{2,255}):/.exec(url) ??
    [];
  return host?.toLowerCase() ?? null;
}

/** Without user, password and query: they may be secrets. */
const displayUrl = (url: string): string =>
  displayPath(
    url
      .slice(0, 300)
      .replace(/^([a-z+]{1,20}:\/\/)?[^/]{0,300}@/i, '$1')
      .replace(/[?#].{0,300}$/, ''),
  );
