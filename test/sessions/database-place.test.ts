import { describe, expect, it } from 'vitest';
import { placeOf } from '../../src/sessions/database-place.ts';

describe('placeOf', () => {
  it.each([
    ['postgres://me:secret@host:5433/db?sslmode=require', 'host:5433/db'],
    ['postgresql://host/db', 'host/db'],
    ['postgres:///db?host=/var/run/postgresql', '/var/run/postgresql/db'],
    ['postgres://me:100%25@host/db', 'host/db'],
  ])('%s leads to %s', (url, place) => {
    expect(placeOf(url)).toBe(place);
  });

  it.each([
    'no url',
    'mysql://host/db',
    'postgres://me:secret@one:5432,two:5432/db',
    'postgres://me:100%zz@host/db',
    // A slash that is not encoded ends the host, before the password does.
    'postgres://me:12/secret@host/db',
  ])('%s is none, and nothing of it is shown', (url) => {
    const refused = expect(() => placeOf(url));
    refused.toThrow(/^DATABASE_URL is no URL of a PostgreSQL server$/);
  });
});
