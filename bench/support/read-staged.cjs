// The least that a review in Node has to do: reads the patch of what is staged and every blob of it, and judges nothing.
const { spawn } = require('node:child_process');

const FORMAT = ['--cached', '-r', '-z', '-p', '--raw', '--full-index', '--text', '--no-ext-diff', 'HEAD'];
const diff = spawn('git', ['diff-index', ...FORMAT], { stdio: ['ignore', 'pipe', 'inherit'] });
const objects = spawn('git', ['cat-file', '--batch'], { stdio: ['pipe', 'pipe', 'inherit'] });
const chunks = [];
diff.stdout.on('data', (chunk) => chunks.push(chunk));
diff.on('close', () => {
  const patch = Buffer.concat(chunks);
  const records = patch.subarray(0, patch.indexOf('\0\0')).toString('latin1').split('\0');
  const oids = records
    .filter((record) => record.startsWith(':'))
    .flatMap((record) => record.split(' ').slice(2, 4));
  objects.stdin.end(
    oids
      .filter((oid) => !/^0+$/.test(oid))
      .join('\n')
      .concat('\n'),
  );
});
objects.stdout.resume();
