import { takeOption, takeParts } from './take-option.ts';

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

/** Takes the options out of the arguments. Throws a RangeError when `--only` names a part that is none. */
export function takeAppAmount(): AppAmount {
  return {
    parts: takeParts(APP_PARTS),
    seconds: Number(takeOption('--seconds', '60')),
    rate: Number(takeOption('--rate', '100')),
    files: takeOption('--files', '1,30,3000').split(',').map(Number),
    jobs: Number(takeOption('--jobs', '10000')),
  };
}
