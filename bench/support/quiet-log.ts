import type { Log } from '../../src/tasks/log.ts';

/** A log of which nothing is kept. */
export const QUIET: Log = { debug() {}, info() {}, warn() {}, error() {} };
