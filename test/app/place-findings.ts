import { createHash } from 'node:crypto';
import type { ChangeSet, FileChange } from '../../src/change/change-set.ts';
import { type Hunk, hunkLines } from '../../src/change/hunk.ts';
import type { Finding, Place } from '../../src/review/finding.ts';
import type { FindingRecipe } from './generated-pull-request.ts';

/** What each title begins with, and no other text has: it is found again in what is posted. */
export const titleToken = (change: number, finding: number): string => `q${change}n${finding}z`;

/** The findings of a change whose diff is known. A recipe that asks for what the diff has not is at the first lines of the file. */
export function placeFindings(
  change: ChangeSet,
  recipes: readonly FindingRecipe[],
  number: number,
): Finding[] {
  const findings: Finding[] = [];
  for (const [index, recipe] of recipes.entries()) {
    const file = change.files[recipe.file % change.files.length];
    if (file === undefined) continue;
    const { category, body, source, severity } = recipe;
    const token = titleToken(number, index);
    const same = recipe.isAgain ? findings.at(-1) : undefined;
    const place = placeOf(file, recipe);
    const fingerprint = same?.fingerprint ?? createHash('sha256').update(token).digest('hex');
    findings.push({
      id: fingerprint.slice(0, 6),
      fingerprint,
      path: same?.path ?? pathOf(file, recipe),
      place,
      ...{ category, body, source, severity },
      title: `${token} ${recipe.title}`,
      confidence: source === 'check' ? 1 : 0.5,
      excerpt:
        place === null || recipe.excerpt === null
          ? null
          : { firstLine: place.startLine, lines: recipe.excerpt, caret: null },
      suggestion: place === null ? null : suggestionOf(place, recipe),
      suppressed: recipe.isSuppressed ? { by: 'dismissed', reason: 'known' } : null,
    });
  }
  return findings;
}

function pathOf(file: FileChange, { place }: FindingRecipe): string {
  if (place === 'unknown-path') return `not/${file.path}`;
  return place === 'old-path' ? file.oldPath : file.path;
}

function suggestionOf({ startLine, endLine }: Place, { suggestion }: FindingRecipe): Finding['suggestion'] {
  if (suggestion === null) return null;
  const first = Math.max(1, startLine + suggestion.from);
  return { startLine: first, endLine: Math.max(first, endLine + suggestion.to), lines: suggestion.lines };
}

function placeOf(file: FileChange, recipe: FindingRecipe): Place | null {
  const hunks = file.hunks ?? [];
  const [hunk, next] = hunks.slice(recipe.file % Math.max(hunks.length, 1));
  const start = 1 + (recipe.line % 5);
  const somewhere = { startLine: start, endLine: start + recipe.lines };
  const end = hunk === undefined ? 0 : hunk.newStart + hunk.newCount - 1;
  switch (recipe.place) {
    case 'whole-file':
      return null;
    case 'beyond-end':
      return { startLine: 50_000 + start, endLine: 50_000 + start + recipe.lines };
    case 'outside':
      return hunk === undefined || end < 0
        ? somewhere
        : { startLine: end + 1, endLine: end + 1 + recipe.lines };
    case 'two-hunks':
      return hunk === undefined || next === undefined || end < 1
        ? somewhere
        : { startLine: end, endLine: Math.max(next.newStart, end) };
    case 'whole-hunk':
      return hunk === undefined || hunk.newCount === 0
        ? somewhere
        : { startLine: hunk.newStart, endLine: end };
    default: {
      const lines = hunk === undefined ? [] : linesOf(hunk, recipe.place);
      const startLine = lines[recipe.line % Math.max(lines.length, 1)];
      return startLine === undefined
        ? somewhere
        : { startLine, endLine: Math.min(startLine + recipe.lines, end) };
    }
  }
}

const linesOf = (hunk: Hunk, kind: FindingRecipe['place']): number[] =>
  [...hunkLines(hunk)]
    .filter((line) => line.newLine > 0 && (line.kind === kind || (kind !== 'added' && kind !== 'context')))
    .map(({ newLine }) => newLine);
