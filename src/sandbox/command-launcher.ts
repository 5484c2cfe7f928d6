import type { SandboxLimits } from './sandbox.ts';

/** Above: 64 times the output that is kept, and the command is ended. */
export const OUTPUT_FLOOD = 64;

/** How many tasks a process may have, threads and short-lived children: node alone has eleven. */
export const TASKS_PER_PROCESS = 8;

/**
 * Kills all but the first process, which then ends, when its input ends (kill(2), -1). The script does not read that input. It may end
 * this watch: then it has until its deadline.
 */
const WATCH = 'exec 3<&0 </dev/null; { while read -r _; do :; done <&3; kill -KILL -1; } & exec 3<&-; ';

/**
 * Arguments that run `script` under limits: `/bin/sh` becomes the first process of the sandbox, waits for the script, and takes
 * all others with it when it ends (pid_namespaces(7)).
 *
 * What a shell cannot set is lower already, and stays so. `-f` counts in 512 bytes (POSIX, `ulimit`); processes are `-p` in dash
 * and `-u` in others.
 */
export function launcherArguments(
  script: string,
  limits: SandboxLimits,
  options: {
    /** Null where the kernel counts all processes of the user, or something else holds them. */
    readonly tasks: number | null;
    /**
     * Nobody ends the script with us: it ends at the end of its input, which is when we are gone, and in any case behind so many
     * milliseconds. Null: it ends with us.
     */
    readonly deadlineMs: number | null;
  },
): string[] {
  const { tasks, deadlineMs } = options;
  const set = (option: string, value: number) => `ulimit ${option} ${Math.max(1, Math.floor(value))}`;
  const steps = [
    'ulimit -c 0',
    set('-f', limits.fileBytes / 512),
    set('-n', limits.openFiles),
    set('-t', limits.cpuSeconds),
    ...(tasks === null ? [] : [`{ ${set('-u', tasks)} || ${set('-p', tasks)}; }`]),
  ];
  const timeout = deadlineMs === null ? '' : `timeout -s KILL ${Math.ceil(deadlineMs / 1000)} `;
  const watch = deadlineMs === null ? '' : WATCH;
  // `exit`: else the shell would become the script, and the script the first process, which ignores signals.
  const launcher = `{ ${steps.join('; ')}; } 2>/dev/null; ${watch}${timeout}/bin/sh -c "$1"; exit $?`;
  return ['/bin/sh', '-c', launcher, 'sh', script];
}
