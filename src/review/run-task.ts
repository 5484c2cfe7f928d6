import type { AgentEvent, AgentOutcome } from '../agent/events.ts';
import { runAgent } from '../agent/loop.ts';
import type { Model } from '../agent/model.ts';
import { decide, REVIEWER_EFFECTS } from '../agent/policy.ts';
import { type AnyTool, createToolRegistry } from '../agent/tool-registry.ts';
import type { RepoPath } from '../change/path.ts';
import { escapeHidden } from './escape-hidden.ts';
import { estimateTokens } from './estimate-tokens.ts';
import type { LookSetup } from './reviewer-setup.ts';

/** Of one answer. */
export const OUTPUT_TOKENS = 16_000;

/** Something that a model is to do with tools, until it says through one of them that it is done. */
export interface Task {
  /** The same for the same work in another session. */
  readonly run: string;
  readonly persona: string;
  readonly paths: readonly RepoPath[];
  readonly system: string;
  readonly prompt: string;
  readonly nudge: string;
  readonly turns: number;
  readonly isFinished: () => boolean;
  readonly tools: readonly AnyTool[];
}

/** Runs a task to its end, whatever that is. Only a reviewer's tools are given: nothing is changed by it. */
export async function runTask(
  model: Model,
  { tools, budget, door, redact, sink }: LookSetup,
  signal: AbortSignal,
  task: Task,
): Promise<AgentOutcome> {
  const all = [...tools, ...task.tools];
  const persona = { name: task.persona, tools: all.map(({ name }) => name), effects: REVIEWER_EFFECTS };
  const toolbox = createToolRegistry(all, {
    decide: (use) => decide(use, { persona, door }),
    // As in the prompt: what a person would not see is written out.
    redact: async (text) => escapeHidden(await redact(text)),
  });
  const events = runAgent({
    model,
    system: task.system,
    prompt: task.prompt,
    toolbox,
    budget,
    limits: { turns: task.turns, outputTokens: OUTPUT_TOKENS },
    isFinished: task.isFinished,
    nudge: task.nudge,
    signal,
  });
  const { run, paths } = task;
  sink?.started({ run, persona: task.persona, paths });
  for (;;) {
    const next = await events.next();
    if (!next.done) sink?.happened(run, next.value);
    const outcome = next.done ? next.value : readInPart(model, task, next.value);
    if (outcome === null) continue;
    if (!next.done) await events.return(outcome);
    sink?.ended(run, outcome);
    return outcome;
  }
}

/**
 * Some local servers drop the beginning of a prompt that their context does not hold, and answer as if nothing were missing
 * (Ollama, with a small `OLLAMA_CONTEXT_LENGTH`). What they count as read tells it. Null when there is no sign of it.
 */
function readInPart({ provider }: Model, task: Task, event: AgentEvent): AgentOutcome | null {
  if (provider !== 'openai-compatible' || event.type !== 'model-response' || event.turn > 1) return null;
  const { usage } = event.response;
  const [read, sent] = [usage.input + usage.cacheRead, estimateTokens(task.system + task.prompt)];
  if (usage.estimated || read * 3 >= sent) return null;
  const reason = `its server read ${read} of about ${sent} tokens`;
  const advice = 'Give it a larger context (docs/models.md).';
  return { ended: 'failed', reason, advice, retryable: false, turns: 1, usage };
}
