import { basename } from 'node:path';
import type { Asked, Call } from './model-server.ts';

const FINISH: readonly Call[] = [{ name: 'finish_review', input: { summary: 'Looked at it.' } }];

/** Is done at once. */
export const finish = (): readonly Call[] => FINISH;

/** So many turns, {@link LINES_A_TURN} more lines of a file in each but the last. */
export const readOn =
  (path: string, turns: number) =>
  ({ turn }: Asked): readonly Call[] => {
    if (turn >= turns) return FINISH;
    const end_line = turn * LINES_A_TURN;
    return [{ name: 'read_file', input: { path, start_line: end_line - LINES_A_TURN + 1, end_line } }];
  };

export const LINES_A_TURN = 100;

/** Reads the first file that is shown, searches for a name in its change, and is done: {@link LOOK_TURNS} turns. */
export function look({ opening, turn }: Asked): readonly Call[] {
  const path = /^file: (.+)\nstatus: .*\n@@/m.exec(opening)?.[1] ?? 'README.md';
  if (turn === 1) return [{ name: 'read_file', input: { path } }];
  const name = /^ +\d+ \+.*?\b([A-Za-z_]\w{5,})/m.exec(opening)?.[1] ?? basename(path);
  return turn === 2 ? [{ name: 'search', input: { pattern: name } }] : FINISH;
}

export const LOOK_TURNS = 3;
