import type { Snapshot } from '../../change/snapshot.ts';
import type { Check, ReviewedFile } from '../check.ts';
import { isAsidePath } from './test-path.ts';

const ZIP = 'ZIP archive';
const ARCHIVE = 'Archive';

/** What files begin with, as Latin-1: the magic(5) of file(1). The first that fits. */
const SIGNATURES: readonly (readonly [start: string, what: string])[] = [
  ['\x7fELF', 'ELF binary'],
  ['MZ', 'Windows binary'],
  ['\xfe\xed\xfa\xce', 'Mach-O binary'],
  ['\xfe\xed\xfa\xcf', 'Mach-O binary'],
  ['\xce\xfa\xed\xfe', 'Mach-O binary'],
  ['\xcf\xfa\xed\xfe', 'Mach-O binary'],
  // A universal binary has a small number of architectures where a class has its version, at least 45.
  ['\xca\xfe\xba\xbe\0\0\0\x02', 'Mach-O binary'],
  ['\xca\xfe\xba\xbe', 'Java class file'],
  ['\0asm', 'WebAssembly binary'],
  ['FOR1', 'Erlang BEAM file'],
  ['!<arch>', 'Static library'],
  ['SQLite format 3\0', 'SQLite database'],
  ['PK\x03\x04', ZIP],
  ['PK\x05\x06', ZIP],
  ['\x1f\x8b', 'gzip archive'],
  ['BZh', 'bzip2 archive'],
  ['\xfd7zXZ\0', 'xz archive'],
  ['\x28\xb5\x2f\xfd', 'Zstandard archive'],
  ['7z\xbc\xaf\x27\x1c', '7-Zip archive'],
  ['Rar!\x1a\x07', 'RAR archive'],
  ['MSCF\0\0\0\0', 'Cabinet archive'],
  ['\xed\xab\xee\xdb', 'RPM package'],
];

/** Where the first bytes do not tell, or tell less. */
const EXTENSIONS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\.py[co]$/, 'Compiled Python'],
  [/\.(?:o|obj)$/, 'Object file'],
  [/\.(?:jar|war|ear)$/, 'Java archive'],
  [/\.(?:whl|egg|nupkg|apk|aab|ipa|deb|rpm|msi|vsix|crx|xpi)$/, 'Package'],
  [/\.(?:so|dll|dylib|exe|sys)(?:\.\d{1,9}){0,3}$/, 'Compiled binary'],
  [/\.(?:a|lib|pdb|ilk|class|beam)$/, 'Compiled binary'],
  [/\.(?:zip|tar|tgz|tbz2?|txz|gz|bz2|xz|zst|7z|rar|dmg|iso)$/, ARCHIVE],
  [/\.(?:db|sqlite3?)$/, 'Database'],
  [/\.(?:dmp|core)$/, 'Core dump'],
];

/** Archives by format, documents and assets by use; and what tools want committed. */
const WANTED =
  /\.(?:docx|xlsx|pptx|dotx|od[tspg]|epub|vsdx|kmz|3mf|usdz|sketch|graffle|xd|fig|xmind|npz|svgz|blend|mo|bcmap|gmo|phar)$|(?:^|\/)(?:gradle-wrapper|maven-wrapper)\.jar$|(?:^|\/)\.yarn\/(?:cache|releases)\//;

const SOURCE =
  /\.(?:[cm]?[jt]sx?|vue|svelte|astro|py|rb|go|rs|java|kts?|scala|groovy|cs|fs|vb|c|h|cc|cpp|hpp|cxx|m|mm|swift|php|pl|pm|lua|r|jl|dart|exs?|erl|hs|clj|sh|bash|zsh|fish|ps1|bat|cmd|sql|html?|css|scss|sass|less|xml|svg|json5?|jsonc|ya?ml|toml|ini|cfg|conf|env|md|markdown|rst|adoc|txt|csv|tsv|tf|proto|graphql|gradle|cmake|mk)$/;

/** Of an MPEG transport stream, which shares `.ts` with TypeScript. */
const TRANSPORT_STREAM = /^G.{187}G/s;

/** Bytes that are looked at: what `ustar` needs. A line of the file may end before. */
const HEAD = 262;

/** Compiled and packed files, and text files that hold something else. Images, fonts, sound and documents are assets. */
export const binaryFile: Check = {
  id: 'binary-file',
  summary: 'Compiled programs, archives and databases, and text files that are not text',
  severity: 'warning',
  generatedToo: false,
  scope: 'files',
  async *run(files, { before }) {
    /** A thousand of them, as of a build folder that was added, are one mistake. */
    const groups = new Map<string, { readonly first: ReviewedFile; readonly what: string; count: number }>();
    for (const file of files) {
      const what = file.kind === 'binary' && file.change.after !== null ? await artefact(file, before) : null;
      if (what === null) continue;
      const key = `${what} ${isAsidePath(file.path)}`;
      const group = groups.get(key);
      if (group === undefined) groups.set(key, { first: file, what, count: 1 });
      else group.count += 1;
    }
    for (const { first, what, count } of groups.values()) {
      yield {
        path: first.path,
        place: null,
        title: count === 1 ? what : `${what}, and ${(count - 1).toLocaleString('en')} more`,
        body: what === NOT_TEXT ? NOT_TEXT_BODY : ARTEFACT_BODY,
        severity: isAsidePath(first.path) ? 'info' : 'warning',
      };
    }
  },
};

const ARTEFACT_BODY =
  'Nobody can review it, and every clone will carry it. Build or fetch it instead, or keep it in Git LFS.';
const NOT_TEXT_BODY =
  'By its name it is text, but it has NUL bytes in it. Nobody can review it. Is it what you meant to add?';
const NOT_TEXT = 'Text file with binary content';

/** What the change brings in with the file. Null when that is nothing of note, or was there before. */
async function artefact(file: ReviewedFile, tree: Snapshot): Promise<string | null> {
  const { path, change } = file;
  const isNew = change.before === null || change.before.mode === '120000' || change.before.mode === '160000';
  const source = SOURCE.test(path);
  if (!isNew) {
    const wasText = source && change.hunks !== null && !(await tree.read(change.oldPath))?.includes(0);
    return wasText ? NOT_TEXT : null;
  }
  if (WANTED.test(path)) return null;
  const head = firstBytes(file);
  if (source) return TRANSPORT_STREAM.test(head) ? null : NOT_TEXT;
  const named = EXTENSIONS.find(([pattern]) => pattern.test(path))?.[1];
  const signed = signature(head);
  return signed === ZIP && named !== ARCHIVE ? (named ?? signed) : (signed ?? named ?? null);
}

function signature(head: string): string | null {
  if (head.startsWith('ustar', 257)) return 'tar archive';
  const what = SIGNATURES.find(([start]) => head.startsWith(start))?.[1] ?? null;
  // e_type, in the byte order of the file.
  return what === 'ELF binary' && head.charCodeAt(16) + head.charCodeAt(17) === 4 ? 'Core dump' : what;
}

function firstBytes(file: ReviewedFile): string {
  let head = '';
  for (const { text } of file.added) {
    head += `${text.slice(0, HEAD)}\n`;
    if (head.length >= HEAD) break;
  }
  return head;
}
