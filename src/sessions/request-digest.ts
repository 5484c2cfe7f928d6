import { createHash } from 'node:crypto';
import type { ModelRequest } from '../agent/model.ts';

/** sha256 over all that a model is asked: the same request has the same answer in a replay. */
export const requestDigest = (model: string, { system, tools, messages, maxOutput }: ModelRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([model, system, tools, messages, maxOutput]))
    .digest('hex');
