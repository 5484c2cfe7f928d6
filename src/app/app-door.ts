import type { Sql } from 'postgres';
import type { Config } from '../config/config.ts';
import type { Mirrors } from '../git/mirrors.ts';
import type { GitHubApp } from '../github/github-app.ts';
import type { AskOptions, NoModels } from '../local/ask-models.ts';
import type { ModelAsk } from '../local/model-reviewer.ts';
import type { Door } from '../local/prepare-review.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Log } from '../tasks/log.ts';

/** What the jobs of the App work with. */
export interface AppDoor {
  /** The environment of the process: the operator's own configuration and models. No git is started with it. */
  readonly env: NodeJS.ProcessEnv;
  readonly sql: Sql;
  readonly github: GitHubApp;
  /** `https://github.com`: where repositories are fetched from, and what links may lead to. */
  readonly serverUrl: string;
  readonly mirrors: Mirrors;
  /** A folder of this machine's own, for the worktrees of tasks. */
  readonly work: string;
  /** Where their commands are run; a text says why there is nothing. */
  readonly sandbox: () => Promise<Sandbox | string>;
  /** Milliseconds between two times that the session of a task is stored while it is worked on. */
  readonly storeEveryMs: number;
  /** Milliseconds that the first check of a push is waited for, before it is said that there is none. */
  readonly checksWithinMs: number;
  /** Keys and passwords that this process holds: neither a model nor a record is ever told one. */
  readonly held: readonly string[];
  readonly log: Log;
  /** As `askModels`: the models of the operator. */
  readonly askModels: (
    door: Door,
    config: Config,
    options: AskOptions,
  ) => Promise<ModelAsk | NoModels> | undefined;
}
