import type { Check } from '../review/check.ts';

/** docs/checks.md: what every check finds and what it weighs, from the checks themselves. */
export function renderCheckDocs(checks: readonly Check[]): string {
  const rows = checks.map(
    ({ id, severity, generatedToo, summary }) =>
      `| \`${id}\` | ${severity} | ${generatedToo ? 'yes' : 'no'} | ${summary} |`,
  );
  return `# Checks

Written by \`npm run generate\`. Set a check to \`off\`, \`info\`, \`warning\` or \`error\` under \`checks\` in \`.code-agent.yml\`. The
severity is the one that holds where nothing is said; single findings may weigh less, or more. Files that
\`.gitattributes\` call generated or vendored are looked into by the checks that say so.

| check | severity | generated files too | finds |
|---|---|---|---|
${rows.join('\n')}
`;
}
