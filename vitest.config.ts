import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { mendPostgres, POSTGRES_CONNECTION } from './scripts/mend-postgres.mjs';

export default defineConfig({
  plugins: [
    {
      // As the build does it.
      name: 'mend-postgres',
      transform: (code, id) => (POSTGRES_CONNECTION.test(id) ? mendPostgres(code) : null),
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Most of what a test waits for is other processes: by default a core is left idle, which of two is half.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    server: { deps: { inline: ['postgres'] } },
  },
});
