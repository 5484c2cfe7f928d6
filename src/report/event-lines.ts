import type { SessionEvent } from '../agent/session-event.ts';
import { displayPath } from '../change/path.ts';
import { sanitizeJson, sanitizeLine } from './sanitize.ts';
import { durationText, modelTexts, placeText, plural } from './summary.ts';
import { aboutOf } from './task.ts';
import { cutEnd } from './text-width.ts';

/** Columns of what is said of an event. */
const LONGEST = 160;

/**
 * The events of a session as they come, each in a line: `10:09:04  calls     read_file src/retry.js`. Null for what nobody watches
 * for. The function that it answers knows what was called before: it is for one session, in order.
 */
export function eventLines(): (event: SessionEvent) => string | null {
  const personas = new Map<string, string>();
  const tools = new Map<string, string>();
  return (event) => {
    const { type, data, at } = event;
    if (type === 'run-started') personas.set(data.run, data.persona);
    if (type === 'tool-called') tools.set(callKey(data.run, data.call.id), data.call.name);
    const words = wordsOf(event, personas, tools);
    if (words === null) return null;
    const [what, about] = words;
    return `${at.slice(11, 19)}  ${what.padEnd(8)}  ${cutEnd(sanitizeLine(about), LONGEST)}`.trimEnd();
  };
}

/** The same as a line of JSON. The patch of what a checkout holds is left out: it has not been looked through for secrets. */
export function eventJsonLine({ data, ...event }: SessionEvent): string {
  const told = 'patch' in data ? { ...data, patch: undefined } : data;
  return sanitizeJson(JSON.stringify({ ...event, data: told }));
}

const callKey = (run: string, callId: string): string => JSON.stringify([run, callId]);

type Names = ReadonlyMap<string, string>;

function wordsOf({ type, data }: SessionEvent, personas: Names, tools: Names): [string, string] | null {
  const tool = (callId: string, run: string): string => tools.get(callKey(run, callId)) ?? callId;
  const who = (run: string): string => personas.get(run) ?? run;
  switch (type) {
    case 'session-started':
      return [
        'session',
        `${data.kind} with ${data.models.map(({ id }) => id).join(', else ') || 'no model'}, by ${data.tool.name} ${data.tool.version}`,
      ];
    case 'run-started':
      return ['begins', [data.persona, ...data.paths.slice(0, 3).map(displayPath)].join('  ')];
    case 'model-requested':
      return ['asks', `${data.model}, turn ${data.turn}`];
    case 'model-responded': {
      const { blocks, usage } = data.response;
      const said = blocks.flatMap((block) => (block.type === 'text' ? [firstLine(block.text)] : []));
      const took = modelTexts({ tokens: usage, usd: data.usd, unpriced: false }).join(' · ');
      return ['answers', [took, ...said].filter(Boolean).join('  ')];
    }
    case 'model-failed':
      return ['fails', `${data.model}: ${data.message}`];
    case 'tool-called':
      return ['calls', `${data.call.name} ${aboutOf(data.call.input)}`];
    case 'tool-decided':
      return data.decision === 'allow'
        ? null
        : [data.decision === 'ask' ? 'asked' : 'denied', `${tool(data.callId, data.run)}: ${data.reason}`];
    case 'tool-returned':
      return [
        data.isError ? 'error' : 'returns',
        `${tool(data.callId, data.run)}: ${firstLine(data.content)}`,
      ];
    case 'worktree-kept':
      return null;
    case 'step-done':
      return ['did', `${data.key}${exitText(data.result)}`];
    case 'finding-made': {
      const { severity, path, place, title } = data.finding;
      return ['finding', `${severity}  ${placeText(displayPath(path), place)}  ${title}`];
    }
    case 'write-begun':
      return ['writes', data.target];
    case 'write-done':
      return ['written', data.key];
    case 'artifact-made':
      return ['made', data.name];
    case 'run-ended':
      return [
        'ends',
        `${who(data.run)}: ${data.ended}, ${plural(data.turns, 'turn')}${data.reason === null ? '' : `: ${data.reason}`}`,
      ];
    case 'session-ended': {
      const { outcome, ms, usage, usd } = data;
      const spent = usage === null ? [] : modelTexts({ tokens: usage, usd, unpriced: false });
      return ['ended', [outcome, durationText(ms), ...spent].join(' · ')];
    }
  }
}

const firstLine = (text: string): string =>
  text
    .split('\n', 20)
    .find((line) => line.trim() !== '')
    ?.trim() ?? '';

/** Of a step that ran a command. */
function exitText(result: unknown): string {
  if (typeof result !== 'object' || result === null || !('exitCode' in result)) return '';
  return result.exitCode === null ? ': killed' : `: exit code ${String(result.exitCode)}`;
}
