import { generateKeyPairSync } from 'node:crypto';

/** The App that is installed in the loopback GitHub. */
export interface GitHubApp {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  /** Of its bot user. */
  readonly login: string;
  readonly userId: number;
  readonly clientId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly publicKey: string;
  readonly createdAt: Date;
}

let keys: { publicKey: string; privateKey: string } | undefined;

/** Its key is made once a process: making one takes a tenth of a second and more. */
export function createApp({
  id = 4711,
  slug = 'code-agent',
}: {
  id?: number;
  slug?: string;
} = {}): GitHubApp {
  keys ??= generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return {
    id,
    slug,
    name: slug,
    login: `${slug}[bot]`,
    userId: id + 900_000,
    clientId: `Iv23li${String(id).padStart(14, '0')}`,
    ...keys,
    createdAt: new Date(),
  };
}
