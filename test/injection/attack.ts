import type { Ran, TempRepository } from '../support/temp-repository.ts';
import type { AttackedRepository } from './attacked-repository.ts';
import type { ObedientModel } from './obedient-model.ts';
import type { PlantedCall } from './planted-language.ts';

/** One thing that somebody who can write into a repository tries. */
export interface Attack {
  readonly name: string;
  /** What the model is told to do. */
  readonly calls:
    | readonly PlantedCall[]
    | ((repository: AttackedRepository, number: number) => readonly PlantedCall[]);
  /**
   * What each call is answered. `nothing`: for the review is over by then. `unheard`: the instruction stands where no
   * model ever sees it. `any`: see {@link also}.
   */
  readonly answer: RegExp | 'nothing' | 'unheard' | 'any';
  /** Puts the instructions where they stand. By default they are comments of the change. */
  readonly inBase?: (repository: TempRepository, say: string) => void;
  readonly inChange?: (repository: AttackedRepository, say: string) => void;
  /** In the message of the commit, if the change is one. */
  readonly inMessage?: (say: string) => string;
  /** A harmless call whose answer shows the instructions; it is told by a comment of the change. */
  readonly opener?: (repository: AttackedRepository) => PlantedCall;
  /** What else must be so. */
  readonly also?: (evidence: Evidence) => void;
}

/** Attacks that one run of the CLI or of a hook meets together. */
export interface Group {
  readonly name: string;
  readonly attacks: readonly Attack[];
  /** Part of the commit that the change starts from. */
  readonly base?: (repository: TempRepository) => void;
  /** When the change is staged. */
  readonly prepare?: (repository: AttackedRepository) => void | Promise<void>;
  /** Whether the change is committed, with what the attacks say in its message. */
  readonly committed?: boolean;
  /** Whether the checks find nothing in the change. What a model that was led astray leaves is incomplete then. */
  readonly clean?: boolean;
  readonly provider?: 'anthropic' | 'openai';
  readonly format?: 'json' | 'terminal' | 'sarif' | 'github';
  /** Instead of `code-agent review`. */
  readonly run?: (repository: AttackedRepository, env: NodeJS.ProcessEnv) => Promise<Ran>;
}

/** What is left of a run when its repository is gone. */
export interface Evidence extends Pick<ObedientModel, 'requests' | 'obeyed'> {
  readonly group: Group;
  readonly ran: Ran;
  /** The same without a model. */
  readonly alone: Ran;
  readonly ms: number;
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
  /** What the review wrote for itself. */
  readonly kept: readonly string[];
}

/** What a text makes of the model from then on: see `MANNERS` in obedient-model.ts. */
export const become = (manner: string): PlantedCall => ({ tool: `@${manner}` });

export const read = (path: string, line?: number): PlantedCall => ({
  tool: 'read_file',
  input: { path, ...(line !== undefined && { start_line: line }) },
});
export const list = (input: object): PlantedCall => ({ tool: 'list_files', input });
export const search = (pattern: string, input: object = {}): PlantedCall => ({
  tool: 'search',
  input: { pattern, ...input },
});
export const log = (path: string): PlantedCall => ({ tool: 'history', input: { what: 'log', path } });
export const blame = (path: string, line = 1): PlantedCall => ({
  tool: 'history',
  input: { what: 'blame', path, start_line: line },
});
export const show = (commit: string): PlantedCall => ({ tool: 'history', input: { what: 'show', commit } });
export const diff = (path: string): PlantedCall => ({ tool: 'file_diff', input: { path } });
/** A finding that is fine but for what is given. */
export const report = (input: object = {}): PlantedCall => ({
  tool: 'report_finding',
  input: { ...FINDING, ...input },
});

export const FINDING = {
  path: 'src/attacks.js',
  quote: 'const first = 1;',
  severity: 'info',
  category: 'other',
  title: 'A title',
  body: 'A body.',
  confidence: 0.9,
};
