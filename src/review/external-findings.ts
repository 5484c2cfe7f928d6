import type { RepoPath } from '../change/path.ts';
import type { SourcedProblem } from './conclude.ts';
import type { Problem, Severity } from './finding.ts';
import type { PlannedFile } from './plan.ts';
import { openReviewedFile, type ReadBlob } from './reviewed-file.ts';

/** A problem that another tool found, with all that a check's problem has from its check. */
export interface ExternalFinding extends Problem {
  readonly severity: Severity;
  /** What the tool calls its rule. */
  readonly category: string;
  /** The tool's name. */
  readonly source: string;
}

/** Those that lie on lines the change adds; how many of a tool's do not is noted. */
export async function externalProblems(
  findings: readonly ExternalFinding[],
  files: readonly PlannedFile[],
  readBlob: ReadBlob,
): Promise<{ problems: SourcedProblem[]; notes: string[] }> {
  const added = await addedLines(findings, files, readBlob);
  const isInChange = ({ path, place }: ExternalFinding): boolean => {
    const lines = added.get(path);
    if (lines === undefined || place === null) return lines !== undefined;
    return lines.some((line) => line >= place.startLine && line <= place.endLine);
  };
  const outside = new Map<string, number>();
  const problems: SourcedProblem[] = [];
  for (const finding of findings) {
    const { severity, category, source, ...problem } = finding;
    if (isInChange(finding)) problems.push({ problem, category, severity, source });
    else outside.set(source, (outside.get(source) ?? 0) + 1);
  }
  const notes = [...outside].map(([tool, count]) => `${tool}: ${count} not on changed lines, left out`);
  return { problems, notes };
}

async function addedLines(
  findings: readonly ExternalFinding[],
  files: readonly PlannedFile[],
  readBlob: ReadBlob,
): Promise<Map<RepoPath, number[]>> {
  const wanted = new Set(findings.map((finding) => finding.path));
  const opened = files
    .filter(({ change }) => wanted.has(change.path))
    .map(async ({ change, generated, others }) => {
      const { added } = await openReviewedFile(change, generated, readBlob, others);
      return [change.path, added.map((line) => line.number)] as const;
    });
  return new Map(await Promise.all(opened));
}
