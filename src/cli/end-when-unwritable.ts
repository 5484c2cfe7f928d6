import { CodeAgentError, EXIT } from '../code-agent-error.ts';
import { renderError } from '../local/render-error.ts';

/** What a shell says of a program that SIGPIPE has ended. */
const SIGPIPE_EXIT = 141;

/**
 * From now on the process ends when what it says cannot be written: without a word when nobody reads it, as SIGPIPE would,
 * which Node ignores; else with what happened (exit code 3).
 */
export function endWhenUnwritable(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'EPIPE') process.exit(SIGPIPE_EXIT);
      const error = new CodeAgentError(`the output cannot be written (${cause.code})`, {
        exitCode: EXIT.incomplete,
        cause,
      });
      process.stderr.write(renderError(error, false));
      process.exit(error.exitCode);
    });
}
