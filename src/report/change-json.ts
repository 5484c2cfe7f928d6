import type { ChangeSet, FileChange } from '../change/change-set.ts';
import type { Hunk } from '../change/hunk.ts';
import { lineMap } from '../change/line-map.ts';

/**
 * The ChangeSet as JSON, in pieces, one file each: a change may be larger than a string can be.
 * `lines` are a hunk's lines as git prints them; bytes that are not UTF-8 make `base64` of the whole body instead.
 * A path's bytes that are not UTF-8 are `\udc80` to `\udcff` (see `change/path`).
 */
export function* renderChange(change: ChangeSet): Generator<string> {
  const { id, base, head, files } = change;
  yield `{"version":1,"id":${JSON.stringify(id)},"base":${JSON.stringify(base)},"head":${JSON.stringify(head)},"files":[`;
  for (const [index, file] of files.entries())
    yield `${index === 0 ? '\n' : ',\n'}${JSON.stringify(fileJson(file))}`;
  yield '\n]}\n';
}

function fileJson({ path, oldPath, status, before, after, hunks, unread }: FileChange) {
  return {
    path,
    ...(oldPath !== path && { oldPath }),
    status,
    before,
    after,
    ...(unread !== null && { unread }),
    hunks: hunks?.map(hunkJson) ?? null,
    // A run without a count goes on to the end of the file.
    lineMap:
      hunks === null || before === null || after === null
        ? []
        : lineMap(hunks).map((run) => (Number.isFinite(run.count) ? run : { old: run.old, new: run.new })),
  };
}

function hunkJson({ body, ...numbers }: Hunk) {
  const text = body.toString('utf8');
  const exact = Buffer.byteLength(text) === body.length && Buffer.from(text).equals(body);
  return {
    ...numbers,
    ...(exact ? { lines: text.split('\n').slice(0, -1) } : { base64: body.toString('base64') }),
  };
}
