import { parseInlineIgnore } from '../../config/inline-ignore.ts';
import type { Check, ReviewedFile } from '../check.ts';
import type { Problem } from '../finding.ts';

const CONFIG = /^\.code-agent(?:\.ya?ml|-baseline\.json)$/;
const ATTRIBUTES = /(?:^|\/)\.gitattributes$/;
const LINGUIST = /\blinguist-(?:generated|vendored)\b/;
const HOOKS = /^(?:\.husky\/[^/]+|\.?lefthook(?:-local)?\.(?:ya?ml|toml|json)|\.pre-commit-config\.yaml)$/;

/** Changes to what a review looks at. None has a say in its own review: the policy is read at the base. */
export const policy: Check = {
  id: 'policy',
  summary: 'Changes to the configuration, the baseline, ignores and hooks of the review itself',
  severity: 'warning',
  generatedToo: true,
  scope: 'files',
  *run(files) {
    for (const file of files) {
      if (CONFIG.test(file.path))
        yield fileProblem(file, 'The review policy changes', 'It was reviewed under the one before it.');
      else if (HOOKS.test(file.path) && dropsHook(file)) {
        yield fileProblem(
          file,
          'The hook that runs code-agent is taken out',
          'Commits will no longer be reviewed here.',
        );
      } else if (ATTRIBUTES.test(file.path)) yield* attributeProblems(file);
      if (file.addedText.includes('code-agent-ignore')) yield* ignoreProblems(file);
    }
  },
};

function fileProblem({ path }: ReviewedFile, title: string, body: string): Problem {
  return { path, place: null, title, body };
}

function dropsHook({ removed, addedText }: ReviewedFile): boolean {
  return removed.some((line) => line.text.includes('code-agent')) && !addedText.includes('code-agent');
}

function* attributeProblems({ path, added }: ReviewedFile): Generator<Problem> {
  const line = added.find(({ text }) => LINGUIST.test(text) && !text.trimStart().startsWith('#'));
  if (line === undefined) return;
  yield {
    path,
    place: { startLine: line.number, endLine: line.number },
    title: 'Files are declared generated or vendored',
    body: 'Once this is committed, most checks no longer look into them.',
  };
}

function* ignoreProblems({ path, added }: ReviewedFile): Generator<Problem> {
  for (const { number, text } of added) {
    const ignore = text.includes('code-agent-ignore') ? parseInlineIgnore(text) : null;
    if (ignore === null) continue;
    const place = { startLine: number, endLine: number };
    if ('problem' in ignore)
      yield { path, place, title: 'An ignore that does not count', body: ignore.problem };
    else {
      const title = `From the next commit on, ${ignore.checks.join(' and ')} is ignored below this line`;
      yield { path, place, title, body: '', severity: 'info' };
    }
  }
}
