import { describe, expect, it } from 'vitest';
import { pushFailure } from '../../src/git/push-failure.ts';

const TO = 'To https://github.com/acme/shop';
const ID = '66941e6196d60ec8a5f14cc3cd5764037bad4e82';
const OTHER = 'cdec69331ca3b4565378c23c6f917d5f89426a3a';
const REF = 'refs/heads/code-agent/x';

/** As GitHub answers, by what is seen in public logs; `status` is what git shows of the branch. */
const said = (status: string | null, ...stderr: string[]) =>
  pushFailure({
    ended: 'exit code 1',
    stdout: status === null ? `${TO}\n` : `${TO}\n!\t${ID}:${REF}\t${status}\nDone\n`,
    stderr: [
      ...stderr,
      "error: failed to push some refs to 'https://github.com/acme/shop'",
      'hint: Updates were rejected because the remote contains work that you do not have locally.',
    ].join('\n'),
  });

const RESOLVED = 'remote: Resolving deltas: 100% (3/3), completed with 3 local objects.        ';

describe('what GitHub says to a push', () => {
  it.each<[string, ReturnType<typeof said>, string, boolean]>([
    ['it would lose commits', said('[rejected] (non-fast-forward)'), 'moved', false],
    ['we do not have what is there', said('[rejected] (fetch first)'), 'moved', false],
    [
      'it has moved meanwhile',
      said(`[remote rejected] (cannot lock ref '${REF}': is at ${ID} but expected ${OTHER})`),
      'refused',
      true,
    ],
    [
      'it was made meanwhile',
      said(`[remote rejected] (cannot lock ref '${REF}': reference already exists)`),
      'refused',
      true,
    ],
    [
      'the same, as git itself says it',
      said('[remote rejected] (atomic transaction failed)'),
      'refused',
      true,
    ],
    [
      'a branch protection',
      said(
        '[remote rejected] (protected branch hook declined)',
        RESOLVED,
        `remote: error: GH006: Protected branch update failed for ${REF}.        `,
        'remote: error: Changes must be made through a pull request. Required status check "Build" is expected.        ',
      ),
      'protected',
      false,
    ],
    [
      'a ruleset',
      said(
        '[remote rejected] (push declined due to repository rule violations)',
        `remote: error: GH013: Repository rule violations found for ${REF}.        `,
        'remote: Review all repository rules at https://github.com/acme/shop/rules?ref=refs%2Fheads%2Fx        ',
        'remote:         ',
        'remote: - Cannot create ref due to creations being restricted.        ',
      ),
      'protected',
      false,
    ],
    [
      'a secret in it',
      said(
        '[remote rejected] (push declined due to repository rule violations)',
        `remote: error: GH013: Repository rule violations found for ${REF}.        `,
        'remote: - GITHUB PUSH PROTECTION        ',
        'remote:     - Push cannot contain secrets        ',
      ),
      'refused',
      false,
    ],
    [
      'a workflow',
      said(
        '[remote rejected] (refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission)',
      ),
      'refused',
      false,
    ],
    [
      'a large file',
      said(
        '[remote rejected] (pre-receive hook declined)',
        'remote: error: GH001: Large files detected. You may want to try Git Large File Storage.        ',
      ),
      'refused',
      false,
    ],
    [
      'GitHub is ill',
      said('[remote rejected] (failure)', RESOLVED, 'remote: fatal error in commit_refs        '),
      'unreachable',
      true,
    ],
    [
      'GitHub is ill in another way',
      said('[remote rejected] (Internal Server Error)', 'remote: Internal Server Error        '),
      'unreachable',
      true,
    ],
    [
      'the answer did not come whole',
      said('[remote failure] (remote failed to report status)', 'fatal: the remote end hung up unexpectedly'),
      'unreachable',
      true,
    ],
    [
      'an archived repository',
      said(
        null,
        'remote: This repository was archived so it is read-only.',
        "fatal: unable to access 'https://github.com/acme/shop/': The requested URL returned error: 403",
      ),
      'unauthorised',
      false,
    ],
    [
      'no such repository',
      said(
        null,
        'remote: Repository not found.',
        "fatal: repository 'https://github.com/acme/shop/' not found",
      ),
      'refused',
      false,
    ],
    [
      'a limit on the way',
      said(
        null,
        'error: RPC failed; HTTP 429 curl 22 The requested URL returned error: 429',
        'send-pack: unexpected disconnect while reading sideband packet',
        'fatal: the remote end hung up unexpectedly',
      ),
      'unreachable',
      true,
    ],
    [
      'no name to be found',
      said(
        null,
        "fatal: unable to access 'https://github.com/acme/shop/': Could not resolve host: github.com",
      ),
      'unreachable',
      true,
    ],
  ])('%s', (_, failure, kind, isUnsure) => {
    expect(failure).toMatchObject({ kind, isUnsure });
    expect(failure.says).not.toMatch(/Resolving deltas|hint:|\s{4}/);
  });

  it('is told in one line, that steers no terminal', () => {
    const { says } = said(
      '[remote rejected] (no \u001b[31mway\u202e)',
      `remote: ${'x'.repeat(1000)}`,
      'remote: \u001b]0;title\u0007 and more',
    );
    expect(says).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(says.length).toBeLessThan(900);
  });

  it('that is nothing may have been killed', () => {
    expect(pushFailure({ ended: 'SIGKILL', stdout: '', stderr: '' })).toMatchObject({
      kind: 'unreachable',
      says: 'git ended with SIGKILL',
      isUnsure: true,
    });
  });
});
