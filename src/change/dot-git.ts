/** HFS+ leaves these out when it compares names: git's `next_hfs_char`, utf8.c. */
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Windows takes `git~1` for the short name of `.git`, drops dots and spaces at the end, and reads what follows
 * a colon as a stream of the file: git's `is_ntfs_dotgit`, path.c.
 */
const DOT_GIT = /^(?:\.git|git~1)[. ]*(?:$|[:\\])/i;

/** The part of a path is `.git`, or a file system of macOS or Windows would take it for that (CVE-2014-9390). */
export const isDotGit = (name: string): boolean => DOT_GIT.test(name.replace(HFS_IGNORED, ''));
