import { displayPath } from '../change/path.ts';
import type { ReviewerProgress } from '../review/reviewer-setup.ts';

export interface Progress {
  show(progress: ReviewerProgress): void;
  /** Takes the line away. */
  end(): void;
}

/** What takes no longer needs no word. */
const PATIENCE_MS = 1000;

/** On a terminal, one line that lives while a model is at work. Anywhere else nothing. */
export function showProgress(stream: NodeJS.WriteStream): Progress {
  if (!stream.isTTY) return { show() {}, end() {} };
  const startedAt = process.uptime();
  let latest: ReviewerProgress | undefined;
  const draw = (): void => {
    const seconds = process.uptime() - startedAt;
    if (latest === undefined || seconds * 1000 < PATIENCE_MS) return;
    const { done, units, paths } = latest;
    const named = displayPath(paths[0] ?? '');
    const text = `reviewing  ${done} of ${units} parts done · ${named}${paths.length > 1 ? ` and ${paths.length - 1} more` : ''} · ${seconds.toFixed(0)} s`;
    stream.write(`\r\x1b[K${text.slice(0, Math.max(stream.columns - 1, 20))}`);
  };
  const timer = setInterval(draw, 500);
  timer.unref();
  return {
    show(progress) {
      latest = progress;
      draw();
    },
    end() {
      clearInterval(timer);
      if (latest !== undefined) stream.write('\r\x1b[K');
      latest = undefined;
    },
  };
}
