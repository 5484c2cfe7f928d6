/** The repository that the tests of mirrors are about. */
export const KEY = { identity: 'github.com/owner/name', id: 4711 };
