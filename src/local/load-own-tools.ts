import type { AnyTool } from '../agent/tool-registry.ts';
import type { Config } from '../config/config.ts';
import { loadUserTools } from '../tools/load-user-tools.ts';
import { importToolFile } from './import-tool-file.ts';

/** What a reviewer has: those that it looks with, and those that it reports with. */
const TAKEN = [
  ...['read_file', 'list_files', 'search', 'history', 'file_diff'],
  ...['report_finding', 'finish_review', 'judge_finding'],
];

/** The tools that the user's own configuration adds. Rejects (exit code 2) when a file is none of tools. */
export const loadOwnTools = ({ tools }: Pick<Config, 'tools'>): Promise<AnyTool[]> =>
  loadUserTools(tools, importToolFile, TAKEN);
