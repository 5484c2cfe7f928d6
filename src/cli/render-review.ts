import packageJson from '../../package.json' with { type: 'json' };
import { readEnvironment } from '../config/environment.ts';
import { renderTerminal } from '../report/terminal.ts';
import { allChecks } from '../review/all-checks.ts';
import type { Review } from '../review/review.ts';

export const FORMATS = ['terminal', 'json', 'sarif', 'github'] as const;
export type Format = (typeof FORMATS)[number];

export interface Rendering {
  readonly env: NodeJS.ProcessEnv;
  /** Where it goes; null for a file. Decides colour and width. */
  readonly stream: NodeJS.WriteStream | null;
  readonly verbose: boolean;
}

/** The report in the format that was asked for. */
export async function renderReview(
  review: Review,
  format: Format,
  { env, stream, verbose }: Rendering,
): Promise<string> {
  switch (format) {
    case 'json':
      return (await import('../report/json.ts')).renderJson(review);
    case 'sarif': {
      const { renderSarif } = await import('../report/sarif.ts');
      const informationUri = 'https://www.npmjs.com/package/code-agent';
      return renderSarif(review, { version: packageJson.version, informationUri, checks: allChecks });
    }
    case 'github':
      return (await import('../report/github.ts')).renderGithub(review);
    case 'terminal': {
      const { color } = readEnvironment(env);
      const terminal = stream?.isTTY === true ? stream : null;
      return renderTerminal(review, {
        color: color === 'always' || (color === 'auto' && terminal !== null),
        verbose,
        ...(terminal !== null && terminal.columns > 0 && { width: Math.max(60, terminal.columns) }),
      });
    }
  }
}
