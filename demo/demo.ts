/**
 * The GitHub App at work, without an account and without a network: `npm run demo`. A pull request is opened, reviewed, pushed to
 * and talked about on a GitHub of this process; a script plays the model.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { monotonicMs } from '../src/agent/clock.ts';
import { refuseUnwritable, writeOutput } from '../src/cli/output.ts';
import { untilSignal } from '../src/cli/until-signal.ts';
import { CodeAgentError, EXIT } from '../src/code-agent-error.ts';
import { processEnvironment, readEnvironment } from '../src/config/environment.ts';
import { durationText } from '../src/report/summary.ts';
import { readPage } from './page/read-page.ts';
import { renderPage } from './page/render-page.ts';
import { shopModel } from './script-model.ts';
import { PULL_REQUEST, SHOP } from './shop.ts';
import { startShop } from './start-shop.ts';
import { story } from './story.ts';
import { createTeller } from './teller.ts';

const HELP = `npm run demo [-- --output FILE]

Opens a pull request on a GitHub of its own, has it reviewed by the App, and prints what was posted.
No account, no network, no PostgreSQL, no model: all of it is in this process, and a script answers for the model.

  --output FILE   where the page goes that shows the pull request (default: in a new temporary folder)
  --help          this

Exit code 0: all came as it should. 1: something did not, and is named. 2: wrong usage. 3: it broke off.
`;

/** Answers the exit code. */
async function demo(output: string | undefined, signal: AbortSignal): Promise<number> {
  if (output !== undefined) await refuseUnwritable(output);
  const { color } = readEnvironment(processEnvironment());
  const isColored = color === 'always' || (color === 'auto' && process.stdout.isTTY === true);
  // Who reads no further is told no more.
  process.stdout.on('error', () => {});
  const write = (line: string) => void process.stdout.write(`${line}\n`);
  write(
    'The GitHub App, in front of a GitHub of this process. A script plays the model, and answers at once.',
  );

  const began = monotonicMs();
  const model = shopModel();
  const shop = await startShop(model.model, signal);
  try {
    write(`It is up, with its database, after ${durationText(monotonicMs() - began)}.`);
    const teller = createTeller({ shop, model, color: isColored, write });
    await story(shop, model, teller).catch((error: unknown) => {
      if (signal.aborted) throw error;
      teller.expect([`the story goes on (${error})`, ...shop.warnings].join('\n   '), false);
    });
    const file = resolve(
      output ?? join(await mkdtemp(join(tmpdir(), 'code-agent-page-')), 'pull-request.html'),
    );
    const page = await readPage(shop.github, { ...PULL_REQUEST, repository: SHOP, number: 1 });
    await writeOutput(renderPage(page), file);
    write(`\nThe pull request as a person sees it: ${file}`);
    const { mismatches } = teller;
    if (mismatches.length > 0) write(['\nNot as it should be:', ...mismatches].join('\n   '));
    return mismatches.length > 0 ? EXIT.findings : EXIT.pass;
  } finally {
    await shop.stop();
  }
}

/** Wrong usage is an error of Node.js, with a message for a person. */
const readOptions = () =>
  parseArgs({ options: { help: { type: 'boolean', short: 'h' }, output: { type: 'string', short: 'o' } } })
    .values;

try {
  const { help, output } = readOptions();
  if (help) process.stdout.write(HELP);
  else
    await untilSignal(async (signal) => {
      process.exitCode = await demo(output, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        console.error('demo: it was stopped');
        return EXIT.incomplete;
      });
    });
} catch (error) {
  const isUsage =
    error instanceof TypeError && 'code' in error && `${error.code}`.startsWith('ERR_PARSE_ARGS');
  const isForPerson = isUsage || error instanceof CodeAgentError;
  console.error('demo:', isForPerson ? error.message : error);
  process.exitCode = isUsage
    ? EXIT.usage
    : error instanceof CodeAgentError
      ? error.exitCode
      : EXIT.incomplete;
}
