/** One `${{ … }}` and where it stands in the text. */
export interface Expression {
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

/** The expressions of a text. GitHub has no nested ones. */
export function* expressionsIn(text: string): Generator<Expression> {
  for (let start = text.indexOf('${{'); start !== -1; ) {
    const end = text.indexOf('}}', start);
    if (end === -1) return;
    yield { start, end: end + 2, content: text.slice(start + 3, end) };
    start = text.indexOf('${{', end);
  }
}

/**
 * Texts that anybody can write who opens an issue or a pull request. From GitHub's "Security hardening for GitHub
 * Actions" and CodeQL's `actions/code-injection`. Names are compared in lower case: GitHub ignores case.
 */
const UNTRUSTED = new RegExp(
  `^github\\.(?:${[
    'head_ref',
    'event\\.(?:issue|pull_request|discussion)\\.(?:title|body)',
    'event\\.pull_request\\.head\\.(?:ref|label|repo\\.(?:default_branch|description|homepage))',
    'event\\.(?:comment|review|review_comment)\\.body',
    'event\\.changes\\.(?:title|body)\\.from',
    'event\\.pages\\.\\*\\.page_name',
    'event\\.(?:commits\\.\\*|head_commit|workflow_run\\.head_commit)\\.(?:message|(?:author|committer)\\.(?:name|email))',
    'event\\.workflow_run\\.(?:head_branch|display_title|pull_requests\\.\\*\\.head\\.ref)',
  ].join('|')})$`,
);
/** Objects that have such texts in them: harmless as they are ("Object"), but not as JSON. */
const UNTRUSTED_OBJECT =
  /^github(?:\.event(?:\.(?:issue|pull_request|discussion|comment|review|review_comment|pages|commits|head_commit|workflow_run))?)?$/;

const INDEX = /\[ {0,9}'([\w-]{1,100})' {0,9}\]/g;
const NUMBER_INDEX = /\[[\d* ]{1,9}\]/g;
const LITERAL = /'[^']{0,5000}'/g;
/** Of these, only true or false is left. */
const PREDICATE = /\b(?:contains|startswith|endswith|hashfiles)\([^()]{0,2000}\)/g;
const NAME =
  /(?<![\w.-])(?:tojson\(\s{0,9}([\w.*-]{1,200})\s{0,9}\)|([a-z][\w-]{0,50}(?:\.[\w*-]{1,100}){1,12}))(?![\w(-])/g;
const COMPARED_BEFORE = /[=!<>]=?\s{0,9}$|!$/;
const COMPARED_AFTER = /^\s{0,9}(?:[=!]=|[<>]|&&)/;

/**
 * The name of an untrusted text that the expression's result can hold; null when there is none. `tainted`: names of
 * environment variables that hold one. What is only compared or tested leaves nothing of itself.
 */
export function untrustedContext(
  expression: string,
  tainted: ReadonlySet<string> = new Set(),
): string | null {
  const flat = expression
    .toLowerCase()
    .replace(INDEX, '.$1')
    .replace(NUMBER_INDEX, '.*')
    .replace(/\s{0,9}\.\s{0,9}/g, '.')
    .replace(LITERAL, "''")
    .replace(PREDICATE, "''");
  for (const match of flat.matchAll(NAME)) {
    const [all, object, text = ''] = match;
    if (COMPARED_BEFORE.test(flat.slice(Math.max(0, match.index - 12), match.index))) continue;
    if (COMPARED_AFTER.test(flat.slice(match.index + all.length, match.index + all.length + 12))) continue;
    if (object !== undefined && (UNTRUSTED_OBJECT.test(object) || UNTRUSTED.test(object))) return object;
    if (UNTRUSTED.test(text) || (text.startsWith('env.') && tainted.has(text.slice(4)))) return text;
  }
  return null;
}
