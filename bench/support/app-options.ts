/** The parts of bench/app.ts. */
export const APP_PARTS = ['webhooks', 'review', 'calls', 'queue'] as const;
export type AppPart = (typeof APP_PARTS)[number];

/** How much bench/app.ts measures. */
export interface AppAmount {
  readonly parts: readonly AppPart[];
  /** Of the load of webhooks, and how many there are in each. */
  readonly seconds: number;
  readonly rate: number;
  /** Changed files of the pull requests that are timed. */
  readonly files: readonly number[];
  /** Empty ones, through the queue. */
  readonly jobs: number;
}

/**
 * Takes the options out of the arguments: the table reads them too and does not know them. `--only` may name several parts, with
 * commas between them. Throws a RangeError when there is no such part.
 */
export function takeAppAmount(): AppAmount {
  const only = take('--only', APP_PARTS.join()).split(',');
  const unknown = only.find((one) => !APP_PARTS.some((part) => part === one));
  if (unknown !== undefined) throw new RangeError(`--only is one of ${APP_PARTS.join(', ')}; got ${unknown}`);
  return {
    parts: APP_PARTS.filter((part) => only.includes(part)),
    seconds: Number(take('--seconds', '60')),
    rate: Number(take('--rate', '100')),
    files: take('--files', '1,30,3000').split(',').map(Number),
    jobs: Number(take('--jobs', '10000')),
  };
}

function take(option: string, otherwise: string): string {
  const at = process.argv.indexOf(option);
  return at === -1 ? otherwise : (process.argv.splice(at, 2)[1] ?? otherwise);
}
