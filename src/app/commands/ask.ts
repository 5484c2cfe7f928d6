import { askAboutChange } from '../ask-about-change.ts';
import type { CommandAnswer } from './command-call.ts';

/** A question in free text, answered by a model that may look around in the head of the pull request and do nothing else. */
export const ask: CommandAnswer = async (call) =>
  (await askAboutChange(call, { question: call.text, about: null })) ??
  'No model is asked here, so there is nobody to answer questions. Reviews and commands need none: `/agent help`.';
