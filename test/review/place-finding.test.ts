import { describe, expect, it } from 'vitest';
import type { ChangeSet } from '../../src/change/change-set.ts';
import { findOverlappingSecrets } from '../../src/review/checks/secret/find-secrets.ts';
import { parseFile } from '../../src/review/checks/syntax.ts';
import { placeFinding, type Texts } from '../../src/review/place-finding.ts';
import { redactSecrets } from '../../src/review/redact.ts';
import type { ReportedFinding } from '../../src/tools/report-finding.ts';
import { PLANTED_SECRET } from '../support/planted-secret.ts';

const reported: ReportedFinding = {
  path: 'a.js',
  quote: 'go(x)',
  lineHint: null,
  side: 'new',
  severity: 'error',
  category: 'correctness',
  title: 'Not awaited',
  body: 'It is not.',
  suggestion: 'await go(x)',
  confidence: 0.9,
};
const nothing: ChangeSet = { base: { commit: null, tree: '' }, head: { commit: null }, files: [], id: '' };
const texts = (text: string): Texts => ({
  change: nothing,
  textOf: async (path) => (path === 'a.js' ? text : null),
  redact: (some) => redactSecrets(some, findOverlappingSecrets, []),
  parse: parseFile,
});

describe('placeFinding', () => {
  it('a suggestion for a part of a line', async () => {
    const { place, suggestion } = await placeFinding(reported, texts('start();\nrun(go(x), 1);\n'));
    expect(place).toEqual({ startLine: 2, endLine: 2 });
    expect(suggestion).toEqual({ startLine: 2, endLine: 2, lines: ['run(await go(x), 1);'] });
  });

  it('a suggestion for a line of a file with CRLF', async () => {
    const { place, suggestion } = await placeFinding(
      { ...reported, quote: 'run(go(x), 1);', suggestion: 'run(await go(x), 1);' },
      texts('start();\r\nrun(go(x), 1);\r\n'),
    );
    expect(place).toEqual({ startLine: 2, endLine: 2 });
    expect(suggestion).toMatchObject({ startLine: 2, endLine: 2 });
  });

  it("none on a line that was shown with a stand-in for a secret: its columns are not the file's", async () => {
    const finding = await placeFinding(reported, texts(`login("${PLANTED_SECRET}", go(x));\n`));
    expect(finding.place).toEqual({ startLine: 1, endLine: 1 });
    expect(finding.suggestion).toBeNull();
  });

  it('a quote with the name of a character that is not seen is on its line, without a suggestion', async () => {
    const finding = await placeFinding(
      { ...reported, quote: 'const a<U+200B> = go(x);' },
      texts('const b = 1;\nconst a\u200b = go(x);\n'),
    );
    expect(finding).toMatchObject({ place: { startLine: 2, endLine: 2 }, suggestion: null });
  });

  it('a suggestion that holds a secret, or a stand-in for one, is none', async () => {
    for (const suggestion of [
      `await go("${PLANTED_SECRET}")`,
      'await go("[secret: AWS access key id, 20 characters]")',
    ])
      expect((await placeFinding({ ...reported, suggestion }, texts('go(x)\n'))).suggestion).toBeNull();
  });

  it('a title and a body are told without secrets', async () => {
    const said = { ...reported, title: `The key ${PLANTED_SECRET} is used`, body: PLANTED_SECRET };
    expect(JSON.stringify(await placeFinding(said, texts('go(x)\n')))).not.toContain(PLANTED_SECRET);
  });

  it('what the change does not touch weighs a warning at most', async () => {
    expect((await placeFinding(reported, texts('go(x)\n'))).severity).toBe('warning');
    expect((await placeFinding({ ...reported, severity: 'info' }, texts('go(x)\n'))).severity).toBe('info');
  });

  it.each([
    [{ quote: 'come(x)' }, 'word for word'],
    [{ quote: ');' }, 'too short'],
    [{ path: 'b.js' }, 'There is no text file b.js after the change'],
    [{ path: 'b.js', side: 'old' as const }, 'before the change'],
  ])('%j goes back to the model', async (change, said) => {
    await expect(placeFinding({ ...reported, ...change }, texts('go(x)\n'))).rejects.toMatchObject({
      name: 'ToolFailure',
      message: expect.stringContaining(said),
    });
  });
});
