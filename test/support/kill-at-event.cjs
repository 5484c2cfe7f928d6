// Loaded by `node --require` into a process that writes a journal, which is then killed at the event that KILL_AT names:
// "before 12" instead of writing its record, "amid 12" with half of it written, "after 12" behind it.
const fs = require('node:fs');

const [when, seq] = (process.env.KILL_AT ?? '').split(' ');
const journals = new Set();
const { openSync, writeSync } = fs;

fs.openSync = (path, ...rest) => {
  const descriptor = openSync(path, ...rest);
  if (String(path).endsWith('.journal')) journals.add(descriptor);
  else journals.delete(descriptor);
  return descriptor;
};

fs.writeSync = (descriptor, bytes, ...rest) => {
  const isDue = journals.has(descriptor) && bytes.includes(`,"seq":${seq},"at":"`);
  if (!isDue) return writeSync(descriptor, bytes, ...rest);
  if (when === 'amid') writeSync(descriptor, bytes.subarray(0, bytes.length / 2));
  if (when === 'after') writeSync(descriptor, bytes, ...rest);
  process.kill(process.pid, 'SIGKILL');
};
