/** Where commands run that a model or a repository has written: they see nothing of the machine, reach nobody and end on time. */
export interface Sandbox {
  /** For a person: "bubblewrap 0.8.0", "docker 28.2.2". */
  readonly name: string;
  /**
   * Runs a command to its end. When it resolves, nothing that the command has started is alive. Rejects with a CodeAgentError
   * when the command could not be started, never because of what it did.
   */
  run(command: SandboxCommand, signal: AbortSignal): Promise<SandboxResult>;
}

export interface SandboxCommand {
  /** For `sh -c`. Less than 128 KiB, without NUL. */
  readonly script: string;
  /** The worktree, absolute. Seen as /work, and writable but for /work/.git: one that is not there cannot be made. */
  readonly folder: string;
  /** Where the script begins, relative to `folder`. */
  readonly cwd?: string;
  /** More folders, absolute, seen at the same place, read only: object folders of git, caches of packages. */
  readonly readable: readonly string[];
  /** Beside PATH, HOME, LANG and the like. Never secrets: every process of this machine can read them. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
  /** Is told the output while it comes, as far as `outputBytes`. */
  readonly onOutput?: (chunk: string) => void;
}

/** Where a command is ended. Of those for each file or process, only what goes beyond is refused or killed. */
export interface SandboxLimits {
  readonly wallMs: number;
  /** Of all its processes together, and of what it keeps in /tmp, which takes half of it at most. */
  readonly memoryBytes: number;
  readonly processes: number;
  /** For each file. */
  readonly fileBytes: number;
  /** For each process. */
  readonly openFiles: number;
  /** As much is kept. At `OUTPUT_FLOOD` times as much the command is ended. */
  readonly outputBytes: number;
  /** For each process: it is killed, and the command goes on. */
  readonly cpuSeconds: number;
  /** Added to the worktree. */
  readonly diskBytes: number;
}

/** `late`: the time is over. `stopped`: by the signal. `signal`: killed, and not by us. */
export type SandboxEnd =
  | 'exited'
  | 'late'
  | 'stopped'
  | 'memory'
  | 'processes'
  | 'output'
  | 'disk'
  | 'signal';

export interface SandboxResult {
  /** Null: it was killed. As in a shell, 128 + n when signal n ended the script. */
  readonly exitCode: number | null;
  readonly ended: SandboxEnd;
  /** stdout and stderr as they came, the first `outputBytes`. */
  readonly output: Buffer;
  /** Bytes behind that. */
  readonly lost: number;
  readonly ms: number;
}
