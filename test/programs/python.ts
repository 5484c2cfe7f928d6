import type { Program } from './program.ts';

const test = (body: string): string => `import unittest

from pages import pages


class Pages(unittest.TestCase):
    def test_full_pages(self):
        self.assertEqual(pages([1, 2, 3, 4], 2), [[1, 2], [3, 4]])
${body}

if __name__ == "__main__":
    unittest.main()
`;

/** The last page is lost when it is not full. */
export const python: Program = {
  language: 'Python',
  needs: ['/usr/bin/python3'],
  files: {
    'pyproject.toml': '[project]\nname = "pages"\nversion = "1"\n',
    'pages.py': `def pages(items, size):
    """The items in lists of \`size\`; the last one has what is left."""
    return [items[start:start + size] for start in range(0, len(items) - size + 1, size)]
`,
    'test_pages.py': test(''),
  },
  tests: null,
  counts: { before: 1, after: 2 },
  task: 'fix the bug that pages() loses the items of a last page that is not full',
  failing: {
    path: 'test_pages.py',
    content: test(`
    def test_last_page(self):
        self.assertEqual(pages([1, 2, 3], 2), [[1, 2], [3]])
`),
  },
  fix: {
    path: 'pages.py',
    old_text: 'range(0, len(items) - size + 1, size)',
    new_text: 'range(0, len(items), size)',
  },
};
