import type { RepoPath } from '../../change/path.ts';
import type { Check, CheckContext, ReviewedFile } from '../check.ts';
import type { Problem } from '../finding.ts';
import { type SyntaxFailure, type SyntaxParser, TOO_DEEP, TOO_LARGE } from './syntax/syntax-failure.ts';
import { isFixturePath } from './test-path.ts';

/** A file that the change breaks. The old text is only parsed when the new one cannot be. */
export const syntax: Check = {
  id: 'syntax',
  summary: 'A file that can no longer be parsed: JSON, YAML, TOML, JavaScript, TypeScript',
  severity: 'error',
  generatedToo: false,
  scope: 'files',
  waits: true,
  async *run(files, context) {
    for (const some of parts(files)) {
      const judged = some.map((file) => judge(file, context));
      for (const problem of await Promise.all(judged)) if (problem !== null) yield problem;
    }
  },
};

/** So many bytes are asked for at a time: one file by one, each would wait for git and for the parser. */
const AT_ONCE = 8_000_000;

function* parts(files: readonly ReviewedFile[]): Generator<ReviewedFile[]> {
  let part: ReviewedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    part.push(file);
    bytes += (file.change.before?.size ?? 0) + (file.change.after?.size ?? 0);
    if (bytes < AT_ONCE) continue;
    yield part;
    [part, bytes] = [[], 0];
  }
  if (part.length > 0) yield part;
}

type Language = 'json' | 'jsonc' | 'yaml' | 'toml' | 'script';

/** A language's parser is loaded when a file of that language is there, and not before. */
const PARSERS: Readonly<Record<Language, () => Promise<SyntaxParser>>> = {
  json: async () => (await import('./syntax/parse-json.ts')).parseJson,
  jsonc: async () => (await import('./syntax/parse-json.ts')).parseJsonc,
  yaml: async () => (await import('./syntax/parse-yaml.ts')).parseYaml,
  toml: async () => (await import('./syntax/parse-toml.ts')).parseToml,
  script: async () => (await import('./syntax/parse-script.ts')).parseScript,
};

const LANGUAGES: Readonly<Record<string, Language>> = {
  ...{ json: 'json', geojson: 'json', jsonld: 'json', webmanifest: 'json', ipynb: 'json' },
  ...{ jsonc: 'jsonc', 'code-workspace': 'jsonc', yaml: 'yaml', yml: 'yaml', toml: 'toml' },
  ...{ js: 'script', mjs: 'script', cjs: 'script', jsx: 'script' },
  ...{ ts: 'script', mts: 'script', cts: 'script', tsx: 'script' },
};

/** Files called `.json` whose own tools accept comments. */
const JSON_WITH_COMMENTS = new RegExp(
  [
    /(?:^|[/.-])[jt]sconfig(?:[.-][^/]*)?\.json$|(?:^|\/)tsconfigs?\/[^/]*\.json$/,
    /(?:^|\/)\.(?:vscode|zed|devcontainer)\/(?:.*\/)?[^/]*\.json$/,
    /(?:^|\/)(?:common\/config\/rush|\.config)\/[^/]*\.json$/,
    /(?:^|\/)\.(?:eslintrc|oxlintrc|swcrc|jshintrc|jscsrc|hintrc|renovaterc|markdownlint|cspell|devcontainer|stylelintrc)(?:\.json)?$/,
    /(?:^|\/)(?:devcontainer|biome|rome|deno|turbo|nx|project|angular|wrangler|rush|knip|dprint|typedoc|tsdoc|tslint)\.json$/,
    /(?:^|\/)(?:renovate|cspell|api-extractor|language-configuration|global|launchSettings|appsettings[^/]*)\.json$/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'i',
);
/** Files called `.json` that are JSON5 by their own tool's documentation. */
const JSON5 = /(?:^|\/)(?:\.babelrc|babel\.config)\.json$/;

/** Such as `.eslintrc`, which has no ending. */
const DOT_FILE = /(?:^|\/)\.[^/]+$/;

function languageOf(path: string): Language | null {
  const language = LANGUAGES[path.slice(path.lastIndexOf('.') + 1)] ?? null;
  if (language !== 'json' && !DOT_FILE.test(path)) return language;
  if (JSON5.test(path)) return null;
  return JSON_WITH_COMMENTS.test(path) ? 'jsonc' : language;
}

/** What is wrong with a text in the language of its path; null when nothing is, or nothing here knows the language. */
export async function parseFile(path: RepoPath, text: string): Promise<SyntaxFailure | null> {
  const language = languageOf(path);
  return language === null ? null : (await PARSERS[language]())(path, text);
}

const parse = async (path: RepoPath, text: string | null): Promise<SyntaxFailure | null> =>
  text === null ? null : parseFile(path, text);

/** The other check says it. */
const CONFLICT = /^<{7,}(?: |$)/m;
/** Filled in by a program before anything parses it: Helm's charts, Cookiecutter's folders, … */
const TEMPLATE_PATH = /(?:^|\/)templates?\/|\{\{/i;
/** Jinja, Liquid, Go, ERB and the like where a value or a line starts; Jekyll's front matter. */
const TEMPLATE =
  /^[ \t]{0,200}(?:-[ \t]{1,20})?(?:\{[{%]|<%|<\?php)|:[ \t]{1,20}\{\{|\\\{\{|^---\r?\n---\r?\n/m;

/** Said of a file once: when it comes to be so, and not at every change to it. */
const NOT_JUDGED: readonly SyntaxFailure[] = [TOO_DEEP, TOO_LARGE];

async function judge(file: ReviewedFile, context: CheckContext): Promise<Problem | null> {
  const { path, change } = file;
  if (languageOf(path) === null || file.kind !== 'text' || change.after === null) return null;
  if (file.added.length + file.removed.length === 0 || CONFLICT.test(file.addedText)) return null;

  const after = await file.after();
  const failure = await parse(path, after);
  if (after === null || failure === null) return null;
  const before = languageOf(change.oldPath) === null ? null : await file.before();
  if ((await parse(change.oldPath, before)) !== null) return null;
  if (await isTemplateOrDialect(path, after, before === null, context)) return null;
  return {
    path,
    place: failure.place,
    title: NOT_JUDGED.includes(failure) ? failure.message : `Cannot be parsed: ${failure.message}`,
    body: before === null ? 'The file is new.' : 'It could be parsed before this change.',
    ...(failure === TOO_LARGE && { severity: 'info' as const }),
    ...(failure !== TOO_LARGE &&
      (before === null || failure === TOO_DEEP) && { severity: 'warning' as const }),
  };
}

async function isTemplateOrDialect(path: RepoPath, after: string, isNew: boolean, context: CheckContext) {
  const language = languageOf(path);
  // Flow is a language of its own in files called `.js`.
  if (language === 'script' && (await context.after.read('.flowconfig')) !== null) return true;
  if (language === 'yaml' && TEMPLATE.test(after)) return true;
  return isNew && (isFixturePath(path) || TEMPLATE_PATH.test(path) || TEMPLATE.test(after));
}
