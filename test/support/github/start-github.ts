import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createActions } from './actions.ts';
import { createFaults } from './faults.ts';
import { createApp } from './github-app.ts';
import type {
  LoopbackGitHub,
  LoopbackOptions,
  Permissions,
  RecordedRequest,
  Write,
} from './loopback-github.ts';
import { makePayload } from './payloads.ts';
import { answerRequest } from './request.ts';
import { createState } from './state.ts';
import { createWebhooks } from './webhooks.ts';
import type { World } from './world.ts';

const ALL_PERMISSIONS: Permissions = {
  contents: 'write',
  pull_requests: 'write',
  checks: 'write',
  issues: 'write',
  metadata: 'read',
};
const ALL_EVENTS = [
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'pull_request_review_thread',
  'issue_comment',
  'issues',
  'check_run',
  'repository',
];

/** Starts a GitHub on loopback; `stop` ends it. Tests use `testGitHub`, which does that and looks at `violations`. */
export async function startGitHub(options: LoopbackOptions = {}): Promise<LoopbackGitHub> {
  const folder = await mkdtemp(join(tmpdir(), 'loopback-github-'));
  const app = createApp(options.app);
  const state = createState(app, options.permissions ?? ALL_PERMISSIONS);
  const webhooks = createWebhooks(state, options.webhookTimeoutMs ?? 10_000);
  const faults = createFaults();
  const before = new Set<(write: Write) => void | Promise<void>>();
  const after = new Set<(write: Write) => void | Promise<void>>();
  const events = new Set(options.events ?? ALL_EVENTS);
  let writes = 0;
  const world: World = {
    state,
    options,
    tokens: new Map(),
    webhooks,
    requests: [],
    violations: [],
    refusals: [],
    emit(event, action, about) {
      const isAlways = event.startsWith('installation') || action === 'rerequested';
      const isInstalled = about.repository.installation !== null;
      if (isInstalled && (isAlways || events.has(event)))
        webhooks.deliver(event, makePayload(state, event, action, about));
    },
    async beforeWrite(write) {
      writes += 1;
      for (const callback of before) await callback({ ...write, count: writes });
    },
    async afterWrite(write) {
      for (const callback of after) await callback({ ...write, count: writes });
    },
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    answerRequest(world, faults, request, response).catch((error: unknown) => {
      world.violations.push({ operation: null, path: request.url ?? '', problem: String(error) });
      if (response.headersSent) response.destroy();
      else
        response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"loopback failed"}');
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the loopback GitHub has no port');
  state.url = `http://127.0.0.1:${address.port}`;

  const register =
    (callbacks: Set<(write: Write) => void | Promise<void>>) =>
    (callback: (write: Write) => void | Promise<void>) => {
      callbacks.add(callback);
      return () => void callbacks.delete(callback);
    };
  const requests: readonly RecordedRequest[] = world.requests;
  return {
    url: state.url,
    apiUrl: `${state.url}/api/v3`,
    graphqlUrl: `${state.url}/api/graphql`,
    app: {
      id: app.id,
      slug: app.slug,
      login: app.login,
      userId: app.userId,
      privateKey: app.privateKey,
    },
    requests,
    violations: world.violations,
    refusals: world.refusals,
    deliveries: webhooks.deliveries,
    ...createActions(world, folder),
    setWebhook: (url, secret) => webhooks.setTarget(url, secret),
    send: (webhook) => webhooks.send(webhook),
    settled: () => webhooks.settled(),
    inject: (injection) => faults.add(injection),
    clearFaults: () => faults.clear(),
    afterEachWrite: register(after),
    beforeEachWrite: register(before),
    async stop() {
      webhooks.setTarget(null, '');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
