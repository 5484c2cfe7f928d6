// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are expressions of GitHub Actions
import type { CheckCase } from './check-case.ts';

const path = '.github/workflows/a.yml';
/** A new workflow with these events and these lines in the steps of its one job. Its steps begin at line 6. */
const workflow = (on: string, ...steps: string[]) => ({
  [path]: `on: ${on}\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n${steps.map((line) => `      ${line}\n`).join('')}`,
});
const sha = '0123456789abcdef0123456789abcdef01234567';

export const cases: readonly CheckCase[] = [
  {
    name: 'the title of an issue in a script',
    change: workflow('issues', '- run: echo "${{ github.event.issue.title }}"'),
    finds: [{ path, line: 6, title: 'github.event.issue.title is pasted into a script', severity: 'error' }],
  },
  {
    name: 'each expression of a longer script',
    change: workflow(
      'issue_comment',
      '- run: |',
      '    echo a',
      '    echo ${{ github.event.comment.body }} ${{github.event.issue.body}}',
      '    echo ${{ github.run_id }}',
    ),
    finds: [
      { path, line: 8, title: 'github.event.comment.body' },
      { path, line: 8, title: 'github.event.issue.body' },
    ],
  },
  {
    name: 'other ways to write it',
    change: workflow(
      'pull_request_target',
      "- run: echo ${{ github['event'].pull_request['title'] }}",
      '- run: echo ${{ GitHub.Event.Pull_Request.Head.Ref }}',
      '- run: echo ${{ toJSON(github.event) }}',
      "- run: echo ${{ format('{0}', github.head_ref) }}",
      '- run: echo ${{ github.event.commits[0].message }} ${{ join(github.event.commits.*.author.name) }}',
      '- run: echo ${{ github . event . review . body }}',
      "- run: echo ${{ github.event_name == 'push' && github.ref || github.head_ref }}",
    ),
    finds: [
      { path, line: 6, title: 'github.event.pull_request.title' },
      { path, line: 7, title: 'github.event.pull_request.head.ref' },
      { path, line: 8, title: 'github.event is pasted' },
      { path, line: 9, title: 'github.head_ref' },
      { path, line: 10, title: 'github.event.commits.*.message' },
      { path, line: 10, title: 'github.event.commits.*.author.name' },
      { path, line: 11, title: 'github.event.review.body' },
      { path, line: 12, title: 'github.head_ref' },
    ],
  },
  {
    name: 'actions/github-script',
    change: workflow(
      'issues',
      '- uses: actions/github-script@v7',
      '  with:',
      '    script: |',
      '      console.log("${{ github.event.issue.body }}")',
    ),
    finds: [{ path, line: 9, title: 'github.event.issue.body' }],
  },
  {
    name: 'by way of env, as an expression',
    change: workflow(
      'issues',
      '- run: echo ${{ env.TITLE }}',
      '  env:',
      '    TITLE: ${{ github.event.issue.title }}',
    ),
    finds: [{ path, line: 6, title: 'env.title is pasted' }],
  },
  {
    name: 'in a composite action',
    change: {
      'tools/b/action.yml':
        'name: b\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: echo ${{ github.head_ref }}\n',
    },
    finds: [{ path: 'tools/b/action.yml', line: 6, title: 'github.head_ref' }],
  },
  {
    name: 'checkout of the head with pull_request_target',
    change: workflow(
      'pull_request_target',
      '- uses: actions/checkout@v4',
      '  with:',
      '    ref: ${{ github.event.pull_request.head.sha }}',
    ),
    finds: [
      { path, line: 8, title: 'pull_request_target checks out code of a pull request', severity: 'error' },
    ],
  },
  {
    name: 'checkouts in other ways',
    change: workflow(
      '[issue_comment, workflow_dispatch]',
      '- uses: actions/checkout@v4',
      '  with: { ref: "refs/pull/${{ github.event.issue.number }}/merge" }',
      '- run: gh pr checkout 1',
      '- run: git fetch origin pull/1/head',
    ),
    finds: [
      { path, line: 7, title: 'issue_comment' },
      { path, line: 8, title: 'issue_comment' },
      { path, line: 9, title: 'issue_comment' },
    ],
  },
  {
    name: 'a checkout that was there, an event that is new',
    change: {
      [path]: {
        before:
          'on: pull_request\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.head_ref }}\n',
        after:
          'on:\n  pull_request_target:\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          ref: ${{ github.head_ref }}\n',
      },
    },
    finds: [{ path, line: 2, title: 'pull_request_target checks out' }],
  },
  {
    name: 'actions of others by a tag or a branch, once for the file',
    change: workflow('push', '- uses: a/b@v1', '- uses: c/d/e@main', '- uses: a/b@v1'),
    finds: [{ path, line: 6, title: 'Not pinned to a commit: a/b, c/d/e', severity: 'warning' }],
  },
  {
    name: 'once for several new workflows',
    change: {
      ...workflow('push', '- uses: a/b@v1'),
      '.github/workflows/b.yml': 'on: push\njobs:\n  a:\n    uses: a/b@v1\n',
    },
    finds: [{ path, line: 6, title: 'a/b' }],
  },
  {
    name: 'a workflow of others, and a pin that goes',
    change: {
      '.github/workflows/b.yml': {
        before: `on: push\njobs:\n  a:\n    uses: a/b/.github/workflows/c.yml@${sha}\n`,
        after: 'on: push\njobs:\n  a:\n    uses: a/b/.github/workflows/c.yml@main\n',
      },
    },
    finds: [{ path: '.github/workflows/b.yml', line: 4, title: 'a/b/.github/workflows/c.yml' }],
  },
  {
    name: 'an image by a tag',
    change: workflow('push', '- uses: docker://alpine:3.20'),
    finds: [{ path, line: 6, title: 'Not pinned to a digest: docker://alpine', severity: 'info' }],
  },
  {
    name: 'all permissions',
    change: {
      [path]: 'on: push\npermissions: write-all\njobs:\n  a:\n    permissions: write-all\n    steps: []\n',
    },
    finds: [
      { path, line: 2, title: 'write everything' },
      { path, line: 5, title: 'write everything' },
    ],
  },
  {
    name: 'unsecure commands',
    change: workflow('push', '- run: a', '  env:', '    ACTIONS_ALLOW_UNSECURE_COMMANDS: true'),
    finds: [{ path, line: 8, severity: 'error' }],
  },
  {
    name: 'a machine of your own for pull requests',
    change: {
      [path]:
        'on:\n  pull_request:\njobs:\n  a:\n    runs-on: [self-hosted, linux]\n    steps: []\n  b:\n    runs-on:\n      labels: self-hosted\n    steps: []\n',
    },
    finds: [
      { path, line: 5, title: 'machine of your own' },
      { path, line: 9, title: 'machine of your own' },
    ],
  },

  {
    name: 'by way of env, as a variable',
    change: workflow(
      'issues',
      '- run: echo "$TITLE"',
      '  env:',
      '    TITLE: ${{ github.event.issue.title }}',
    ),
    finds: [],
  },
  {
    name: 'in a condition',
    change: workflow('issues', "- if: contains(github.event.issue.title, 'x')", '  run: a'),
    finds: [],
  },
  {
    name: 'only compared or tested',
    change: workflow(
      'issues',
      "- run: echo ${{ github.event.issue.title == 'a' }} ${{ contains(github.event.issue.title, 'b') }}",
      "- run: echo ${{ github.head_ref != '' && 'yes' || 'no' }} ${{ github.head_ref && 'yes' || 'no' }} ${{ !github.head_ref }}",
      "- run: echo ${{ startsWith(github.event.comment.body, '/a') }} ${{ 'github.head_ref' }}",
    ),
    finds: [],
  },
  {
    name: 'what strangers cannot choose',
    change: workflow(
      'pull_request_target',
      '- run: echo ${{ github.event.pull_request.number }} ${{ github.event.pull_request.head.sha }} ${{ github.actor }} ${{ github.ref_name }}',
      '- run: echo ${{ inputs.title }} ${{ github.event.inputs.title }} ${{ steps.a.outputs.title }} ${{ matrix.os }} ${{ secrets.A }}',
      '- run: echo ${{ toJSON(github.event.inputs) }} ${{ toJSON(matrix) }}',
    ),
    finds: [],
  },
  {
    name: 'as the input of another action',
    change: workflow('issues', `- uses: a/b@${sha}`, '  with:', '    title: ${{ github.event.issue.title }}'),
    finds: [],
  },
  {
    name: 'in a comment',
    change: workflow('issues', '# ${{ github.event.issue.title }}', '- run: a'),
    finds: [],
  },
  {
    name: 'a checkout of the base',
    change: workflow('pull_request_target', '- uses: actions/checkout@v4'),
    finds: [],
  },
  {
    name: 'a checkout of the head with pull_request',
    change: workflow(
      'pull_request',
      '- uses: actions/checkout@v4',
      '  with:',
      '    ref: ${{ github.event.pull_request.head.sha }}',
    ),
    finds: [],
  },
  {
    name: 'a checkout of the head only for another event',
    change: workflow(
      '[pull_request, pull_request_target]',
      "- if: github.event_name == 'pull_request'",
      '  uses: actions/checkout@v4',
      '  with:',
      '    ref: ${{ github.head_ref }}',
    ),
    finds: [],
  },
  {
    name: 'pinned, first-party and local actions',
    change: workflow(
      'push',
      `- uses: a/b@${sha} # v1`,
      '- uses: actions/checkout@v4',
      '- uses: github/codeql-action/init@v3',
      '- uses: ./.github/actions/a',
      `- uses: docker://alpine@sha256:${'0'.repeat(64)}`,
    ),
    finds: [],
  },
  {
    name: 'a newer tag of an action that was there',
    change: {
      [path]: {
        before: 'on: push\njobs:\n  a:\n    steps:\n      - uses: a/b@v1\n',
        after: 'on: push\njobs:\n  a:\n    steps:\n      - uses: a/b@v2\n',
      },
    },
    finds: [],
  },
  {
    name: 'an action that another workflow has by a tag',
    change: workflow('push', '- uses: a/b@v1'),
    tree: { '.github/workflows/b.yml': 'on: push\njobs:\n  a:\n    steps:\n      - uses: a/b@v1\n' },
    finds: [],
  },
  {
    name: 'what was there before',
    change: {
      [path]: {
        before:
          'on: issues\npermissions: write-all\njobs:\n  a:\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n',
        after:
          'on: issues\npermissions: write-all\njobs:\n  a:\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n      - run: echo ${{ github.sha }}\n',
      },
    },
    finds: [],
  },
  {
    name: 'permissions by name',
    change: { [path]: 'on: push\npermissions:\n  contents: write\njobs: {}\n' },
    finds: [],
  },
  {
    name: 'a machine of your own for pushes',
    change: { [path]: 'on: push\njobs:\n  a:\n    runs-on: self-hosted\n    steps: []\n' },
    finds: [],
  },
  {
    name: 'secure commands',
    change: workflow('push', '- run: a', '  env:', '    ACTIONS_ALLOW_UNSECURE_COMMANDS: false'),
    finds: [],
  },
  {
    name: 'a file that is no workflow',
    change: {
      'docs/a.yml':
        'on: issues\njobs:\n  a:\n    steps:\n      - run: echo ${{ github.event.issue.title }}\n',
    },
    finds: [],
  },
  {
    name: 'a workflow that cannot be parsed',
    change: { [path]: 'on: [\n- run: ${{ github.head_ref }}\n' },
    finds: [],
  },
  {
    name: 'other YAML where a workflow should be',
    change: {
      [path]: '- uses: a/b@v1\n',
      '.github/workflows/b.yml': 'jobs:\n  - uses\non: 1\nruns: [steps]\n',
    },
    finds: [],
  },
];
