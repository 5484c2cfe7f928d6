/** What a list of GitHub has, as far as it was read. */
export interface Listed<Item> {
  /** In GitHub's order. */
  readonly items: readonly Item[];
  /** False when there are more than our bound (`maxItems` of `GitHubOptions`): the rest was not read. */
  readonly complete: boolean;
}
