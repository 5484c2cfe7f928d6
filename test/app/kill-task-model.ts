import type { ModelRequest, ModelTurn } from '../../src/agent/model.ts';
import { javascript } from '../programs/javascript.ts';
import type { Program } from '../programs/program.ts';
import { goodWork, PLAN } from '../programs/script-work.ts';
import type { ScriptedTurn } from '../support/model-script.ts';
import { scriptedTurn } from './scripted-turns.ts';

const TESTS = 'node --test-reporter=tap test/retry.test.js';

/** What a case is called: its repository, and in the title of its issue and the name of its test, by which a model knows it. */
const CASE = /\b[a-z]\d\d\b/;

/** The program of a case: its test has a name of its own, or what models said of another one would be known. */
export const programOf = (name: string): Program => ({
  ...javascript,
  // Without npm, which takes as long as all the rest.
  files: { ...javascript.files, 'package.json': '{ "type": "module" }\n' },
  task: `${javascript.task} (${name})`,
  failing: {
    ...javascript.failing,
    content: javascript.failing.content.replace('waits before', `${name} waits before`),
  },
});

/** What a case whose name begins with q asks amid its work. */
const QUESTION = { question: 'How long should it wait?', choices: ['1 s', '2 s'] };

function scriptOf(name: string): readonly ScriptedTurn[] {
  const work = goodWork(programOf(name));
  return [
    { calls: [{ name: 'propose_plan', input: { steps: PLAN, tests: TESTS } }] },
    ...work.slice(1, 5),
    ...(name.startsWith('q') ? [{ calls: [{ name: 'ask', input: QUESTION }] }] : []),
    ...work.slice(5),
  ];
}

/**
 * The turn of good work that a request is for, by what is in it: any number of processes may ask, in any order, and again. Its name is
 * the same for the same turn.
 */
export function turnOf({ tools, messages }: ModelRequest): {
  readonly name: string;
  readonly turn: ModelTurn;
} {
  const [first] = messages;
  const [name] = CASE.exec(first?.role === 'user' ? first.text : '') ?? [];
  if (name === undefined) throw new Error('it is no request of a case');
  const script = scriptOf(name);
  const has = (tool: string): boolean => tools.some((one) => one.name === tool);
  const before = messages.filter(({ role }) => role === 'assistant').length;
  const index = (has('propose_plan') ? 0 : has('finish_task') ? 1 : script.length - 1) + before;
  const turn = script[index];
  if (turn === undefined) throw new Error(`the script has ended: ${index}`);
  return { name: `turn ${index}`, turn: scriptedTurn(turn, index) };
}
