import packageJson from '../../package.json' with { type: 'json' };
import type { Model } from '../agent/model.ts';
import type { Door as PolicyDoor } from '../agent/policy.ts';
import type { EventData, NewEvent } from '../agent/session-event.ts';
import type { ChangeSet } from '../change/change-set.ts';
import type { Repository } from '../git/repository.ts';
import type { Review } from '../review/review.ts';
import { lineOf } from './review-line.ts';

export interface Beginning {
  readonly door: PolicyDoor;
  readonly models: readonly Model[];
  readonly nonce: string;
  /** What reviews follow each other on, where it is no branch of this machine: `pull/7`. */
  readonly line?: string | undefined;
}

/** How a session of a review begins. */
export function beginningOf(
  { gitDir }: Repository,
  change: ChangeSet,
  { door, models, nonce, line }: Beginning,
): NewEvent {
  const { name, version } = packageJson;
  const { id, base, head } = change;
  return {
    type: 'session-started',
    data: {
      kind: 'review',
      door,
      tool: { name, version },
      change: { id, base: base.commit, head: head.commit },
      models: models.map(({ id: model, limits }) => ({ id: model, ...limits })),
      nonce,
      line: line ?? lineOf(gitDir, change),
    },
  };
}

/** How it ends: an event for each finding, and what the review came to. */
export const endingOf = (review: Review): NewEvent[] => [
  ...review.findings.map(
    (finding): NewEvent => ({ type: 'finding-made', data: { finding: storedFinding(finding) } }),
  ),
  { type: 'session-ended', data: outcomeOf(review) },
];

type StoredFinding = EventData['finding-made']['finding'];

const storedFinding = (finding: Review['findings'][number]): StoredFinding => {
  const { fingerprint, path, place, severity, category, title, body, source, confidence, suppressed } =
    finding;
  return {
    ...{ fingerprint, path, severity, category, title, body, source, confidence },
    place: place === null ? null : { startLine: place.startLine, endLine: place.endLine },
    suppressed: suppressed === null ? null : { ...suppressed },
  };
};

function outcomeOf({ verdict, timing, findings, model, coverage }: Review): EventData['session-ended'] {
  const suppressed = findings.filter((finding) => finding.suppressed !== null).length;
  const dropped = Object.values(model?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
  return {
    outcome: verdict.outcome,
    ms: timing.totalMs,
    usage: model === null ? null : { ...model.tokens },
    usd: model?.usd ?? null,
    findings: { kept: findings.length - suppressed, suppressed, dropped },
    coverage: {
      files: coverage.files.map(({ path, outcome, reason }) => ({ path, outcome, reason })),
      failures: [...coverage.failures],
    },
  };
}
