import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gitEnvironment } from './run-git.ts';

/** Of the machine's environment, what a fetch goes by: programs, temporary files, proxies and certificates. */
const KEPT = [
  ...['PATH', 'TMPDIR', 'SYSTEMROOT', 'http_proxy', 'https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'],
  ...['no_proxy', 'NO_PROXY', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH'],
];

/**
 * The environment for git commands in the mirror at `gitDir`, made from nothing: no configuration of the machine or of a person
 * is read, no `.netrc`, no repository is looked for but this one, no network and nothing asked.
 */
export function mirrorEnvironment(env: NodeJS.ProcessEnv, gitDir: string): NodeJS.ProcessEnv {
  return {
    ...gitEnvironment(Object.fromEntries(KEPT.flatMap((name) => (env[name] ? [[name, env[name]]] : [])))),
    HOME: '/dev/null',
    GIT_DIR: gitDir,
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ASKPASS: 'false',
    SSH_ASKPASS: 'false',
  };
}

/**
 * What `fsck` finds wrong in old histories that cannot hurt one who only reads objects: dates, names and mail addresses that
 * do not parse, modes with a zero in front. GitHub has such repositories. What remains an error: trees that two readers would
 * read differently (`duplicateEntries`, `treeNotSorted`, `fullPathname`), names that are paths (`hasDot`, `hasDotdot`,
 * `hasDotgit`) and every attack by `.gitmodules`. See git-fsck(1), "FSCK MESSAGES"; git passes over those it does not know.
 */
const HARMLESS = [
  ...['badDate', 'badDateOverflow', 'badEmail', 'badName', 'badTimezone', 'missingEmail', 'zeroPaddedDate'],
  ...['missingNameBeforeEmail', 'missingSpaceBeforeDate', 'missingSpaceBeforeEmail', 'multipleAuthors'],
  ...['missingTaggerEntry', 'badTagName', 'extraHeaderEntry', 'nulInCommit', 'zeroPaddedFilemode'],
  ...['badFilemode', 'gitmodulesParse', 'largePathname'],
];

/** `url`: where it is from, for `repositoryIdentity`; it is not fetched by this name. */
function configText(url: string, objectFormat: 'sha1' | 'sha256'): string {
  return `# Written anew by code-agent before each fetch.
[core]
	repositoryFormatVersion = ${objectFormat === 'sha1' ? 0 : 1}
	bare = true
	hooksPath = /dev/null
	fsmonitor = false
	symlinks = false
	logAllRefUpdates = false
${objectFormat === 'sha1' ? '' : '[extensions]\n\tobjectFormat = sha256\n'}[credential]
	helper =
[fetch]
	fsckObjects = true
	recurseSubmodules = false
	unpackLimit = 1
	writeCommitGraph = false
[fetch "fsck"]
${HARMLESS.map((id) => `\t${id} = ignore\n`).join('')}[gc]
	auto = 0
[maintenance]
	auto = false
[http]
	followRedirects = false
	lowSpeedLimit = 1
	lowSpeedTime = 60
[log]
	showSignature = false
[protocol]
	allow = never
	version = 2
[submodule]
	recurse = false
[transfer]
	bundleURI = false
[remote "origin"]
	url = ${JSON.stringify(url)}
`;
}

/** Attributes that name programs or bend content are switched off for every path, whatever a tree says (gitattributes(5)). */
const ATTRIBUTES = '* !filter !diff !ident !working-tree-encoding\n';

/**
 * Writes all files of a bare repository that git goes by, besides objects and refs: ours, whatever stood there. `url`: without
 * a secret. Only under the mirror's lock.
 */
export function writeProfile(gitDir: string, url: string, objectFormat: 'sha1' | 'sha256'): void {
  for (const folder of ['info', 'objects', 'refs']) mkdirSync(join(gitDir, folder), { recursive: true });
  for (const name of [
    'hooks',
    'objects/info/alternates',
    'objects/info/http-alternates',
    'shallow',
    'commondir',
  ])
    rmSync(join(gitDir, name), { recursive: true, force: true });
  replaceFile(join(gitDir, 'config'), configText(url, objectFormat));
  replaceFile(join(gitDir, 'info/attributes'), ATTRIBUTES);
  // A branch that never is: git takes attributes of the tree of HEAD in a bare repository (since 2.43).
  replaceFile(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
}

function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
