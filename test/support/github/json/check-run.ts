import { type Annotation, type CheckRun, fullName, type State } from '../state.ts';
import { appJson, nodeId } from './account.ts';
import { repositoryApi } from './repository.ts';

/** `check-run` */
export function checkRunJson(state: State, run: CheckRun): Record<string, unknown> {
  const { repository } = run;
  const api = repositoryApi(state, repository);
  const pulls = [...repository.pulls.values()].filter(
    (pull) => pull.headSha === run.headSha && pull.state === 'open' && pull.headRepository === repository,
  );
  const repo = { id: repository.id, url: api, name: repository.name };
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('CR', run.id),
    head_sha: run.headSha,
    external_id: run.externalId ?? '',
    url: `${api}/check-runs/${run.id}`,
    html_url: `${state.url}/${fullName(repository)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt.toISOString(),
    completed_at: run.completedAt?.toISOString() ?? null,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${api}/check-runs/${run.id}/annotations`,
    },
    check_suite: { id: run.id + 700_000 },
    app: appJson(state),
    pull_requests: pulls.map((pull) => ({
      url: `${api}/pulls/${pull.number}`,
      id: pull.id,
      number: pull.number,
      head: { ref: pull.headRef, sha: pull.headSha, repo },
      base: { ref: pull.baseRef, sha: pull.baseSha, repo },
    })),
  };
}

/** `check-annotation` */
export function annotationJson(state: State, run: CheckRun, annotation: Annotation) {
  return {
    ...annotation,
    blob_href: `${state.url}/${fullName(run.repository)}/blob/${run.headSha}/${encodeURI(annotation.path)}`,
  };
}
