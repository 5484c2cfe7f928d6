import type { ScriptedTurn } from '../support/model-script.ts';
import type { Program } from './program.ts';

const call = (name: string, input: unknown): ScriptedTurn => ({ calls: [{ name, input }] });

export const PLAN = ['read the code and its tests', 'write a failing test', 'mend the bug', 'run the tests'];

/** What a model says that does the task of a program well: plan, failing test, commit, fix, passing test, and the review of it. */
export const goodWork = ({ failing, fix }: Program): readonly ScriptedTurn[] => [
  call('propose_plan', { steps: PLAN }),
  call('read_file', { path: fix.path }),
  call('write_file', { path: failing.path, content: failing.content }),
  call('run_tests', {}),
  {
    calls: [
      { name: 'commit', input: { message: 'A test that shows the bug' } },
      { name: 'step_done', input: { step: 2 } },
    ],
  },
  call('edit_file', { path: fix.path, old_text: fix.old_text, new_text: fix.new_text }),
  call('run_tests', {}),
  call('finish_task', {
    done: true,
    summary: 'It was wrong, and is mended.',
    commit_message: 'Mend the bug',
  }),
  call('finish_review', { summary: 'A fix and its test.' }),
];
