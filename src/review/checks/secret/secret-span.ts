/** `proven`: it has the published form of a credential. `likely`: a name says so and the value looks random. */
export type Certainty = 'proven' | 'likely';

/** Where a text holds a secret: UTF-16 code units from 0, `end` exclusive. It covers the value, not its name. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  /** What it is, to begin a sentence with: "GitHub personal access token". */
  readonly name: string;
  readonly certainty: Certainty;
}
