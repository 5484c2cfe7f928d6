import type { Config } from '../../config/config.ts';
import type { CommentCommand } from '../../tasks/comment-command.ts';
import type { JobPayload } from '../../tasks/job.ts';
import type { Queue } from '../../tasks/queue.ts';
import type { AppDoor } from '../app-door.ts';
import type { Subject } from '../find-pull-request.ts';
import type { FindingThread } from '../standing-comments.ts';

/** A command that somebody gave who may. */
export interface CommandCall {
  readonly door: AppDoor;
  readonly subject: Subject;
  readonly job: JobPayload<'comment'>;
  readonly command: CommentCommand;
  /** Free text behind the verb; never more than that. */
  readonly text: string;
  readonly operator: Config['app'];
  readonly queue: Queue;
  readonly signal: AbortSignal;
  /** The threads of our findings. */
  readonly threads: readonly FindingThread[];
  /** The one that the command was given in; null when it was given elsewhere. */
  readonly thread: FindingThread | null;
  /** Rejects when who gave it may not any more: called before anything is done to the world. */
  readonly confirmAllowed: () => Promise<void>;
}

/** What is answered, in Markdown of ours: whatever is another's in it is sanitised already. */
export interface Reply {
  readonly text: string;
  /** Of its marker: what has the same one is said once in the same place, however often it is asked for. */
  readonly key: string;
}

/** A text alone is the answer to this one comment. */
export type CommandAnswer = (call: CommandCall) => Promise<string | Reply>;
