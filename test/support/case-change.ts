import { posix } from 'node:path';
import type { FileStatus } from '../../src/change/change-set.ts';
import type { Snapshot } from '../../src/change/snapshot.ts';
import type { CheckContext, ContentKind, Line, ReviewedFile } from '../../src/review/check.ts';
import type { CaseFile, CheckCase } from '../../src/review/checks/check-case.ts';

/** A {@link CheckCase} as a check gets it, made in memory. A line counts as added when the old text lacks it. */
export function caseChange(example: CheckCase): { files: ReviewedFile[]; context: CheckContext } {
  const entries = Object.entries(example.change).map(
    ([path, file]) => [path, typeof file === 'string' ? { after: file } : file] as const,
  );
  const before = new Map(Object.entries(example.tree ?? {}).map(([path, text]) => [path, Buffer.from(text)]));
  const after = new Map(before);
  for (const [path, file] of entries) {
    if (file.before !== undefined) before.set(file.oldPath ?? path, Buffer.from(file.before));
    if (file.after !== undefined) after.set(path, Buffer.from(file.after));
  }
  return {
    files: entries.map(([path, file]) => reviewedFile(path, file)),
    context: {
      before: memorySnapshot(before),
      after: memorySnapshot(after),
      limits: { largeFileBytes: 1_000_000 },
    },
  };
}

function reviewedFile(path: string, file: CaseFile): ReviewedFile {
  const kind = contentKind(file);
  const [old, now] = [lines(file.before, kind), lines(file.after, kind)];
  const added = without(now, old);
  const side = (content: CaseFile['before'], mode: CaseFile['modeAfter']) =>
    content === undefined
      ? null
      : {
          mode: mode ?? '100644',
          oid: mode === '160000' ? String(content) : 'f'.repeat(40),
          size: Buffer.from(content).length,
        };
  const text = async (content: CaseFile['before']) =>
    content === undefined || kind === 'binary' || kind === 'submodule'
      ? null
      : Buffer.from(content).toString();
  return {
    path,
    kind,
    generated: file.generated ?? false,
    change: {
      path,
      oldPath: file.oldPath ?? path,
      status: status(file),
      before: side(file.before, file.modeBefore ?? file.modeAfter),
      after: side(file.after, file.modeAfter ?? file.modeBefore),
      hunks: [],
      unread: null,
    },
    added,
    addedText: added.map((line) => line.text).join('\n'),
    removed: without(old, now),
    after: () => text(file.after),
    before: () => text(file.before),
  };
}

function contentKind(file: CaseFile): ContentKind {
  const mode = file.modeAfter ?? file.modeBefore;
  if (mode === '120000') return 'symlink';
  if (mode === '160000') return 'submodule';
  return Buffer.from(file.after ?? file.before ?? '').includes(0) ? 'binary' : 'text';
}

function status(file: CaseFile): FileStatus {
  if (file.before === undefined) return 'added';
  if (file.after === undefined) return 'deleted';
  if (file.oldPath !== undefined) return 'renamed';
  return (file.modeBefore ?? file.modeAfter) === file.modeAfter ? 'modified' : 'type-changed';
}

function lines(content: CaseFile['before'], kind: ContentKind): Line[] {
  if (content === undefined || kind === 'submodule') return [];
  const parts = Buffer.from(content)
    .toString(kind === 'binary' ? 'latin1' : 'utf8')
    .split('\n');
  if (parts.at(-1) === '') parts.pop();
  return parts.map((text, index) => ({ number: index + 1, text: text.replace(/\r$/, '') }));
}

function without(all: readonly Line[], known: readonly Line[]): Line[] {
  const left = new Map<string, number>();
  for (const { text } of known) left.set(text, (left.get(text) ?? 0) + 1);
  return all.filter(({ text }) => {
    const count = left.get(text) ?? 0;
    if (count > 0) left.set(text, count - 1);
    return count === 0;
  });
}

function memorySnapshot(files: ReadonlyMap<string, Buffer>): Snapshot {
  return {
    read: async (path) => files.get(path) ?? null,
    list: async (folder) => {
      const names = new Map<string, 'file' | 'folder'>();
      for (const path of files.keys()) {
        const inside = folder === '' ? path : posix.relative(folder, path);
        if (inside.startsWith('../')) continue;
        const [name = '', ...rest] = inside.split('/');
        names.set(name, rest.length > 0 ? 'folder' : 'file');
      }
      return [...names].map(([name, kind]) => ({ name, kind }));
    },
  };
}
