import { spawn } from 'node:child_process';

export interface TerminalRun {
  readonly code: number | null;
  /** All that the terminal showed. */
  readonly screen: string;
}

/**
 * Runs a command at a pseudo-terminal (script(1) of util-linux) and types an answer each time that what is asked appears, in
 * their order. Rejects when a question has not come.
 */
export async function atTerminal(
  command: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
  answers: readonly (readonly [asked: string, typed: string])[],
): Promise<TerminalRun> {
  const line = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const child = spawn('script', ['--quiet', '--flush', '--return', '--command', line, '/dev/null'], {
    ...options,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let screen = '';
  let seen = 0;
  const left = [...answers];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    for (let next = left[0]; next !== undefined; next = left[0]) {
      const at = screen.indexOf(next[0], seen);
      if (at < 0) return;
      seen = at + next[0].length;
      left.shift();
      child.stdin.write(next[1]);
    }
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (left.length > 0)
    throw new Error(`the terminal did not show ${JSON.stringify(left[0]?.[0])}: ${screen}`);
  return { code, screen };
}
