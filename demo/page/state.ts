import { type Html, html } from '../../src/report/html.ts';

/** The state of a check run, or of a pull request, with its colour. */
export function renderState(state: string): Html {
  switch (state) {
    case 'success':
    case 'open':
      return html`<span class="state good">${state}</span>`;
    case 'failure':
    case 'closed':
      return html`<span class="state bad">${state}</span>`;
    default:
      return html`<span class="state">${state}</span>`;
  }
}
