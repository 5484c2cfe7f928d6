import { fork } from 'node:child_process';

/** A script of this bench in a process of its own: `To` is what it is told, `From` what it says. */
export interface Forked<To extends object, From> {
  tell(message: To): void;
  /** What it says next that is so. Rejects when it ends before. */
  hear<One extends From>(is: (said: From) => said is One): Promise<One>;
  /** All that it says. */
  listen(listener: (said: From) => void): void;
  /** Lets it end, and waits for that. Rejects when it has failed. */
  close(): Promise<void>;
}

/** Starts a TypeScript file. It is to end when it is disconnected. */
export function startForked<To extends object, From>(file: string, env: NodeJS.ProcessEnv): Forked<To, From> {
  const child = fork('scripts/run.mjs', [file], { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('exit', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`${file} ended with ${code ?? signal}`));
    });
  });
  ended.catch(() => {});
  return {
    tell: (message) => void child.send(message),
    hear<One extends From>(is: (said: From) => said is One) {
      const heard = new Promise<One>((resolve) => {
        const listen = (said: From): void => {
          if (!is(said)) return;
          child.off('message', listen);
          resolve(said);
        };
        child.on('message', listen);
      });
      return Promise.race([
        heard,
        ended.then((): never => {
          throw new Error(`${file} ended before it answered`);
        }),
      ]);
    },
    listen: (listener) => void child.on('message', listener),
    close() {
      if (child.connected) child.disconnect();
      return ended;
    },
  };
}
