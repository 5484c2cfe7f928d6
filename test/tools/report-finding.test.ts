import { describe, expect, it } from 'vitest';
import { ToolFailure } from '../../src/agent/tool.ts';
import { createToolRegistry } from '../../src/agent/tool-registry.ts';
import { createFinishReview } from '../../src/tools/finish-review.ts';
import { createReportFinding, type ReportedFinding } from '../../src/tools/report-finding.ts';

const INPUT = {
  path: 'src/a.ts',
  quote: '    backoff(i);',
  severity: 'error',
  category: 'correctness',
  title: 'The retry loop never waits',
  body: 'Nothing awaits the promise.',
  confidence: 0.9,
};

async function report(
  input: unknown,
  answer: (finding: ReportedFinding) => string | Promise<string> = () => 'Noted.',
) {
  const findings: ReportedFinding[] = [];
  const tool = createReportFinding((finding) => {
    findings.push(finding);
    return answer(finding);
  });
  const decide = () => ({ decision: 'allow' as const, reason: 'all may' });
  const { call, specs } = createToolRegistry([tool], { decide });
  const signal = new AbortController().signal;
  const { result } = await call({ type: 'tool-call', id: '1', name: 'report_finding', input }, signal);
  return { findings, result, specs };
}

describe('report_finding', () => {
  it('hands over the finding, with what the model left out', async () => {
    const { findings, result } = await report(INPUT);
    expect(result).toEqual({ callId: '1', content: 'Noted.', isError: false });
    expect(findings).toEqual([{ ...INPUT, lineHint: null, side: 'new', suggestion: null }]);
  });

  it('hands over all of it', async () => {
    const more = { line_hint: 31, side: 'old', suggestion: '', path: './src//a.ts' };
    const { findings } = await report({ ...INPUT, ...more });
    expect(findings).toEqual([{ ...INPUT, lineHint: 31, side: 'old', suggestion: '' }]);
  });

  it('tells the model why its quote was not found', async () => {
    const { result } = await report(INPUT, () => {
      throw new ToolFailure('This is not in src/a.ts.');
    });
    expect(result).toMatchObject({ content: 'This is not in src/a.ts.', isError: true });
  });

  const wrong: readonly [Record<string, unknown>, string][] = [
    [{ quote: '' }, '- quote: Too small'],
    [{ quote: ' \n\t' }, '- quote: must hold code'],
    [{ quote: 'x'.repeat(4_001) }, '- quote: Too big'],
    [{ title: 'x'.repeat(201) }, '- title: Too big'],
    [{ title: 'one\ntwo' }, '- title: must be one line'],
    [{ body: 'x'.repeat(2_001) }, '- body: Too big'],
    [{ suggestion: 'x'.repeat(4_001) }, '- suggestion: Too big'],
    [{ path: 'x'.repeat(4_097) }, '- path: Too big'],
    [{ severity: 'critical' }, '- severity: Invalid option: expected one of "error"|"warning"|"info"'],
    [{ category: 'style' }, '- category: Invalid option'],
    [{ confidence: 1.1 }, '- confidence: Too big'],
    [{ confidence: Number.NaN }, '- confidence: Invalid input'],
    [{ line_hint: 0 }, '- line_hint: Too small'],
    [{ line: 3 }, '- the input: Unrecognized key: "line"'],
  ];
  for (const [part, message] of wrong) {
    it(`${message} for ${JSON.stringify(part).slice(0, 40)}`, async () => {
      const { findings, result } = await report({ ...INPUT, ...part });
      expect(findings).toEqual([]);
      expect(result.isError).toBe(true);
      expect(result.content).toContain(message);
    });
  }

  it('says in its schema what it needs, and describes every key', async () => {
    const { specs } = await report(INPUT);
    const schema = specs[0]?.inputSchema ?? {};
    expect(schema['required']).toEqual([
      'path',
      'quote',
      'severity',
      'category',
      'title',
      'body',
      'confidence',
    ]);
    expect(schema['additionalProperties']).toBe(false);
    for (const property of Object.values(schema['properties'] ?? {}))
      expect(property).toHaveProperty('description', expect.stringMatching(/\w.*\.$/));
  });
});

describe('finish_review', () => {
  it('says that the review is over', async () => {
    const summaries: string[] = [];
    const tool = createFinishReview((summary) => summaries.push(summary));
    const decide = () => ({ decision: 'allow' as const, reason: 'all may' });
    const { call } = createToolRegistry([tool], { decide });
    const finish = (input: unknown) =>
      call({ type: 'tool-call', id: '1', name: 'finish_review', input }, new AbortController().signal);
    expect((await finish({ summary: '' })).outcome).toBe('invalid');
    expect(summaries).toEqual([]);
    expect((await finish({ summary: 'Retries wait.' })).result.content).toBe('The review has ended.');
    expect(summaries).toEqual(['Retries wait.']);
  });
});
