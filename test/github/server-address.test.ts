import { expect, test } from 'vitest';
import { parseServerAddress } from '../../src/github/server-address.ts';

test.each([
  ['https://api.github.com', 'https://api.github.com'],
  ['https://ghe.example/api/v3/', 'https://ghe.example/api/v3'],
  ['HTTPS://GHE.example:8443/api/v3', 'https://ghe.example:8443/api/v3'],
  ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
  ['http://127.1.2.3/api/v3', 'http://127.1.2.3/api/v3'],
  ['http://[::1]:3000/', 'http://[::1]:3000'],
  ['http://localhost', 'http://localhost'],
])('%s is an address', (text, base) => {
  expect(parseServerAddress(text, 'GITHUB_API_URL')).toBe(base);
});

test.each([
  ['', 'is no URL'],
  ['api.github.com', 'is no URL'],
  ['ftp://api.github.com', 'is not https'],
  ['https://mona:pass@ghe.example', 'has a user or a password in it'],
  ['https://ghe.example?a=b', 'has more than a path'],
  ['https://ghe.example#a', 'has more than a path'],
  ['http://api.github.com', 'is not https'],
  ['http://127.0.0.1.example.com', 'is not https'],
  ['http://localhost.example.com', 'is not https'],
  ['http://169.254.169.254', 'is not https'],
])('%s is none', (text, why) => {
  expect(() => parseServerAddress(text, 'GITHUB_API_URL')).toThrow(why);
  expect(() => parseServerAddress(text, 'GITHUB_API_URL')).toThrow(expect.objectContaining({ exitCode: 2 }));
});
