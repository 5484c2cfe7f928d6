import type { AgentOutcome } from '../agent/events.ts';
import { createGiveAnswer } from '../tools/give-answer.ts';
import { answererPrompt } from './answerer-prompt.ts';
import { type Question, renderQuestion } from './render-question.ts';
import type { LookSetup } from './reviewer-setup.ts';
import { runTask } from './run-task.ts';

const TURNS = 20;

/** What a model says to a question; or why none of them could. */
export type QuestionAnswer =
  | { readonly answer: string; readonly model: string }
  | { readonly failure: string };

/**
 * Has a question about a change answered by the first model that can, which may look around in it with the tools of a reviewer,
 * and do nothing else. The answer is Markdown of a model: to be sanitised.
 */
export async function answerQuestion(
  question: Question,
  setup: LookSetup,
  signal: AbortSignal,
): Promise<QuestionAnswer> {
  const failures: string[] = [];
  for (const model of setup.models) {
    let answer: string | null = null;
    const outcome: AgentOutcome = await runTask(model, setup, signal, {
      run: `question ${model.id}`,
      persona: 'the answerer',
      paths: [],
      system: answererPrompt(),
      prompt: renderQuestion(question, setup.nonce),
      nudge: 'Call give_answer with your answer.',
      turns: TURNS,
      isFinished: () => answer !== null,
      tools: [
        createGiveAnswer((text) => {
          answer = text;
        }),
      ],
    });
    if (outcome.ended === 'finished' && answer !== null) return { answer, model: model.id };
    failures.push(`${model.id}: ${outcome.reason ?? outcome.ended}`);
    if (outcome.ended === 'aborted' || outcome.ended === 'late') break;
  }
  return { failure: failures.join('; ') };
}
