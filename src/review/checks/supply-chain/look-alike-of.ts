import { oneEditApart } from './one-edit-apart.ts';

/**
 * Names that are often imitated, with honest ones that happen to be near them (`preact`, `tslint`): a name that is
 * here is no imitation.
 */
const WELL_KNOWN: ReadonlySet<string> = new Set(
  `
  react preact react-dom redux react-redux react-router react-router-dom angular svelte lodash underscore axios
  express fastify moment dayjs date-fns chalk chokidar commander yargs inquirer minimist dotenv debug async bluebird
  request node-fetch undici cross-env cross-spawn rimraf mkdirp fs-extra glob-parent semver uuid nanoid typescript
  ts-node eslint tslint oxlint stylelint prettier webpack rspack rollup rolldown esbuild rsbuild parcel vitest
  mocha jasmine cypress playwright puppeteer electron mongoose mongodb mysql mysql2 redis ioredis sequelize
  prisma typeorm knex socket.io jsonwebtoken passport bcrypt bcryptjs body-parser cookie-parser cheerio nodemailer
  discord.js ethers web3 colors faker event-stream ua-parser-js graphql apollo next nuxt gatsby remix astro
  tailwindcss postcss autoprefixer sharp cookie helmet multer winston morgan immer zustand classnames marked
  highlight.js three d3-array jquery bootstrap popper.js material-ui styled-components storybook lerna husky
  lint-staged nodemon concurrently handlebars mustache nunjucks acorn terser uglify-js babel-loader css-loader
  style-loader ts-loader ts-jest supertest sinon nock msw execa ora pino bunyan joi yup ajv superagent formidable
  shelljs validator string-width strip-ansi wrap-ansi ansi-styles ansi-regex supports-color color-name
  color-convert color enquirer gaxios dargs http-proxy-agent https-proxy-agent is-arrayish error-ex simple-swizzle slice-ansi has-ansi chalk-template
  `
    .trim()
    .split(/\s+/),
);
const IMITATED = [...WELL_KNOWN].filter((name) => name.length >= 5);
const MOST_KNOWN = 1000;

/** The name that this one could be mistaken for: of those already depended on, or of well known ones. */
export function lookAlikeOf(name: string, dependencies: Iterable<string>): string | null {
  if (name.length < 5 || WELL_KNOWN.has(name)) return null;
  const candidates = [...[...dependencies].slice(0, MOST_KNOWN), ...IMITATED];
  return candidates.find((candidate) => isImitation(name, candidate)) ?? null;
}

/** Not within one scope, which has one owner; not by a digit (`mysql2`), which tells versions from each other. */
const isImitation = (name: string, candidate: string): boolean =>
  candidate.length >= 5 &&
  oneEditApart(name, candidate) &&
  !(name.startsWith('@') && name.split('/')[0] === candidate.split('/')[0]) &&
  name.replace(/\d/g, '') !== candidate.replace(/\d/g, '');
