/** Where commands have their home: in a /tmp of their own. */
export const SANDBOX_HOME = '/tmp/home';

/** The whole environment of a command, before its own variables. Nothing of ours is in it. */
export function commandEnvironment(path: string): Record<string, string> {
  return {
    PATH: path,
    HOME: SANDBOX_HOME,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    CI: 'true',
    npm_config_ignore_scripts: 'true',
    // There is no network: npm says so at once instead of after a minute.
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
  };
}
