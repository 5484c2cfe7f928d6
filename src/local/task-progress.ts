import type { Budget } from '../agent/budget.ts';
import { durationText, spentTexts } from '../report/summary.ts';
import { eventText } from '../report/task.ts';
import { cutEnd } from '../report/text-width.ts';
import type { TaskEvent } from '../tasks/task.ts';
import type { Screen } from './show-progress.ts';

export interface TaskProgress {
  tell(event: TaskEvent): void;
  /** Whose money is shown. */
  spentBy(budget: Budget): void;
  /** Takes the line that lives away, for a question. */
  clear(): void;
  end(): void;
}

const ERASE = '\r\x1b[K';
const USUAL_COLUMNS = 80;

/** What a task does: on a terminal what it is at lives on the last line, anywhere else every step is a line. */
export function taskProgress(screen: Screen): TaskProgress {
  const isLive = screen.isTTY === true;
  const startedAt = process.uptime();
  let [now, budget, isDrawn]: [string, Budget | null, boolean] = ['', null, false];
  const clear = (): void => {
    if (isDrawn) screen.write(ERASE);
    isDrawn = false;
  };
  const draw = (): void => {
    if (!isLive || now === '') return;
    const spent = budget === null ? [] : spentTexts(budget.spent());
    const text = [`● ${now}`, durationText((process.uptime() - startedAt) * 1000), ...spent].join('  ');
    screen.write(`${ERASE}${cutEnd(text, (screen.columns || USUAL_COLUMNS) - 1)}`);
    isDrawn = true;
  };
  const timer = isLive ? setInterval(draw, 500).unref() : undefined;
  return {
    tell(event) {
      const text = eventText(event);
      if (text === null) return;
      if (isLive && (event.type === 'tool' || event.type === 'installing')) {
        now = text.slice(2);
        return draw();
      }
      clear();
      screen.write(`${text}\n`);
      draw();
    },
    spentBy(of) {
      budget = of;
    },
    clear() {
      clear();
      now = '';
    },
    end() {
      clearInterval(timer);
      clear();
      now = '';
    },
  };
}
