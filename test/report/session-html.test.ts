import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, it } from 'vitest';
import { EVENT_VERSIONS } from '../../src/agent/event-versions.ts';
import { sanitize } from '../../src/report/sanitize.ts';
import { sessionHtml } from '../../src/report/session-html.ts';
import { SESSION_STYLE } from '../../src/report/session-style.ts';
import { fullSession, MARKUP, SESSION_ID, STARTED, sessionOf } from '../support/sample-session.ts';
import { arbitrarySession, markupText } from './arbitrary-session.ts';

/** All elements that a page may have, and their attributes. */
const ELEMENTS: Readonly<Record<string, readonly string[]>> = {
  html: ['lang=en'],
  meta: [
    'charset=utf-8',
    'http-equiv=Content-Security-Policy',
    "content=default-src 'none'; style-src 'unsafe-inline'",
    'name=viewport',
    'content=width=device-width, initial-scale=1',
  ],
  strong: ['class=error', 'class=warning', 'class=info'],
  ...Object.fromEntries(
    [
      ...['head', 'title', 'style', 'body', 'header', 'main', 'section', 'article', 'details', 'summary'],
      ...['h1', 'h2', 'h3', 'h4', 'p', 'pre', 'code', 'time', 'dl', 'dt', 'dd'],
    ].map((name) => [name, []]),
  ),
};

type Node = DefaultTreeAdapterTypes.Node;

/** The nodes of a page that a parser has nothing to say against. Characters that are none are no markup. */
function nodesOf(page: string): Node[] {
  const errors: string[] = [];
  const document = parse(page, {
    onParseError: ({ code }) => errors.push(code),
    sourceCodeLocationInfo: true,
  });
  expect(errors.filter((code) => code !== 'noncharacter-in-input-stream')).toEqual([]);
  const below = (node: Node): Node[] =>
    'childNodes' in node ? [node, ...node.childNodes.flatMap(below)] : [node];
  return below(document);
}

const textOf = (nodes: readonly Node[]): string =>
  nodes.map((node) => ('value' in node ? node.value : '')).join('');

function expectOnlyOurs(nodes: readonly Node[]): void {
  for (const node of nodes) {
    if (!('tagName' in node)) {
      expect(['#document', '#documentType', '#text']).toContain(node.nodeName);
      continue;
    }
    const allowed = ELEMENTS[node.tagName];
    expect(allowed, node.tagName).toBeDefined();
    for (const { name, value } of node.attrs) expect(allowed).toContain(`${name}=${value}`);
    // Nothing that a parser had to add, or to close where the page does not.
    expect(node.sourceCodeLocation?.startTag, node.tagName).toBeDefined();
    if (node.tagName !== 'meta') expect(node.sourceCodeLocation?.endTag, node.tagName).toBeDefined();
    if (node.tagName === 'style') expect(textOf(node.childNodes)).toBe(SESSION_STYLE.markup);
  }
}

describe('sessionHtml', () => {
  it('shows all that a session can hold', async () => {
    expect(new Set(fullSession.map(({ type }) => type))).toEqual(new Set(Object.keys(EVENT_VERSIONS)));
    const page = sessionHtml(SESSION_ID, fullSession);
    expectOnlyOurs(nodesOf(page));
    await expect(page).toMatchFileSnapshot('golden/session.html');
  });

  it('is of our own elements and attributes whatever a session says, and leaves nothing invisible', () => {
    fc.assert(
      fc.property(markupText, arbitrarySession, (id, events) => {
        const page = sessionHtml(id, events);
        expectOnlyOurs(nodesOf(page));
        expect(page).toBe(sanitize(page));
      }),
      { numRuns: 400 },
    );
  });

  it('shortens no text', () => {
    fc.assert(
      fc.property(fc.array(markupText, { minLength: 1, maxLength: 5 }), (contents) => {
        const long = contents.map((content, index) => `\n${content}${`${index} `.repeat(100)}`);
        const events = sessionOf(
          STARTED,
          ...long.map((content) => ({
            type: 'tool-returned' as const,
            data: { run: 'r', turn: 1, callId: 'c', content, isError: false },
          })),
        );
        const shown = nodesOf(sessionHtml('x', events)).flatMap((node) =>
          node.nodeName === 'pre' && 'childNodes' in node ? [textOf(node.childNodes)] : [],
        );
        expect(shown).toEqual(long.map(sanitize));
      }),
    );
    const content = '`<\u202e'.repeat(1_000_000);
    const data = { run: 'r', turn: 1, callId: 'c', content, isError: false };
    const page = sessionHtml('x', sessionOf(STARTED, { type: 'tool-returned', data }));
    expect(page.length).toBeGreaterThan(content.length);
    expect(page).toContain('`&lt;&lt;U+202E&gt;</pre>');
  });

  it('says of a session that it is empty, that it has only begun, and that it has not ended', () => {
    const text = (events: Parameters<typeof sessionHtml>[1]) => {
      const nodes = nodesOf(sessionHtml(SESSION_ID, events));
      expectOnlyOurs(nodes);
      return textOf(nodes);
    };
    expect(text([])).toContain('none: it holds no events');
    expect(text(sessionOf(STARTED))).toMatch(/Outcomenot ended[\s\S]*no findings yet\s*Runs: 0/);
    for (let count = 1; count < fullSession.length; count += 1)
      expect(text(fullSession.slice(0, count))).toContain('Outcomenot ended');
    expect(text(fullSession)).toContain('Outcomefail');
    expect(text(fullSession)).toContain(MARKUP);
  });
});
