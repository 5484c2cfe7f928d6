/** Where commands run that a model or a repository has written: see nothing, reach nobody, end on time. */
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

/** At which a command is ended, or where `each` is said: what a process of it is refused. */
export interface SandboxLimits {
  readonly wallMs: number;
  /** Of all its processes, and of what it keeps in /tmp. */
  readonly memoryBytes: number;
  readonly processes: number;
  /** Each file. */
  readonly fileBytes: number;
  /** Each process. */
  readonly openFiles: number;
  /** As much is kept; at `OUTPUT_FLOOD` times as much it is ended. */
  readonly outputBytes: number;
  /** Each process: it is killed, and the command goes on. */
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
