import { OUTPUT_FLOOD } from './command-launcher.ts';

/** Takes what a command writes: keeps the beginning, counts the rest. */
export interface BoundedOutput {
  /** False: it is a flood. */
  take(chunk: Buffer): boolean;
  /** What was kept, and the bytes that were not. */
  end(): { output: Buffer; lost: number };
}

/** Keeps `bytes` bytes as they are; `onOutput` is told them as text, with U+FFFD for what is not UTF-8. */
export function boundedOutput(bytes: number, onOutput: (chunk: string) => void): BoundedOutput {
  const kept: Buffer[] = [];
  const decoder = new TextDecoder();
  let length = 0;
  let lost = 0;
  const tell = (text: string): void => {
    if (text !== '') onOutput(text);
  };
  return {
    take(chunk) {
      const part = chunk.subarray(0, Math.max(0, bytes - length));
      if (part.length > 0) {
        kept.push(part);
        length += part.length;
        tell(decoder.decode(part, { stream: true }));
      }
      lost += chunk.length - part.length;
      return length + lost <= bytes * OUTPUT_FLOOD;
    },
    end() {
      tell(decoder.decode());
      return { output: Buffer.concat(kept), lost };
    },
  };
}
