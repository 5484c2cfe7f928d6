import { isDotGit } from '../change/dot-git.ts';
import type { Tool } from './tool.ts';

/** Where a run was started from. In a hook nobody waits for a question. */
export type Door = 'hook' | 'cli' | 'app';

/** What a model wants to do, as far as it matters here. */
export interface ToolUse {
  readonly tool: string;
  readonly effect: Tool['effect'];
  /** The paths that its input names. */
  readonly paths: readonly string[];
}

/** For whom it is decided. Known before a model is asked, and no word of a model changes it. */
export interface Surface {
  readonly persona: {
    readonly name: string;
    /** The names of its tools. */
    readonly tools: readonly string[];
    readonly effects: readonly Tool['effect'][];
  };
  readonly door: Door;
  /** Of work in a worktree of its own, whose commands run in a sandbox: how far it goes by itself. Else undefined. */
  readonly permission?: Permission;
}

/**
 * How far work goes without a person. What leaves the worktree is asked about in any case where it deletes something or touches
 * what decides what is run (docs/tasks.md).
 */
export const PERMISSIONS = ['autonomous', 'supervised', 'human-required'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface Decision {
  /** `ask`: a person decides; where nobody can answer, it is `deny`. */
  readonly decision: 'allow' | 'ask' | 'deny';
  /** For the model and for the record, without a full stop. */
  readonly reason: string;
}

/** All that a reviewer may do: look, and say what it sees. */
export const REVIEWER_EFFECTS: readonly Tool['effect'][] = ['read', 'report'];

type Rules = Readonly<Record<Tool['effect'], Decision['decision']>>;

const ASKED: Rules = {
  read: 'allow',
  report: 'allow',
  write: 'ask',
  delete: 'ask',
  run: 'ask',
  network: 'ask',
};

const RULES: Readonly<Record<Door, Rules>> = {
  hook: { read: 'allow', report: 'allow', write: 'deny', delete: 'deny', run: 'deny', network: 'deny' },
  cli: ASKED,
  app: ASKED,
};

/** In a worktree that is thrown away, behind a sandbox: nothing of it leaves without the controller. */
const WORK: Rules = { ...ASKED, write: 'allow', delete: 'allow', run: 'allow' };

const WORK_RULES: Readonly<Record<Permission, Rules>> = {
  autonomous: WORK,
  supervised: WORK,
  'human-required': { ...WORK, delete: 'ask', run: 'ask' },
};

/** Whether a tool may be used. Pure: the same question always has the same answer. */
export function decide({ tool, effect, paths }: ToolUse, { persona, door, permission }: Surface): Decision {
  const deny = (reason: string): Decision => ({ decision: 'deny', reason });
  if (!persona.tools.includes(tool)) return deny(`${persona.name} has no tool ${tool}`);
  if (!persona.effects.includes(effect)) return deny(`${persona.name} has no tools that ${DOES[effect]}`);
  for (const path of paths) {
    const problem = pathProblem(path);
    if (problem !== null) return deny(`the path ${JSON.stringify(path.slice(0, 200))} ${problem}`);
  }
  const rules = permission === undefined || door === 'hook' ? RULES[door] : WORK_RULES[permission];
  const decision = rules[effect];
  if (decision === 'allow') return { decision, reason: `${persona.name} may use ${tool}` };
  if (decision === 'ask') return { decision, reason: `a person decides about tools that ${DOES[effect]}` };
  return deny(`no tool that is used in a ${door} may ${DOES[effect]}`);
}

const DOES: Readonly<Record<Tool['effect'], string>> = {
  read: 'read',
  report: 'report',
  write: 'write files',
  delete: 'delete files',
  run: 'run programs',
  network: 'use the network',
};

/**
 * Why no tool may name this path, or null. It is judged as every platform would read it, for a worktree may be on any:
 * `\` separates too, and `.git` has other spellings. What is under `/proc`, `/sys` and `/dev` is absolute.
 */
function pathProblem(path: string): string | null {
  if (path.includes('\0')) return 'holds a NUL character';
  if (/^(?:[\\/]|[A-Za-z]:)/.test(path)) return 'is absolute: write it from the top of the repository';
  const parts = path.split(/[\\/]/);
  if (parts.includes('..')) return 'leaves its folder by ".."';
  return parts.some(isDotGit) ? "lies in git's own folder" : null;
}
