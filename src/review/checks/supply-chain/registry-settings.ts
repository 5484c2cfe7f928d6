import { posix } from 'node:path';
import type { ReviewedFile } from '../../check.ts';
import type { Problem } from '../../finding.ts';

interface Setting {
  readonly pattern: RegExp;
  /** By the value that the pattern's first group found. Null: nothing to say. */
  title(value: string): string | null;
}

const DEFAULT_REGISTRY =
  /^['"]?https:\/\/(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org\/simple|npm\.jsr\.io|index\.crates\.io)\/?['"]?$/;

const registry = (pattern: RegExp): Setting => ({
  pattern,
  title: (value) => (DEFAULT_REGISTRY.test(value) ? null : 'Packages come from another registry'),
});
const weakened = (pattern: RegExp, title: string): Setting => ({ pattern, title: () => title });

const UNVERIFIED = 'Certificates of the registry are no longer verified';
const SCRIPTS = 'Scripts of packages run when they are installed';

const NPMRC = [
  registry(/^\s*(?:@[\w.-]{1,214}:)?registry\s*=\s*(\S{1,500})/),
  weakened(/^\s*strict-ssl\s*=\s*false\b/, UNVERIFIED),
  weakened(/^\s*ignore-scripts\s*=\s*false\b/, SCRIPTS),
];
const YARNRC = [
  registry(/^\s*"?(?:@[\w.-]{1,214}:)?registry"?\s+(\S{1,500})/),
  weakened(/^\s*"?strict-ssl"?\s+"?false\b/, UNVERIFIED),
  weakened(/^\s*"?ignore-scripts"?\s+"?false\b/, SCRIPTS),
];
const YARNRC_YML = [
  registry(/^\s*npmRegistryServer:\s*(\S{1,500})/),
  weakened(/^\s*enableStrictSsl:\s*false\b/, UNVERIFIED),
  weakened(/^\s*enableScripts:\s*true\b/, SCRIPTS),
  weakened(/^\s*checksumBehavior:\s*["']?(?:ignore|update)\b/, 'Hashes in yarn.lock are no longer checked'),
  weakened(/^\s*unsafeHttpWhitelist:/, 'Packages may be downloaded without encryption'),
];
const PNPM_WORKSPACE = [
  weakened(/^\s*strictSsl:\s*false\b/, UNVERIFIED),
  weakened(/^\s*(?:dangerouslyAllowAllBuilds:\s*true|ignoreScripts:\s*false)\b/, SCRIPTS),
];
const PIP = [
  registry(/^\s*(?:--|PIP_)?(?:extra-)?index-url(?:\s*[=\s])\s*(\S{1,500})/),
  weakened(/^\s*(?:--)?trusted-host\b/, UNVERIFIED),
];
const CARGO = [registry(/^\s*(?:replace-with|registry)\s*=\s*(\S{1,500})/)];
const BUNFIG = [registry(/^\s*registry\s*=\s*(\S{1,500})/)];

const BY_NAME: Readonly<Record<string, readonly Setting[]>> = {
  ...{ '.npmrc': NPMRC, '.yarnrc': YARNRC, '.yarnrc.yml': YARNRC_YML, 'pnpm-workspace.yaml': PNPM_WORKSPACE },
  ...{
    'pip.conf': PIP,
    'pip.ini': PIP,
    '.cargo/config': CARGO,
    '.cargo/config.toml': CARGO,
    'bunfig.toml': BUNFIG,
  },
};

function settingsOf(path: string): readonly Setting[] {
  const name = posix.basename(path);
  const known = BY_NAME[name] ?? BY_NAME[`${posix.basename(posix.dirname(path))}/${name}`];
  return known ?? (/^requirements[^/]*\.(?:txt|in)$/.test(name) ? PIP : []);
}

/** Settings of package managers that change where packages come from, or what protects an installation. */
export function* registrySettings(file: ReviewedFile): Generator<Problem> {
  const settings = settingsOf(file.path);
  if (settings.length === 0) return;
  const removed = new Set(file.removed.map(({ text }) => text.trim()));
  for (const { number, text } of file.added) {
    if (removed.has(text.trim())) continue;
    for (const { pattern, title } of settings) {
      const match = pattern.exec(text);
      const what = match === null ? null : title(match[1] ?? '');
      if (what === null) continue;
      yield {
        path: file.path,
        place: { startLine: number, endLine: number },
        title: what,
        body: 'This holds for everybody who works in this folder, and for CI.',
      };
    }
  }
}
