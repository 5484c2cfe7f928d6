import { isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Place } from '../../finding.ts';

/** A workflow or an action, as far as the rules ask for it. Anchors are looked at where they are set. */
export interface WorkflowFile {
  /** The events that start it. Empty for an action. */
  readonly triggers: ReadonlyMap<string, Text>;
  readonly jobs: readonly Job[];
  /** `permissions:` written as one word, of the workflow and of its jobs. */
  readonly permissions: readonly Text[];
  /** Every `env:`, wherever it is. */
  readonly env: readonly Variable[];
  place(start: number, end: number): Place;
}

export interface Job {
  readonly if: Text | null;
  /** The labels of the machines. */
  readonly runsOn: readonly Text[];
  /** Of a job that is another workflow. */
  readonly uses: Text | null;
  readonly steps: readonly Step[];
}

export interface Step {
  readonly if: Text | null;
  readonly uses: Text | null;
  readonly run: Text | null;
  readonly with: ReadonlyMap<string, Text>;
  /** All that is set for the step: by the workflow, the job and the step. */
  readonly env: readonly Variable[];
}

export interface Variable {
  readonly name: Text;
  readonly value: Text;
}

/** A scalar: what it means and where it stands. */
export interface Text {
  readonly value: string;
  /** As it is written in the file, with quotes and indentation. */
  readonly source: string;
  /** Of the source, in the file. */
  readonly start: number;
}

/** The library takes up to 5 µs a character, and GitHub refuses workflows over 512 kB. */
const MAX_CHARACTERS = 256 * 1024;

/** Null when it is no YAML (which the check `syntax` says) or not a mapping. */
export function parseWorkflow(text: string): WorkflowFile | null {
  if (text.length > MAX_CHARACTERS) return null;
  const lines = new LineCounter();
  const options = { lineCounter: lines, uniqueKeys: false, prettyErrors: false, strict: false } as const;
  const { contents, errors } = parseDocument(text, { ...options, logLevel: 'silent' });
  if (errors.length > 0 || !isMap(contents)) return null;

  const read = reader(text);
  const top = read.fields(contents);
  const workflowEnv = read.variables(top.get('env'));
  const jobs = [...read.fields(top.get('jobs')).values()].map((node) => read.fields(node));
  const composite = read.fields(top.get('runs'));
  const readJob = (job: ReadonlyMap<string, unknown>): Job => {
    const env = [...workflowEnv, ...read.variables(job.get('env'))];
    return {
      if: read.text(job.get('if')),
      runsOn: read.texts(job.get('runs-on')),
      uses: read.text(job.get('uses')),
      steps: read.items(job.get('steps')).map((node) => read.step(read.fields(node), env)),
    };
  };
  const readJobs = (composite.has('steps') ? [composite] : jobs).map(readJob);
  return {
    triggers: new Map(read.names(top.get('on')).map((event) => [event.value, event])),
    jobs: readJobs,
    permissions: [top, ...jobs].flatMap((fields) => read.text(fields.get('permissions')) ?? []),
    env: [...new Set(readJobs.flatMap(({ steps }) => steps.flatMap(({ env }) => env)))],
    place(start, end) {
      const [from, to] = [lines.linePos(start), lines.linePos(end)];
      return { startLine: from.line, endLine: to.line, startColumn: from.col, endColumn: to.col };
    },
  };
}

/** Readers of YAML nodes that take whatever they are given and skip what has another form. */
function reader(text: string) {
  const read = {
    text(node: unknown): Text | null {
      if (!isScalar(node) || !node.range) return null;
      const [start, end] = node.range;
      return { value: String(node.value ?? ''), source: text.slice(start, end), start };
    },
    fields(node: unknown): ReadonlyMap<string, unknown> {
      if (!isMap(node)) return new Map();
      return new Map(node.items.map(({ key, value }) => [isScalar(key) ? String(key.value) : '', value]));
    },
    items: (node: unknown): readonly unknown[] => (isSeq(node) ? node.items : []),
    /** A scalar, the items of a list, or those of `labels` and `group`. */
    texts(node: unknown): Text[] {
      const fields = read.fields(node);
      const parts = [node, ...read.items(node), ...read.items(fields.get('labels')), fields.get('labels')];
      return parts.flatMap((part) => read.text(part) ?? []);
    },
    /** A scalar, the items of a list, or the keys of a mapping. */
    names(node: unknown): Text[] {
      const keys = isMap(node) ? node.items.map(({ key }) => key) : [node, ...read.items(node)];
      return keys.flatMap((key) => read.text(key) ?? []);
    },
    variables(node: unknown): Variable[] {
      if (!isMap(node)) return [];
      return node.items.flatMap(({ key, value }) => {
        const [name, content] = [read.text(key), read.text(value)];
        return name === null || content === null ? [] : [{ name, value: content }];
      });
    },
    step(fields: ReadonlyMap<string, unknown>, env: readonly Variable[]): Step {
      return {
        if: read.text(fields.get('if')),
        uses: read.text(fields.get('uses')),
        run: read.text(fields.get('run')),
        with: new Map(read.variables(fields.get('with')).map(({ name, value }) => [name.value, value])),
        env: [...env, ...read.variables(fields.get('env'))],
      };
    },
  };
  return read;
}
