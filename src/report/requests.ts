import type { Model, ModelRequest } from '../agent/model.ts';
import { sanitize, sanitizeLine } from './sanitize.ts';

/** What would be sent to a model, as it is: the system prompt and the tools once, then each unit. */
export function renderRequests(
  models: readonly Pick<Model, 'id'>[],
  requests: readonly ModelRequest[],
): string {
  const [first] = requests;
  if (first === undefined) return 'Nothing would be sent to a model.\n';
  const characters = JSON.stringify(requests).length;
  const lines = [
    `To ${models.map(({ id }) => sanitizeLine(id)).join(', else ')}: ${requests.length} requests with ${characters} characters at first. What a model asks for with its tools is sent behind them.`,
    '',
    '===== system prompt, the same in each =====',
    sanitize(first.system),
    '',
    '===== tools, the same in each =====',
    ...first.tools.map((tool) => sanitize(JSON.stringify(tool, null, 2))),
    ...requests.flatMap(({ messages }, index) => [
      '',
      `===== request ${index + 1} of ${requests.length} =====`,
      ...messages.map((message) => (message.role === 'user' ? sanitize(message.text) : '')),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
