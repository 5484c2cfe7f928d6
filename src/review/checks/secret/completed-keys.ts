import type { ReviewedFile } from '../../check.ts';
import type { Place } from '../../finding.ts';
import { privateKeys } from './private-keys.ts';

/** A line of a PEM file: OpenSSL wraps at 64 characters, OpenSSH at 70, others at 76. */
const isKeyLine = (text: string): boolean =>
  text.length >= 64 && text.length <= 76 && /^[A-Za-z0-9+/]+$/.test(text);

/**
 * Private keys of which the change adds the inside and not the BEGIN: one key put in the place of another. The
 * whole file is read only when it has such lines.
 */
export async function completedKeys(file: ReviewedFile): Promise<{ name: string; place: Place }[]> {
  if (file.change.status === 'added' || !file.added.some(({ text }) => isKeyLine(text))) return [];
  const text = await file.after();
  if (text === null) return [];
  const found: { name: string; place: Place }[] = [];
  for (const { start, end, name } of privateKeys(text)) {
    const [begin, last] = [lineNumber(text, start), lineNumber(text, end)];
    const inside = file.added.filter(({ number }) => number >= begin && number <= last);
    const [first, final] = [inside[0], inside.at(-1)];
    if (first === undefined || final === undefined || first.number === begin) continue;
    if (!inside.some((line) => isKeyLine(line.text))) continue;
    const place = {
      startLine: first.number,
      endLine: final.number,
      startColumn: 1,
      endColumn: final.text.length + 1,
    };
    found.push({ name, place });
  }
  return found;
}

/** Counted from 1. */
const lineNumber = (text: string, offset: number): number => text.slice(0, offset).split('\n').length;
