import type { SessionEvent } from '../agent/session-event.ts';
import { sanitize } from './sanitize.ts';

/** A session for a person to read: what each run was asked, said, called and was answered. Pure. */
export function sessionMarkdown(id: string, events: readonly SessionEvent[]): string {
  return `${[`# Session ${id}`, ...events.flatMap(sectionOf)].join('\n\n')}\n`;
}

function sectionOf(event: SessionEvent): string[] {
  switch (event.type) {
    case 'session-started': {
      const { kind, door, tool, change, models } = event.data;
      const range = change === null ? '' : `, change ${change.id.slice(0, 12)}`;
      const asked = models.map(({ id }) => id).join(', else ');
      return [
        `${event.at}: a ${kind} from the ${door} by ${tool.name} ${tool.version}${range}. Models: ${asked}.`,
      ];
    }
    case 'run-started':
      return [`## Run ${event.data.run}: ${event.data.persona}`, event.data.paths.map(code).join(', ')];
    case 'model-requested':
      return [
        `### Turn ${event.data.turn}, to ${event.data.model}`,
        ...event.data.added.messages.map((message) => fenced(userText(message))),
      ];
    case 'model-responded': {
      const { response, usd } = event.data;
      const { usage } = response;
      const cost = usd === null ? '' : `, $${usd.toFixed(4)}`;
      const said = response.blocks.flatMap((block) => (block.type === 'text' ? [fenced(block.text)] : []));
      const tokens = `${usage.input + usage.cacheRead + usage.cacheWrite} tokens in, ${usage.output} out${cost}`;
      return [`Answer: ${response.stop}, ${tokens}`, ...said];
    }
    case 'model-failed':
      return [`Failed: ${event.data.kind}: ${sanitize(event.data.message)}`];
    case 'tool-called':
      return [
        `Calls ${code(event.data.call.name)}`,
        fenced(JSON.stringify(event.data.call.input, null, 2) ?? ''),
      ];
    case 'tool-decided':
      return event.data.decision === 'allow' ? [] : [`Decided: ${event.data.decision}, ${event.data.reason}`];
    case 'tool-returned':
      return [event.data.isError ? 'Answered with an error:' : 'Answered:', fenced(event.data.content)];
    case 'finding-made': {
      const { severity, category, path, place, title, body, suppressed } = event.data.finding;
      const at = place === null ? path : `${path}:${place.startLine}`;
      const fate = suppressed === null ? '' : ` (suppressed: ${suppressed.reason})`;
      return [`## ${severity}, ${category}: ${sanitize(title)}`, `${code(at)}${fate}`, sanitize(body)];
    }
    case 'run-ended':
      return [
        `Ended: ${event.data.ended}${event.data.reason === null ? '' : `, ${sanitize(event.data.reason)}`}.`,
      ];
    case 'session-ended':
      return [`## ${event.data.outcome} after ${(event.data.ms / 1000).toFixed(1)} s`];
    default:
      return [];
  }
}

/** What a message tells a model; tool results stand in events of their own. */
function userText(message: unknown): string {
  const isText = typeof message === 'object' && message !== null && 'text' in message;
  return isText && typeof message.text === 'string' ? message.text : '';
}

const code = (text: string): string => `\`${sanitize(text).replaceAll('`', "'")}\``;

/** A block that its content cannot end: its fence is longer than any run of backticks in it. */
function fenced(text: string): string {
  if (text === '') return '';
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${sanitize(text)}\n${fence}`;
}
