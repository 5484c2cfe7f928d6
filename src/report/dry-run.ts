import type { DryRun } from '../review/reviewer.ts';
import { sanitize, sanitizeJson, sanitizeLine, sanitizePath } from './sanitize.ts';
import { plural } from './summary.ts';

/** What would be sent, and to whom. */
export interface Outgoing extends DryRun {
  /** By their ids, in order. */
  readonly models: readonly string[];
  /** Why no model could be asked; null when one could. */
  readonly failure: string | null;
}

/** What would be sent to a model, as it is: the system prompt and the tools once, then each unit. */
export function renderDryRun({ models, failure, requests, known, leftOut }: Outgoing): string {
  const [first] = requests;
  const aside = [
    ...(known > 0 ? [`Not sent: ${plural(known, 'part')} of the change whose answer is known.`] : []),
    ...leftOut.map(({ path, reason }) => `Not sent: ${sanitizePath(path)} (${sanitizeLine(reason ?? '')})`),
  ];
  if (first === undefined) {
    const why = failure ?? (models.length === 0 ? 'none is configured' : null);
    const because = why === null ? '' : `: ${sanitizeLine(why).replace(/\.$/, '')}`;
    return `${[`Nothing would be sent to a model${because}.`, ...aside].join('\n')}\n`;
  }
  const lines = [
    `To ${models.map(sanitizeLine).join(', else ')}: ${plural(requests.length, 'request')} with ${JSON.stringify(requests).length} characters at first. What a model asks for with its tools is sent behind them.`,
    ...aside,
    '',
    '===== system prompt, the same in each =====',
    shown(first.system),
    '',
    '===== tools, the same in each =====',
    ...first.tools.map((tool) => sanitize(JSON.stringify(tool, null, 2))),
    ...requests.flatMap(({ messages }, index) => [
      '',
      `===== request ${index + 1} of ${requests.length} =====`,
      ...messages.map((message) => (message.role === 'user' ? shown(message.text) : '')),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Tabs stay: they are what is sent, and do no harm. */
const shown = (text: string): string => text.split('\t').map(sanitize).join('\t');

/** The same for a program: each request as a whole. */
export function renderDryRunJson({ models, failure, requests, known, leftOut }: Outgoing): string {
  const outgoing = { version: 1, models, failure, requests, known, leftOut };
  return `${sanitizeJson(JSON.stringify(outgoing, null, 2))}\n`;
}
