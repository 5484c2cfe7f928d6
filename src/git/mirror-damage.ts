import { CodeAgentError } from '../code-agent-error.ts';
import { fetchFailure } from './fetch-failure.ts';
import { MirrorError } from './mirror-error.ts';

/** What git fails of in a mirror it fails of because of the mirror itself, if it was started and had room. */
export const orDamaged = <T>(running: Promise<T>): Promise<T> =>
  running.catch((error: unknown) => {
    const cause = error instanceof CodeAgentError ? error.cause : undefined;
    if (!(cause instanceof Error) || cause.name === 'AbortError' || 'syscall' in cause) throw error;
    const failure = fetchFailure(cause.message, 'what was asked for');
    throw failure?.kind === 'no-space' ? failure : damaged(cause.message, error);
  });

/** `said`: by git. */
export const damaged = (said: string, cause?: unknown): MirrorError =>
  new MirrorError('damaged', `the mirror is damaged: ${said.trim().split('\n').at(-1)}`, { cause });
