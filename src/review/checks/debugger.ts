import type { Check } from '../check.ts';
import type { Severity } from '../finding.ts';
import { findMarkers, type Marker } from './code-markers.ts';
import { isFixturePath } from './test-path.ts';

interface DebuggerMarker extends Marker {
  readonly severity: Severity;
  readonly title: string;
}

const ECMA_SCRIPT = /\.(?:[cm]?[jt]sx?|vue|svelte|astro)$/;
const RUBY = /\.(?:rb|rake|erb|haml|slim)$/;
const BREAKPOINT = 'Breakpoint left in the code';

/** In order: the first one on a line decides. `error` where it has no other use than to stop the program. */
const MARKERS: readonly DebuggerMarker[] = [
  {
    files: ECMA_SCRIPT,
    pattern: /\bdebugger(?=[ \t]{0,20}(?:;|\}|$))(?<=(?:^|[;{})]|\belse\b)[ \t]{0,200}debugger)/m,
    severity: 'error',
    title: '`debugger` statement left in the code',
  },
  {
    files: /\.py$/,
    pattern: /\bbreakpoint\(\)(?<=(?:^|[;:])[ \t]{0,200}breakpoint\(\))/m,
    severity: 'error',
    title: BREAKPOINT,
  },
  { files: /\.py$/, pattern: /(?<![\w.])\w{0,20}db\.set_trace\(/m, severity: 'error', title: BREAKPOINT },
  {
    files: /\.py$/,
    pattern: /^[ \t]{0,200}(?:import (?:i?pdb|pudb|wdb|web_pdb|remote_pdb)\b|from i?pdb import set_trace\b)/m,
    severity: 'warning',
    title: 'Debugger imported',
  },
  {
    files: RUBY,
    pattern: /(?<![\w.])binding\.(?:pry|irb|remote_pry|break|b)(?![\w?!])/m,
    severity: 'error',
    title: BREAKPOINT,
  },
  {
    files: RUBY,
    pattern:
      /\b(?:byebug|debugger)(?=[ \t]{0,20}(?:$|;|%>|if |unless ))(?<=(?:^|;|<%)[ \t]{0,200}(?:byebug|debugger))/m,
    severity: 'error',
    title: BREAKPOINT,
  },
  { files: /\.php$/, pattern: /(?<![\w>:$])xdebug_break\(/m, severity: 'error', title: BREAKPOINT },
  {
    files: /\.php$/,
    pattern: /\bdd\((?<=(?:^|[;{}])[ \t]{0,200}@?dd\()/m,
    severity: 'warning',
    title: '`dd` ends the request',
  },
  {
    files: /\.rs$/,
    pattern: /(?<![\w!])dbg!\s?[([{]/m,
    severity: 'warning',
    title: '`dbg!` left in the code',
  },
  { files: /\.exs?$/, pattern: /\bIEx\.pry\b/m, severity: 'error', title: BREAKPOINT },
  { files: /\.exs?$/, pattern: /\|> dbg\(\)/m, severity: 'warning', title: '`dbg` left in the code' },
  {
    files: /\.cs$/,
    pattern: /^(?![^\n]{0,400}IsAttached)[^\n]{0,400}\bDebugger\.(?:Launch|Break)\(\)/m,
    severity: 'warning',
    title: BREAKPOINT,
  },
  { files: /\.(?:pl|pm|t)$/, pattern: /\$DB::single\s{0,4}=/m, severity: 'warning', title: BREAKPOINT },
  { files: /\.[rR]$/, pattern: /^[ \t]{0,200}browser\(\)/m, severity: 'warning', title: BREAKPOINT },
];

/** Statements that stop the program in a debugger. Printing is none: too many programs print on purpose. */
export const debuggerStatement: Check = {
  id: 'debugger',
  summary: 'Breakpoints and debugger statements',
  severity: 'warning',
  generatedToo: false,
  scope: 'files',
  async *run(files) {
    for (const file of files) {
      if (isFixturePath(file.path)) continue;
      for await (const { marker, place } of findMarkers(file, MARKERS)) {
        const { title, severity } = marker;
        yield { path: file.path, place, title, body: 'It was meant for one session. Remove it.', severity };
      }
    }
  },
};
