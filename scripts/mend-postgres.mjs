/**
 * What is wrong in `postgres` 3.4.9, in its connection: a statement on a connection that has closed meanwhile ends the process (a write to
 * a socket that is null, in a setImmediate that nobody can catch), and what was buffered when it closed keeps a later one
 * from ever being sent. Open since 2025: https://github.com/porsager/postgres/issues/1208, /1154, /1066. The statement is
 * rejected instead. Where the text is another one, this throws: look whether it was mended.
 */
const CHANGES = [
  [
    '    const x = socket.write(chunk, fn)\n',
    `    if (socket === null) {
      chunk = nextWriteTimer = null
      error(Errors.connection('CONNECTION_CLOSED', options))
      return false
    }
    const x = socket.write(chunk, fn)
`,
  ],
  [
    '    clearImmediate(nextWriteTimer)\n    if (socket) {',
    '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    if (socket) {',
  ],
  [
    '    clearImmediate(nextWriteTimer)\n    socket.remove',
    '    clearImmediate(nextWriteTimer)\n    chunk = nextWriteTimer = null\n    socket.remove',
  ],
];

/** The file that is mended, in either form that the package has. */
export const POSTGRES_CONNECTION = /[\\/]postgres[\\/](?:cjs[\\/])?src[\\/]connection\.js$/;

export function mendPostgres(source) {
  return CHANGES.reduce((text, [wrong, right]) => {
    if (text.split(wrong).length !== 2)
      throw new Error('postgres is not as scripts/mend-postgres.mjs knows it');
    return text.replace(wrong, () => right);
  }, source);
}
