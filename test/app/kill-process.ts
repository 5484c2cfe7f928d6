// The App's worker in a process of its own, for tests that kill it: with everything real but its model.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createBudget } from '../../src/agent/budget.ts';
import { monotonicMs } from '../../src/agent/clock.ts';
import type { Model, ModelRequest } from '../../src/agent/model.ts';
import { readAppSettings } from '../../src/app/app-settings.ts';
import { createLog } from '../../src/app/create-log.ts';
import { jobs } from '../../src/app/jobs.ts';
import { work } from '../../src/app/work.ts';
import { untilSignal } from '../../src/cli/until-signal.ts';
import { processEnvironment, readEnvironment } from '../../src/config/environment.ts';
import { createMirrors } from '../../src/git/mirrors.ts';
import { createGitHubApp } from '../../src/github/create-github-app.ts';
import { sandboxOr } from '../../src/local/sandbox-or.ts';
import { mayBeCommand } from '../../src/tasks/comment-command.ts';
import { markingModel } from './marking-model.ts';

const env = processEnvironment();
const environment = readEnvironment(env);
const settings = readAppSettings(environment);
const { databaseUrl, home } = environment;
/** A line for each call of the model when it begins, and one when it is answered. */
const file = env['TEST_FILE'] ?? '';
const say = (line: string) => appendFileSync(file, `${line}\n`);

const { model } = markingModel();
const slow: Model = {
  ...model,
  async ask(request, options) {
    const about = aboutOf(request);
    say(`asked ${about}`);
    await wait(Number(env['TEST_MODEL_MS'] ?? 0));
    const turn = await model.ask(request, options);
    say(`answered ${about}`);
    return turn;
  },
};

/** Which call it is, whatever the nonce. */
function aboutOf({ tools, messages }: ModelRequest): string {
  const [first] = messages;
  const text = first?.role === 'user' ? first.text : '';
  const names = [...text.matchAll(/(?:BUG|NOTE)_(\w+)\(|\b(\w+) fails/g)].map(
    ([, code, title]) => code ?? title,
  );
  const kind = tools.some(({ name }) => name === 'judge_finding') ? 'judgement' : 'review';
  return `${kind} ${messages.length} ${[...new Set(names)].join(',')}`;
}

const log = createLog({
  ...{ level: 'info', held: settings.held, isForPerson: false },
  write: (line) => void process.stderr.write(line),
});
const github = createGitHubApp(settings, { writeGapMs: 0 });
const mirrors = createMirrors({ folder: join(home ?? '', 'mirrors'), maxBytes: 1e9, env });
let opened: ReturnType<typeof sandboxOr> | null = null;
const sandbox = () => {
  opened ??= sandboxOr(env);
  return opened;
};
process.exitCode = await untilSignal((signal) =>
  work({
    ...{ settings, github, log, mayBeCommand, signal },
    databaseUrl: databaseUrl ?? '',
    concurrency: 2,
    trustedBots: async () => [],
    beat: { beatMs: 100, deadAfterMs: 700 },
    onWorking: () => say('working'),
    jobs: ({ sql }) =>
      jobs({
        ...{
          env,
          sql,
          github,
          mirrors,
          log,
          sandbox,
          checksWithinMs: 0,
          storeEveryMs: 10_000,
          work: join(home ?? '', 'work'),
          serverUrl: settings.serverUrl,
        },
        held: settings.held,
        askModels: async (_, config, { door, message }) => ({
          ...{ models: [slow], tools: [], patience: '60 s', notes: [], knownValues: [], door, message },
          budget: createBudget({
            ...{ usd: config.review.maxCost, tokens: null },
            deadline: monotonicMs() + 60_000,
          }),
        }),
      }),
  }),
);
