import { readdirSync, readFileSync, readlinkSync, statfsSync } from 'node:fs';

/** What the processes of a sandbox have at this moment. */
export interface NamespaceUse {
  readonly processes: number;
  readonly threads: number;
  /** Of its processes, and of what lies in its /tmp and /dev/shm. */
  readonly memoryBytes: number;
}

/** Folders of a sandbox that are memory. */
const IN_MEMORY = ['tmp', 'dev/shm'];

/**
 * Looks at a sandbox from outside, through the root of its first process (proc(5)): the /proc in there lists just its processes,
 * however they were made and whoever is their parent. A user may look into the user namespaces that he has made.
 */
export interface NamespaceWatch {
  /** Null: it is not set up yet, or gone. `enough`: more bytes or processes than this need not be counted exactly. */
  look(enough: { readonly memoryBytes: number; readonly processes: number }): NamespaceUse | null;
  /** The folders of its processes, like /proc/42. */
  folders(): string[];
}

/** `first`: the number that this machine has for the first process of the sandbox. */
export function watchNamespace(first: number): NamespaceWatch {
  const root = `/proc/${first}/root`;
  let isSetUp = false;
  const numbersOf = (): string[] => {
    // Until it has its own root, that is the machine's, with all of the machine's processes.
    isSetUp ||= readlinkSync(`${root}/proc/1/ns/pid`) === readlinkSync(`/proc/${first}/ns/pid`);
    return isSetUp ? readdirSync(`${root}/proc`).filter((name) => /^\d+$/.test(name)) : [];
  };
  return {
    folders() {
      try {
        return numbersOf().map((name) => `${root}/proc/${name}`);
      } catch {
        return [];
      }
    },
    look(enough) {
      try {
        const numbers = numbersOf();
        if (numbers.length === 0) return null;
        // The first is the shell that holds the limits.
        const processes = numbers.length - 1;
        if (processes > enough.processes) return { processes, threads: processes, memoryBytes: 0 };
        const each = numbers.map((number) => statusOf(`${root}/proc/${number}`));
        const threads = sum(each.map((status) => status.threads));
        const filed = sum(IN_MEMORY.map((folder) => usedIn(`${root}/${folder}`)));
        const roughly = filed + sum(each.map((status) => status.memoryBytes));
        if (roughly <= enough.memoryBytes) return { processes, threads, memoryBytes: roughly };
        // Pages that several have were counted for each.
        const fairly = filed + sum(numbers.map((number) => shareOf(`${root}/proc/${number}`)));
        return { processes, threads, memoryBytes: fairly };
      } catch {
        return null;
      }
    },
  };
}

interface Status {
  readonly threads: number;
  readonly memoryBytes: number;
}

/** Memory is what the kernel cannot take back: pages of files on a disk do not count (proc(5), `RssAnon`, `RssShmem`). */
function statusOf(folder: string): Status {
  const text = read(`${folder}/status`);
  const kilobytes = [/^RssAnon:\s*(\d+)/m, /^RssShmem:\s*(\d+)/m, /^VmSwap:\s*(\d+)/m];
  return { threads: number(text, /^Threads:\s*(\d+)/m), memoryBytes: sumOf(text, kilobytes) * 1024 };
}

/** The same with its share of each page that it has with others (`Pss`). Of one that cannot be looked into, all of them. */
function shareOf(folder: string): number {
  const text = read(`${folder}/smaps_rollup`);
  // Asked again: most often it has just ended. Before Linux 5.9 there is no such line.
  if (!text.includes('Pss_Anon:')) return statusOf(folder).memoryBytes;
  return sumOf(text, [/^Pss_Anon:\s*(\d+)/m, /^Pss_Shmem:\s*(\d+)/m, /^SwapPss:\s*(\d+)/m]) * 1024;
}

const sumOf = (text: string, patterns: readonly RegExp[]): number =>
  sum(patterns.map((pattern) => number(text, pattern)));

/** Empty when the process has ended since. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

const number = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);

function usedIn(folder: string): number {
  try {
    const { blocks, bfree, bsize } = statfsSync(folder);
    return (blocks - bfree) * bsize;
  } catch {
    return 0;
  }
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
