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
  ['', 'is not the address'],
  ['api.github.com', 'is not the address'],
  ['ftp://api.github.com', 'is not the address'],
  ['https://mona:pass@ghe.example', 'is not the address'],
  ['https://ghe.example?a=b', 'is not the address'],
  ['https://ghe.example#a', 'is not the address'],
  ['http://api.github.com', 'in the open'],
  ['http://127.0.0.1.example.com', 'in the open'],
  ['http://localhost.example.com', 'in the open'],
  ['http://169.254.169.254', 'in the open'],
])('%s is none', (text, why) => {
  expect(() => parseServerAddress(text, 'GITHUB_API_URL')).toThrow(why);
  expect(() => parseServerAddress(text, 'GITHUB_API_URL')).toThrow(expect.objectContaining({ exitCode: 2 }));
});
