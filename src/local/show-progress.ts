import { displayPath } from '../change/path.ts';
import { spentTexts } from '../report/summary.ts';
import { cutEnd, cutStart, textWidth } from '../report/text-width.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';

export interface Progress {
  show(progress: ReviewerProgress): void;
  /** Takes the line away, for good. */
  end(): void;
}

/** `process.stderr`, as far as it is used. */
export interface Screen {
  readonly isTTY?: boolean;
  /** 0 or nothing when the terminal does not say. */
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** What takes no longer needs no word. */
const PATIENCE_MS = 1000;

const USUAL_COLUMNS = 80;

/** A path is worth so many columns more than the count of the others. */
const LEAST_PATH = 12;

const ERASE = '\r\x1b[K';

/** On a terminal, one line that lives while a model is at work, and no longer than the process. Anywhere else nothing. */
export function showProgress(screen: Screen): Progress {
  if (!screen.isTTY) return { show() {}, end() {} };
  const startedAt = process.uptime();
  let latest: ReviewerProgress | null = null;
  let [isDrawn, hasEnded] = [false, false];
  const draw = (): void => {
    const seconds = process.uptime() - startedAt;
    if (latest === null || hasEnded || seconds * 1000 < PATIENCE_MS) return;
    // A terminal goes to the next line when its last column is written.
    const width = (screen.columns || USUAL_COLUMNS) - 1;
    screen.write(`${ERASE}${progressLine(latest, seconds, width)}`);
    isDrawn = true;
  };
  const timer = setInterval(draw, 500);
  timer.unref();
  const end = (): void => {
    if (isDrawn && !hasEnded) screen.write(ERASE);
    hasEnded = true;
    clearInterval(timer);
    process.off('exit', end);
  };
  process.once('exit', end);
  return {
    show(progress) {
      latest = progress;
      draw();
    },
    end,
  };
}

/**
 * `reviewing  part 2 of 3 · src/upload.ts and 4 more · 4.1k tokens · $0.012 · 12 s`; what does not fit is cut before what
 * it has taken, and that before the time.
 */
function progressLine(
  { done, units, paths, spent }: ReviewerProgress,
  seconds: number,
  width: number,
): string {
  const before = `reviewing  ${units === 1 ? '' : `part ${Math.min(done + 1, units)} of ${units} · `}`;
  const taken = [...spentTexts(spent()), `${seconds.toFixed(0)} s`].map((text) => ` · ${text}`);
  const time =
    textWidth(`${before}${taken.join('')}`) + LEAST_PATH > width ? (taken.at(-1) ?? '') : taken.join('');
  const room = width - before.length - time.length;
  const path = displayPath(paths[0] ?? '');
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : '';
  const roomBesideMore = room - more.length;
  const names =
    roomBesideMore < Math.min(textWidth(path), LEAST_PATH)
      ? cutStart(path, room)
      : `${cutStart(path, roomBesideMore)}${more}`;
  return cutStart(`${cutEnd(`${before}${names}`, width - time.length)}${time}`, width);
}

/** The same on stderr for a hook, which pays for it only when a model has begun. */
export function hookProgress(): Progress {
  let begun: Progress | undefined;
  return {
    show(progress) {
      begun ??= showProgress(process.stderr);
      begun.show(progress);
    },
    end: () => begun?.end(),
  };
}
