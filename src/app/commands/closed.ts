/** What is answered to who wants a review, or wants none, of what is closed. */
export const CLOSED = 'This pull request is closed: nothing is reviewed here until it is opened again.';
