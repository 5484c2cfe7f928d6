import type { AgentOutcome } from '../agent/events.ts';
import type { Persona } from '../agent/load-personas.ts';
import { runAgent } from '../agent/loop.ts';
import { decide } from '../agent/policy.ts';
import { type AnyTool, createToolRegistry, type Toolbox } from '../agent/tool-registry.ts';
import { escapeHidden } from '../review/escape-hidden.ts';
import type { TaskDoor } from './task-door.ts';

/** Of one answer. */
const OUTPUT_TOKENS = 32_000;
/** Milliseconds: a command ends by itself before that, and a person may take hours to answer. */
const TOOL_LIMIT = 24 * 3_600_000;

/** What a persona is to do now. */
export interface Assignment {
  /** The same for the same work in another session. */
  readonly run: string;
  readonly persona: Persona;
  readonly prompt: string;
  /** Those that there are; the persona has the ones that it names. */
  readonly tools: readonly AnyTool[];
  readonly isFinished: () => boolean;
  /** Said to a model that stops without having said that it is done. */
  readonly nudge: string;
}

/**
 * Has a persona work until it says that it is done, or cannot go on. What goes wrong is an outcome. What the record has of it
 * already is not done again: so an outcome is retryable only where the model said nothing, for what it has said it says again.
 */
export async function runPersona(door: TaskDoor, assignment: Assignment): Promise<AgentOutcome> {
  const { persona, run, prompt, isFinished, nudge } = assignment;
  const { record, work, told } = door;
  const tools = assignment.tools.filter(({ name }) => persona.tools.includes(name));
  const surface = {
    persona: {
      name: persona.name,
      tools: tools.map(({ name }) => name),
      effects: [...new Set(tools.map(({ effect }) => effect))],
    },
    door: door.door,
    permission: door.permission,
  };
  const toolbox = createToolRegistry(tools, {
    decide: (use) => decide(use, surface),
    approve: door.person.approve,
    redact: async (text) => escapeHidden(await door.redact(text)),
    timeLimit: TOOL_LIMIT,
  });
  const events = runAgent({
    ...{ prompt, isFinished, nudge },
    toolbox: goingOn(toolbox, tools, run, door),
    model: door.modelFor(persona),
    system: persona.prompt,
    budget: door.budget,
    limits: { turns: persona.turns, outputTokens: OUTPUT_TOKENS },
    signal: door.signal,
  });
  record.started({ run, persona: persona.name, paths: [] });
  told({ type: 'began', persona: persona.name });
  let keptTurn = 0;
  let isSilent = false;
  for (;;) {
    const next = await events.next();
    if (next.done) {
      record.ended(run, next.value);
      return { ...next.value, retryable: next.value.ended === 'failed' && next.value.retryable && isSilent };
    }
    const event = next.value;
    isSilent = event.type === 'model-failure';
    if (event.type === 'tool-result' && event.turn > keptTurn && !door.signal.aborted) {
      // Before the answers of the turn: a turn whose answers are there is never made again.
      keptTurn = event.turn;
      const kept = await work.keep();
      if (kept !== null) record.keep(run, event.turn, kept);
    }
    // What a call that was cut off has said is no answer: the turn is made again when the task is gone on with.
    if (event.type === 'tool-result' && door.signal.aborted) continue;
    record.happened(run, event);
    if (event.type === 'tool-call') told({ type: 'tool', name: event.call.name, input: event.call.input });
  }
}

/**
 * The tools, as a task that is gone on with has them: what was answered before is answered again, and the worktree brought to
 * where it was then. What only reports is done again, for what it tells is told to this process.
 */
function goingOn(
  toolbox: Toolbox,
  tools: readonly AnyTool[],
  run: string,
  { record, work }: TaskDoor,
): Toolbox {
  const effects = new Map(tools.map(({ name, effect }) => [name, effect]));
  return {
    specs: toolbox.specs,
    async call(call, signal) {
      const effect = effects.get(call.name);
      const known = effect === 'report' ? null : record.answerTo(run, call.id);
      if (known?.kept) work.restore(known.kept);
      // A commit is made of what is there: it is made again.
      if (known === null || (call.name === 'commit' && !known.isError)) {
        await work.settled();
        const answer = await toolbox.call(call, signal);
        if (known === null) return answer;
      }
      return {
        result: { callId: call.id, content: known.content, isError: known.isError },
        outcome: known.isError ? 'failed' : 'done',
        wrote: !known.isError && (effect === 'write' || effect === 'delete'),
        ...{ decision: null, details: undefined, cut: 0, ms: 0 },
      };
    },
  };
}
